//! What can happen to a session.

use bytes::Bytes;
use shared::close::CloseReason;
use shared::desktop::DesktopSize;
use shared::epoch::Epoch;
use shared::id::ViewerId;
use shared::terminal::TerminalSize;

use crate::driver::{Ask, AskAnswer, AskId, ConnectStep, DriverExit, DriverInput, Identity};
use crate::session::{SignOut, TicketHolder};

/// A browser that wants to watch.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// Its name from now on.
    pub(crate) viewer: ViewerId,
    /// Who is behind it.
    pub(crate) holder: TicketHolder,
    /// May only watch.
    pub(crate) is_read_only: bool,
    /// Size of its terminal.
    pub(crate) size: TerminalSize,
    /// Size of a desktop that would fill it.
    pub(crate) desktop_size: Option<DesktopSize>,
    /// It has been here before and keeps its picture.
    pub(crate) is_resuming: bool,
}

/// Driver events that need a decision; output, replies and round trips never come here.
#[derive(Clone, Debug)]
pub(crate) enum DriverNews {
    /// The dial has reached a step.
    Step(ConnectStep),
    /// A person must answer.
    Ask(Ask),
    /// A host key was accepted on first use.
    HostKeyTrusted {
        host: String,
        port: u16,
        public_key: String,
    },
    /// What a person typed was accepted.
    CredentialsAccepted(Identity),
    /// The target is open.
    Live,
    /// Worth telling.
    Notice { code: String, text: String },
}

/// What can happen to a session.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// The session is ours.
    Claimed(Epoch),
    /// The driver says something.
    Driver(DriverNews),
    /// The driver is done.
    DriverExited(DriverExit),
    /// The terminal has a new title.
    Title(String),
    /// The target set the clipboard.
    Clipboard(String),
    /// A browser attaches.
    Arrived(Arrival),
    /// A browser is gone.
    Left(ViewerId),
    /// A viewer typed; `offset_bytes` counts this viewer's input.
    Typed {
        viewer: ViewerId,
        offset_bytes: u64,
        bytes: Bytes,
    },
    /// A viewer used keyboard, pointer or clipboard of a desktop.
    Operated {
        viewer: ViewerId,
        input: DriverInput,
    },
    /// A viewer would like a desktop of another size.
    DesktopWished { viewer: ViewerId, size: DesktopSize },
    /// A viewer's terminal has a new size.
    Resized {
        viewer: ViewerId,
        size: TerminalSize,
    },
    /// A viewer answered a question.
    Answered {
        viewer: ViewerId,
        ask: AskId,
        answer: AskAnswer,
        remember: bool,
    },
    /// A viewer ends the session for everyone.
    EndAsked(ViewerId),
    /// The API, an admin or the node ends it.
    EndRequested(CloseReason),
    /// A login or a user is gone.
    SignedOut(SignOut),
    /// Someone else's epoch was seen.
    FenceSeen(Epoch),
    /// A part of this session broke.
    Broke(&'static str),
    /// Time has passed.
    Tick,
}
