//! The typed address of one session.

use std::sync::Arc;
use std::time::Duration;

use actix::Addr;
use shared::close::CloseReason;
use shared::desktop::DesktopSize;
use shared::epoch::Epoch;
use shared::id::{SessionId, TargetId, UserId, ViewerId};
use shared::terminal::TerminalSize;
use shared::time::UnixMicros;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::actor::{Attach, Facts, Happened, SessionActor};
use super::lane::Typed;
use super::stage::{Ack, NewSeat, Pulse};
use super::state::{Arrival, Event, SeatRefusal};
use super::{Ended, Phase, Seat, SessionSummary, SignOut, TicketHolder};
use crate::driver::{FilesHandle, Protocol};

/// Frames waiting for a viewer's socket; the acknowledged window bounds their bytes.
const FRAMES: usize = 8;

/// Why a session offers no files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilesUnavailable {
    /// The session is not live yet.
    #[error("session is not connected yet")]
    NotLive,
    /// The target offers no files, or the settings turn them off.
    #[error("session offers no files")]
    NotOffered,
    /// The session is over.
    #[error("session has ended")]
    Ended,
}

/// Why a browser got no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttachError {
    /// The session is over.
    #[error("session has ended")]
    Ended,
    /// Enough are watching.
    #[error("session has as many viewers as it may")]
    Full,
}

/// A browser that wants a seat.
#[derive(Clone, Debug)]
pub struct AttachRequest {
    /// Who is behind it.
    pub holder: TicketHolder,
    /// May only watch.
    pub is_read_only: bool,
    /// Size of its terminal.
    pub size: TerminalSize,
    /// Size of a desktop that would fill it.
    pub desktop_size: Option<DesktopSize>,
    /// Output it has consumed, and the epoch it saw it under.
    pub resume: Option<(Epoch, u64)>,
}

/// What a session never changes about itself.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) id: SessionId,
    pub(crate) user: UserId,
    pub(crate) user_name: String,
    pub(crate) target: Option<TargetId>,
    pub(crate) protocol: Protocol,
    pub(crate) address: String,
    pub(crate) epoch: Epoch,
    pub(crate) opened_at: UnixMicros,
    pub(crate) detached_limit: Duration,
}

/// What handles share.
pub(crate) struct Shared {
    pub(crate) card: Card,
    pub(crate) actor: Addr<SessionActor>,
    pub(crate) typed: mpsc::Sender<Typed>,
    pub(crate) facts: watch::Receiver<Facts>,
    pub(crate) files: watch::Receiver<Option<FilesHandle>>,
    pub(crate) ended: watch::Receiver<Option<Ended>>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) stage: Arc<Notify>,
}

/// The typed address of one session; cheap to clone.
#[derive(Clone)]
pub struct SessionHandle {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionHandle")
            .field("id", &self.shared.card.id)
            .finish_non_exhaustive()
    }
}

impl SessionHandle {
    pub(crate) fn new(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        Self { shared }
    }

    /// The session.
    pub fn id(&self) -> SessionId {
        self.shared.card.id
    }

    /// Who opened it.
    pub fn user(&self) -> UserId {
        self.shared.card.user
    }

    /// The fence it runs under.
    pub fn epoch(&self) -> Epoch {
        self.shared.card.epoch
    }

    /// Where it is in its life.
    pub fn phase(&self) -> Phase {
        self.shared.facts.borrow().phase
    }

    /// The session as lists show it, now.
    pub fn summary(&self) -> SessionSummary {
        let (card, pulse) = (&self.shared.card, &self.shared.pulse);
        let facts = self.shared.facts.borrow();
        SessionSummary {
            id: card.id,
            user: card.user,
            user_name: card.user_name.clone(),
            target: card.target,
            title: facts.title.clone(),
            protocol: card.protocol,
            address: card.address.clone(),
            phase: facts.phase,
            epoch: card.epoch,
            opened_at: card.opened_at,
            last_input_at: pulse.last_input(),
            last_output_at: pulse.last_output(),
            viewers: facts.viewers,
            detached_since: facts.detached_since,
            ends_at: facts
                .detached_since
                .map(|since| since.plus(card.detached_limit)),
        }
    }

