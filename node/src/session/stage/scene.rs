//! What a session shows: the one thing in which terminals and desktops differ on a stage.

use std::time::Instant;

use bytes::Bytes;
use shared::frame::server_frame::Body;
use shared::terminal::TerminalSize;

use super::pacing::Progress;
use super::seat::Seat;
use crate::driver::DesktopEvent;
use crate::screen::{AckError, FrameAckError};

/// What a target sends to be shown.
#[derive(Debug)]
pub(crate) enum Sight {
    /// Terminal bytes.
    Output(Bytes),
    /// Something on a desktop.
    Desktop(DesktopEvent),
}

/// What came of it besides the picture.
#[derive(Debug)]
pub(crate) enum SceneNews {
    /// A new title.
    Title(String),
    /// The target set the clipboard.
    Clipboard(String),
    /// To be sent back to the target.
    Reply(Bytes),
    /// To be told to every viewer, now and, if it is state, on arrival.
    Tell(Body),
}

/// An acknowledgement that no honest viewer sends.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FeedError {
    /// Of output.
    #[error(transparent)]
    Output(#[from] AckError),
    /// Of a desktop's frames.
    #[error(transparent)]
    Frame(#[from] FrameAckError),
}

/// One viewer's position in what is shown.
pub(crate) trait Feed: Send {
    /// The viewer has drawn everything up to here; true when that is news.
    fn acknowledge(&mut self, position: u64) -> Result<bool, FeedError>;

    /// Begins anew with the whole picture.
    fn redraw(&mut self);

    /// Whether an acknowledgement is awaited.
    fn is_awaited(&self) -> bool;

    /// When it has something to send although nothing changes.
    fn wakes_at(&self) -> Option<Instant>;
}

/// What a session shows, and how viewers are served from it. The stage owns one and does the rest:
/// commands, sockets, news, farewells.
pub(crate) trait Scene: Send + Sized {
    /// A viewer's position.
    type Feed: Feed;

    /// A feed for a viewer, and whether it goes on at the offset given.
    fn open(&self, resume: Option<u64>, now: Instant) -> (Self::Feed, bool);

    /// State that a viewer is told on arrival, apart from the picture.
    fn greeting(&self) -> Vec<Body>;

    /// Shows what the target sent; how many bytes that were.
    fn show(&mut self, sight: Sight, seats: &mut [Seat<Self::Feed>], now: Instant) -> usize;

    /// What came of everything shown since the last call.
    fn take_news(&mut self) -> Vec<SceneNews>;

    /// What to send a viewer next; none while there is nothing or it must acknowledge first.
    fn next(&mut self, seat: &mut Seat<Self::Feed>, now: Instant) -> Option<Body>;

    /// Whether a viewer has been sent everything, so that the last words may follow.
    fn is_drained(&self, feed: &Self::Feed) -> bool;

    /// How far a viewer is behind; none where viewers do not pace the target.
    fn progress(&self, seat: &Seat<Self::Feed>) -> Option<Progress>;

    /// The terminal has a new size; what to tell every viewer.
    fn resize(&mut self, size: TerminalSize) -> Option<Body>;

    /// An interrupt was typed; `queued` pieces of output are ready.
    fn interrupt(&mut self, seats: &[Seat<Self::Feed>], queued: usize, now: Instant);

    /// Whether the target is read although viewers lag.
    fn is_hurrying(&self) -> bool;

    /// Moves its own timers on; `has_more` when output is ready.
    fn settle(&mut self, seats: &mut [Seat<Self::Feed>], has_more: bool, now: Instant);

    /// Gives up what a viewer was not sent yet.
    fn skip(&self, feed: &mut Self::Feed);

    /// When it wants to be settled.
    fn wakes_at(&self) -> Option<Instant>;

    /// What another owner needs to show the same; none where the target keeps it.
    fn checkpoint(&mut self) -> Option<(TerminalSize, Bytes)>;
}
