//! What the actor tells the stage, and the values both share with a viewer's socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use shared::close::SocketClose;
use shared::frame::{Attached, server_frame::Body};
use shared::id::ViewerId;
use shared::terminal::TerminalSize;
use shared::time::UnixMicros;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::actor::Task;
use crate::driver::DriverExit;
use crate::session::Ended;
use crate::session::state::Audience;

/// What a viewer's socket must do next.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// Send this frame.
    Frame(Body),
    /// The session is over and everything was said: close.
    Over,
}

/// Why a viewer must leave while the session goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dismissal {
    /// The code for the socket.
    pub(crate) close: SocketClose,
    /// Why, for whoever debugs the page.
    pub(crate) text: String,
}

/// What a viewer's socket, the actor and the stage tell each other too often for messages: how far
/// the viewer has drawn, whether it wants a redraw, how far its input was taken. Newest wins,
/// nothing queues.
#[derive(Debug)]
pub(crate) struct Ack {
    offset: AtomicU64,
    is_fresh: AtomicBool,
    wants_redraw: AtomicBool,
    input: AtomicU64,
    is_input_fresh: AtomicBool,
    stage: Arc<Notify>,
}

impl Ack {
    pub(crate) const fn new(stage: Arc<Notify>) -> Self {
        Self {
            offset: AtomicU64::new(0),
            is_fresh: AtomicBool::new(false),
            wants_redraw: AtomicBool::new(false),
            input: AtomicU64::new(0),
            is_input_fresh: AtomicBool::new(false),
            stage,
        }
    }

    /// The viewer has drawn everything before `offset`.
    pub(crate) fn set(&self, offset: u64) {
        self.offset.store(offset, Ordering::Release);
        self.is_fresh.store(true, Ordering::Release);
        self.stage.notify_one();
    }

    /// The viewer wants a fresh snapshot.
    pub(crate) fn redraw(&self) {
        self.wants_redraw.store(true, Ordering::Release);
        self.stage.notify_one();
    }

    /// The viewer's input before `offset` was taken.
    pub(crate) fn set_input(&self, offset: u64) {
        self.input.store(offset, Ordering::Release);
        self.is_input_fresh.store(true, Ordering::Release);
        self.stage.notify_one();
    }

    pub(super) fn take_input(&self) -> Option<u64> {
        let is_fresh = self.is_input_fresh.swap(false, Ordering::AcqRel);
        is_fresh.then(|| self.input.load(Ordering::Acquire))
    }

    pub(super) fn take(&self) -> Option<u64> {
        let is_fresh = self.is_fresh.swap(false, Ordering::AcqRel);
        is_fresh.then(|| self.offset.load(Ordering::Acquire))
    }

    pub(super) fn takes_redraw(&self) -> bool {
        self.wants_redraw.swap(false, Ordering::AcqRel)
    }
}

/// Small facts that change too often to be messages.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    last_input: AtomicI64,
    last_output: AtomicI64,
    target_rtt_us: AtomicU32,
}

impl Pulse {
    pub(crate) fn note_input(&self, now: UnixMicros) {
        self.last_input.store(now.as_i64(), Ordering::Relaxed);
    }

    pub(super) fn note_output(&self, now: UnixMicros) {
        self.last_output.store(now.as_i64(), Ordering::Relaxed);
    }

    pub(super) fn note_target_rtt(&self, rtt: Duration) {
        let micros = u32::try_from(rtt.as_micros()).unwrap_or(u32::MAX);
        self.target_rtt_us.store(micros, Ordering::Relaxed);
    }

    pub(crate) fn last_input(&self) -> Option<UnixMicros> {
        moment(self.last_input.load(Ordering::Relaxed))
    }

    pub(crate) fn last_output(&self) -> Option<UnixMicros> {
        moment(self.last_output.load(Ordering::Relaxed))
    }

    /// Last measured round trip to the target, in microseconds; 0 when unknown.
    pub(crate) fn target_rtt_us(&self) -> u32 {
        self.target_rtt_us.load(Ordering::Relaxed)
    }
}

const fn moment(micros: i64) -> Option<UnixMicros> {
    if micros == 0 {
        None
    } else {
        Some(UnixMicros::new(micros))
    }
}

/// A browser that the state has given a seat.
#[derive(Debug)]
pub(crate) struct NewSeat {
    pub(crate) viewer: ViewerId,
    pub(crate) attached: Box<Attached>,
    pub(crate) is_read_only: bool,
    /// Told after `attached`.
    pub(crate) frames: Vec<Body>,
    /// Output it has consumed under this epoch.
    pub(crate) resume: Option<u64>,
    pub(crate) frames_to: mpsc::Sender<Outgoing>,
    pub(crate) dismiss: oneshot::Sender<Dismissal>,
    pub(crate) ack: Arc<Ack>,
}

/// What the actor tells the stage.
#[derive(Debug)]
pub(crate) enum Command {
    /// The driver runs; its exit is reported after everything it said.
    Dialled(Task<DriverExit>),
    /// Serve this viewer.
    Seat(Box<NewSeat>),
    /// Stop serving it, at once.
    Dismiss {
        viewer: ViewerId,
        dismissal: Dismissal,
    },
    /// Tell viewers something.
    Tell { to: Audience, frame: Box<Body> },
    /// The terminal has a new size.
    Resize(TerminalSize),
    /// An interrupt was typed: show what it leads to at once.
    Interrupt,
    /// The session is over: show the rest, say so, and end.
    End(Ended),
    /// The session is someone else's: say so and end, at once.
    Abandon(Ended),
}
