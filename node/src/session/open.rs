//! What opening a session takes, and why it may fail.

use std::time::Duration;

use shared::id::{SessionId, UserId};
use shared::terminal::TerminalSize;

use crate::driver::TargetGrant;

/// Everything needed to open a session.
#[derive(Debug)]
pub struct OpenSession {
    /// Its id; the grant names the same.
    pub id: SessionId,
    /// Who opens it.
    pub user: UserId,
    /// Name of who opens it.
    pub user_name: String,
    /// Title until the terminal sets one: the target's name.
    pub title: String,
    /// Permission to dial, consumed by the dial.
    pub grant: TargetGrant,
    /// Size until a viewer says another.
    pub size: TerminalSize,
    /// How long the session may live with nobody attached.
    pub detached_limit: Duration,
    /// The user may store credentials with the target.
    pub may_remember: bool,
}

/// Why a session was not opened, split by what the caller answers.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The node is stopping; another may take it.
    #[error("node is stopping")]
    Draining,
    /// The node runs as many sessions as it may.
    #[error("node runs {limit} sessions, as many as it may")]
    Full {
        /// The limit.
        limit: usize,
    },
    /// The user runs as many sessions as one may.
    #[error("user runs {limit} sessions, as many as one may")]
    FullForUser {
        /// The limit.
        limit: usize,
    },
    /// The grant is for another session or user.
    #[error("grant does not belong to this session")]
    WrongGrant,
    /// A session of this id runs already.
    #[error("session exists")]
    Exists,
    /// Ownership could not be had; retry later.
    #[error("session could not be claimed")]
    Claim(#[source] crate::ownership::ClaimError),
    /// The session could not be recorded; retry later.
    #[error("session could not be recorded")]
    Records(#[source] super::RecordsError),
}
