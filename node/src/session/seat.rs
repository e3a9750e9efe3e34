//! A browser's end of its seat: frames to send, and what it did.

use std::sync::Arc;

use shared::desktop::DesktopSize;
use shared::epoch::Epoch;
use shared::frame::server_frame::Body;
use shared::id::ViewerId;
use shared::terminal::TerminalSize;
use tokio::sync::{mpsc, oneshot};

use super::SessionHandle;
use super::lane::{Deed, Typed};
use super::stage::{Ack, Dismissal, Outgoing, ended_frame};
use super::state::Event;
use crate::driver::{AskAnswer, AskId};

/// What the socket of a viewer must do next.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Send this frame.
    Frame(Body),
    /// Send this last frame, if there is one, and close.
    Over(Option<Body>),
}

/// A browser's seat. Dropping it is leaving.
#[derive(Debug)]
pub struct Seat {
    viewer: ViewerId,
    handle: SessionHandle,
    pub(crate) frames: Frames,
    pub(crate) dismissed: oneshot::Receiver<Dismissal>,
    pub(crate) hands: Hands,
}

/// The frames a viewer is to be sent.
#[derive(Debug)]
pub(crate) struct Frames {
    queue: mpsc::Receiver<Outgoing>,
    handle: SessionHandle,
    is_told: bool,
}

/// What a viewer can do; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Hands {
    viewer: ViewerId,
    ack: Arc<Ack>,
    handle: SessionHandle,
}

impl Seat {
    pub(crate) fn new(
        viewer: ViewerId,
        frames: mpsc::Receiver<Outgoing>,
        dismissed: oneshot::Receiver<Dismissal>,
        ack: Arc<Ack>,
        handle: SessionHandle,
    ) -> Self {
        Self {
            viewer,
            frames: Frames {
                queue: frames,
                handle: handle.clone(),
                is_told: false,
            },
            dismissed,
            hands: Hands {
                viewer,
                ack,
                handle: handle.clone(),
            },
            handle,
        }
    }

    /// The viewer's name.
    pub const fn viewer(&self) -> ViewerId {
        self.viewer
    }

    /// The fence the session runs under.
    pub fn epoch(&self) -> Epoch {
        self.handle.epoch()
    }
}

impl Frames {
    /// The next thing to do. A session that broke still says how it ended.
    pub(crate) async fn next(&mut self) -> Turn {
        match self.queue.recv().await {
            Some(Outgoing::Frame(frame)) => {
                self.is_told |= matches!(frame, Body::Ended(_));
                Turn::Frame(frame)
            }
            Some(Outgoing::Over) | None if self.is_told => Turn::Over(None),
            Some(Outgoing::Over) | None => {
                let ended = self.handle.closed().await;
                Turn::Over(Some(Body::Ended(ended_frame(&ended))))
            }
        }
    }
}

impl Hands {
    /// The fence the session runs under.
    pub(crate) fn epoch(&self) -> Epoch {
        self.handle.epoch()
    }

    /// Last measured round trip to the target, in microseconds; 0 when unknown.
    pub(crate) fn target_rtt_us(&self) -> u32 {
        self.handle.target_rtt_us()
    }

    /// Everything before `offset` has been drawn.
    pub(crate) fn ack(&self, offset: u64) {
        self.ack.set(offset);
    }

    /// A fresh snapshot is wanted.
    pub(crate) fn redraw(&self) {
        self.ack.redraw();
    }

    /// Waits for a place in the session's input lane; none when the session is over.
    pub(crate) async fn place(&self) -> Option<mpsc::OwnedPermit<Typed>> {
        self.handle.typed().clone().reserve_owned().await.ok()
    }

    /// Puts what the viewer did into a place.
    pub(crate) fn did(
        &self,
        place: mpsc::OwnedPermit<Typed>,
        deed: Deed,
        received_at: std::time::Instant,
    ) {
        let viewer = self.viewer;
        drop(place.send(Typed {
            viewer,
            deed,
            received_at,
            ack: Arc::clone(&self.ack),
        }));
    }

    pub(crate) async fn wish_desktop(&self, size: DesktopSize) {
        let viewer = self.viewer;
        self.handle
            .tell(Event::DesktopWished { viewer, size })
            .await;
    }

    pub(crate) async fn resize(&self, size: TerminalSize) {
        let viewer = self.viewer;
        self.handle.tell(Event::Resized { viewer, size }).await;
    }

    pub(crate) async fn answer(&self, ask: AskId, answer: AskAnswer, remember: bool) {
        let viewer = self.viewer;
        let event = Event::Answered {
            viewer,
            ask,
            answer,
            remember,
        };
        self.handle.tell(event).await;
    }

    pub(crate) async fn end(&self) {
        self.handle.tell(Event::EndAsked(self.viewer)).await;
    }
}
