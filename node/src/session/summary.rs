//! What others may know about a session: a small value, published on a watch channel.

use shared::close::CloseReason;
use shared::epoch::Epoch;
use shared::id::{LoginId, SessionId, TargetId, UserId};
use shared::time::UnixMicros;

use super::Phase;
use crate::driver::Protocol;

/// A session as lists and pages show it.
#[derive(Clone, Debug)]
pub struct SessionSummary {
    /// The session.
    pub id: SessionId,
    /// Who opened it.
    pub user: UserId,
    /// Name of who opened it.
    pub user_name: String,
    /// The stored target; none for quick connect.
    pub target: Option<TargetId>,
    /// Title: the terminal's own, else the target's name.
    pub title: String,
    /// Protocol spoken to the target.
    pub protocol: Protocol,
    /// `host:port` of the target.
    pub address: String,
    /// Where it is in its life.
    pub phase: Phase,
    /// The fence it runs under.
    pub epoch: Epoch,
    /// When it was opened.
    pub opened_at: UnixMicros,
    /// When somebody last typed.
    pub last_input_at: Option<UnixMicros>,
    /// When the target last sent something.
    pub last_output_at: Option<UnixMicros>,
    /// Attached browsers.
    pub viewers: usize,
    /// Since when nobody is attached.
    pub detached_since: Option<UnixMicros>,
    /// When it will be ended if nobody attaches.
    pub ends_at: Option<UnixMicros>,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Why.
    pub reason: CloseReason,
    /// One sentence for a person: cause and what to do.
    pub text: String,
    /// Exit status of the program at the target, when it said one.
    pub exit_status: Option<u32>,
}

/// Whose viewers must leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOut {
    /// One browser's login.
    Login(LoginId),
    /// Every login of a user.
    User(UserId),
}
