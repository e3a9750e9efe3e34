//! What the session room needs remembered: rows, history, audit, host keys, credentials.
//!
//! A trait, so that the session neither knows SQL nor waits for it.

use futures_util::future::BoxFuture;
use shared::close::CloseReason;
use shared::epoch::Epoch;
use shared::id::{SessionId, TargetId, UserId};
use shared::time::UnixMicros;

use super::{Ended, Phase};
use crate::driver::{Identity, Protocol};
use crate::ownership;

/// Why something could not be recorded, split by what the session does next.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// Another owner has the session. Stop at once.
    #[error("session is fenced: ours is {ours}, the store has {theirs}")]
    Fenced {
        /// The epoch of the refused write.
        ours: Epoch,
        /// The epoch in the store.
        theirs: Epoch,
    },
    /// The store could not be reached. Retrying is safe.
    #[error("store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store refused; retrying will not help.
    #[error("store refused")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The row of a session that has just been claimed.
#[derive(Clone, Debug)]
pub struct NewRecord {
    /// The session.
    pub id: SessionId,
    /// Who opened it.
    pub user: UserId,
    /// Name of who opened it, for the audit.
    pub user_name: String,
    /// The stored target.
    pub target: Option<TargetId>,
    /// Which driver dials.
    pub protocol: Protocol,
    /// Title to show.
    pub title: String,
    /// `host:port`.
    pub address: String,
    /// Who owns it.
    pub owner: ownership::Identity,
    /// The fence.
    pub epoch: Epoch,
}

/// What changed since the row was last written; the newest state wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordChange {
    /// Title to show.
    pub title: String,
    /// Where it is in its life.
    pub phase: Phase,
    /// When it changed.
    pub at: UnixMicros,
}

/// Where sessions are remembered.
pub trait Records: Send + Sync {
    /// Records a session before it dials.
    fn open(&self, record: NewRecord) -> BoxFuture<'_, Result<(), RecordsError>>;

    /// Records a change, fenced.
    fn update(
        &self,
        session: SessionId,
        epoch: Epoch,
        change: RecordChange,
    ) -> BoxFuture<'_, Result<(), RecordsError>>;

    /// Moves a session to the history, fenced, and removes its checkpoint.
    fn end(
        &self,
        session: SessionId,
        epoch: Epoch,
        ended: Ended,
    ) -> BoxFuture<'_, Result<(), RecordsError>>;

    /// Moves what an earlier incarnation of this node left behind to the history.
    fn end_abandoned(
        &self,
        owner: ownership::Identity,
        reason: CloseReason,
    ) -> BoxFuture<'_, Result<(), RecordsError>>;

    /// Stores a host key that was accepted on first use.
    fn trust_host_key(
        &self,
        target: TargetId,
        public_key: String,
    ) -> BoxFuture<'_, Result<(), RecordsError>>;

    /// Stores credentials that the target accepted, sealed, with the target.
    fn remember(
        &self,
        target: TargetId,
        identity: Identity,
    ) -> BoxFuture<'_, Result<(), RecordsError>>;
}