    /// Last measured round trip to the target, in microseconds; 0 when unknown.
    pub fn target_rtt_us(&self) -> u32 {
        self.shared.pulse.target_rtt_us()
    }

    /// Gives a browser a seat: first a picture or what it missed, then everything that follows.
    ///
    /// # Errors
    /// The session is over or full.
    pub async fn attach(&self, request: AttachRequest) -> Result<Seat, AttachError> {
        let viewer = ViewerId::generate();
        let (frames_to, frames) = mpsc::channel(FRAMES);
        let (dismiss, dismissed) = oneshot::channel();
        let ack = Arc::new(Ack::new(Arc::clone(&self.shared.stage)));
        let seat = NewSeat {
            viewer,
            attached: Box::default(),
            is_read_only: request.is_read_only,
            frames: Vec::new(),
            resume: request.resume.map(|(_, offset)| offset),
            frames_to,
            dismiss,
            ack: Arc::clone(&ack),
        };
        let arrival = Arrival {
            viewer,
            holder: request.holder,
            is_read_only: request.is_read_only,
            size: request.size,
            desktop_size: request.desktop_size,
            is_resuming: request.resume.is_some(),
        };
        let attach = Attach {
            arrival,
            seat: Box::new(seat),
            resume_epoch: request.resume.map_or(0, |(epoch, _)| epoch.count()),
        };
        match self.shared.actor.send(attach).await {
            Ok(Ok(())) => Ok(Seat::new(viewer, frames, dismissed, ack, self.clone())),
            Ok(Err(SeatRefusal::Full)) => Err(AttachError::Full),
            // A mailbox that is closed belongs to a session that is over.
            Ok(Err(SeatRefusal::Ended)) | Err(_) => Err(AttachError::Ended),
        }
    }

    /// Ends the session for everyone; await [`SessionHandle::closed`] to see it gone.
    pub async fn end(&self, reason: CloseReason) {
        self.tell(Event::EndRequested(reason)).await;
    }

    /// Makes the viewers of a login or user leave.
    pub async fn sign_out(&self, who: SignOut) {
        self.tell(Event::SignedOut(who)).await;
    }

    /// Another owner's epoch was seen; an older owner stops at once.
    pub async fn fence(&self, theirs: Epoch) {
        self.tell(Event::FenceSeen(theirs)).await;
    }

    /// Access to the target's files.
    ///
    /// # Errors
    /// The session is not live, over, or offers none.
    pub fn files(&self) -> Result<FilesHandle, FilesUnavailable> {
        match self.phase() {
            Phase::Claiming | Phase::Connecting | Phase::Asking => Err(FilesUnavailable::NotLive),
            Phase::Ended => Err(FilesUnavailable::Ended),
            Phase::Live => {
                let files = self.shared.files.borrow().clone();
                files.ok_or(FilesUnavailable::NotOffered)
            }
        }
    }

    /// Waits until the session is over.
    pub async fn closed(&self) -> Ended {
        let mut ended = self.shared.ended.clone();
        let broken = || Ended {
            reason: CloseReason::Internal,
            text: "The session ended because of an error inside Baton.".to_owned(),
            exit_status: None,
        };
        let Ok(ended) = ended.wait_for(Option::is_some).await else {
            return broken();
        };
        ended.clone().unwrap_or_else(broken)
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<Ended> {
        self.shared.ended.borrow().clone()
    }

    pub(crate) fn typed(&self) -> &mpsc::Sender<Typed> {
        &self.shared.typed
    }

    /// Waits for a place in the actor's mailbox and for the event to be handled; an actor that is
    /// gone has nothing left to decide.
    pub(crate) async fn tell(&self, event: Event) {
        if self.shared.actor.send(Happened(event)).await.is_err() {
            tracing::debug!(session = %self.id(), "Session is gone already");
        }
    }
}
