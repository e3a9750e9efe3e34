//! What the actor must do after a decision.

use std::time::Instant;

use bytes::Bytes;
use shared::close::SocketClose;
use shared::frame::{Attached, server_frame};
use shared::id::{TargetId, ViewerId};
use shared::terminal::TerminalSize;

use crate::driver::{DriverInput, Identity};
use crate::session::Ended;

/// Who is told something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// One viewer.
    One(ViewerId),
    /// Everyone.
    All,
    /// Everyone who may type.
    Writers,
}

/// Why a browser gets no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeatRefusal {
    /// The session is over.
    Ended,
    /// Enough are watching.
    Full,
}

/// What the actor must do.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// Spend the grant: dial the target.
    Dial,
    /// Gives a browser its seat; the frames follow the first picture.
    Seat {
        attached: Box<Attached>,
        is_read_only: bool,
        frames: Vec<server_frame::Body>,
    },
    /// Refuses a browser.
    Refuse(SeatRefusal),
    /// Closes a viewer's socket.
    Dismiss {
        viewer: ViewerId,
        close: SocketClose,
        text: String,
    },
    /// Tells viewers something.
    Tell {
        to: Audience,
        frame: server_frame::Body,
    },
    /// Tells the viewer that typed how much of its input was taken, in bytes.
    AckInput(u64),
    /// Types at the target.
    Type(Bytes),
    /// Hands keyboard, pointer or clipboard of a desktop to the driver.
    Operate(DriverInput),
    /// Types what was typed before the target was live; overtakes what is typed now.
    TypeAhead(Bytes),
    /// Tells the driver something that overtakes input.
    Control(DriverInput),
    /// Gives the screen model, and so every viewer, a new size.
    ResizeScreen(TerminalSize),
    /// Shows what the interrupt leads to at once.
    Interrupt,
    /// Saves a checkpoint soon.
    Checkpoint,
    /// Updates the session's row soon.
    Record,
    /// Stores a host key.
    TrustHostKey {
        target: TargetId,
        public_key: String,
    },
    /// Stores credentials, sealed.
    Remember(TargetId, Identity),
    /// Publishes the summary.
    Publish,
    /// Sends `Tick` at this time, instead of any time asked for before.
    WakeAt(Instant),
    /// Ends everything in order: driver, viewers, row, checkpoint.
    Finish(Ended),
    /// Drops everything at once and writes nothing: someone else owns the session.
    Abandon(Ended),
}
