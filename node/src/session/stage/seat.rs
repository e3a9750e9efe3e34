//! The stage's end of one viewer: its outbox, its feed, its progress.

use std::sync::Arc;
use std::time::{Duration, Instant};

use shared::frame::{self, server_frame::Body};
use shared::id::ViewerId;
use tokio::sync::{mpsc, oneshot};

use super::command::{Ack, Dismissal, NewSeat, Outgoing};
use super::outbox::Outbox;
use super::scene::{Feed, FeedError};

/// A viewer that takes nothing for this long is closed.
const STALL: Duration = Duration::from_secs(30);

/// Snapshots that one viewer may ask for: at most one per this time.
const REDRAW_EVERY: Duration = Duration::from_millis(200);

/// The stage's end of one viewer.
pub(crate) struct Seat<F> {
    pub(super) viewer: ViewerId,
    pub(super) is_read_only: bool,
    pub(super) outbox: Outbox,
    pub(super) feed: F,
    pub(super) frames_to: mpsc::Sender<Outgoing>,
    /// The socket's queue is full; a permit is awaited since then.
    pub(super) blocked_since: Option<Instant>,
    /// The last words were sent.
    pub(super) is_told: bool,
    /// Nothing will ever be sent again.
    pub(super) is_done: bool,
    dismiss: Option<oneshot::Sender<Dismissal>>,
    ack: Arc<Ack>,
    moved_at: Instant,
    /// A redraw that was asked for too soon after another.
    redraw_due: Option<Instant>,
    redrawn_at: Option<Instant>,
}

impl<F: Feed> Seat<F> {
    /// Seats a viewer at its feed.
    pub(super) fn new(new: NewSeat, feed: F, is_resumed: bool, now: Instant) -> Self {
        let mut outbox = Outbox::default();
        let mut attached = new.attached;
        attached.resumed = is_resumed;
        outbox.push(Body::Attached(*attached));
        new.frames.into_iter().for_each(|frame| outbox.push(frame));
        Self {
            viewer: new.viewer,
            is_read_only: new.is_read_only,
            outbox,
            feed,
            frames_to: new.frames_to,
            blocked_since: None,
            is_told: false,
            is_done: false,
            dismiss: Some(new.dismiss),
            ack: new.ack,
            moved_at: now,
            redraw_due: None,
            redrawn_at: None,
        }
    }

    /// Takes the newest acknowledgement and redraw wish.
    ///
    /// # Errors
    /// An acknowledgement of something that was never sent.
    pub(super) fn take_news(&mut self, now: Instant) -> Result<(), FeedError> {
        if let Some(offset) = self.ack.take()
            && self.feed.acknowledge(offset)?
        {
            self.moved_at = now;
        }
        if let Some(offset_bytes) = self.ack.take_input() {
            let ack = frame::InputAck { offset_bytes };
            self.outbox.push(Body::InputAck(ack));
        }
        if self.ack.takes_redraw() {
            let earliest = self.redrawn_at.map_or(now, |at| at + REDRAW_EVERY);
            self.redraw_due = Some(earliest);
        }
        if self.redraw_due.is_some_and(|due| due <= now) {
            self.redraw_due = None;
            self.redrawn_at = Some(now);
            self.feed.redraw();
        }
        Ok(())
    }

    /// Output it can now be waited for begins with this piece.
    pub(super) fn note_sending(&mut self, now: Instant) {
        if !self.feed.is_awaited() {
            self.moved_at = now;
        }
    }

    /// It is sent something after it had acknowledged everything.
    pub(super) const fn note_moved(&mut self, now: Instant) {
        self.moved_at = now;
    }

    /// When it last acknowledged, or was first sent something it could acknowledge.
    pub(super) const fn moved_at(&self) -> Instant {
        self.moved_at
    }

    /// When it must have moved, or is closed.
    pub(super) fn stalls_at(&self) -> Option<Instant> {
        let unread = self.feed.is_awaited().then_some(self.moved_at);
        let since = match (unread, self.blocked_since) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        since.map(|since| since + STALL)
    }

    /// When it wants to be looked at again.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        // A socket without room is waited for, not looked at.
        let feed = self
            .feed
            .wakes_at()
            .filter(|_| self.blocked_since.is_none());
        [self.stalls_at(), self.redraw_due, feed]
            .into_iter()
            .flatten()
            .min()
    }

    /// Makes the socket close, without waiting for anything queued.
    pub(super) fn dismiss(&mut self, dismissal: Dismissal) {
        if let Some(dismiss) = self.dismiss.take() {
            // A socket that is gone already needs no dismissal.
            let _gone = dismiss.send(dismissal);
        }
    }
}
