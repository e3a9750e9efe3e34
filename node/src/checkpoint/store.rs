//! Where checkpoints go: fenced saves, behind a trait so that a hot copy can stand beside it.

use std::error::Error;

use futures_util::future::BoxFuture;
use schema::store::{Store, StoreError};
use shared::epoch::Epoch;
use shared::id::SessionId;

use super::Body;

/// Why a checkpoint was not saved or loaded, split by what the session does next.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Another owner has claimed the session. Stop at once; do not retry.
    #[error("session is fenced: wrote at {ours}, store is at {theirs}")]
    Fenced {
        /// The epoch of the refused write.
        ours: Epoch,
        /// The epoch in the store.
        theirs: Epoch,
    },
    /// The store did not take it. Retrying later is safe.
    #[error("checkpoint store is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// What is stored cannot be used.
    #[error("checkpoint cannot be read")]
    Unreadable(#[source] super::BodyError),
}

/// What a load finds: the newest checkpoint with its epoch, or none.
pub type Loaded = Result<Option<(Epoch, Body)>, CheckpointError>;

/// Saves and loads checkpoints.
pub trait CheckpointStore: Send + Sync {
    /// Saves, unless a newer epoch has saved before.
    fn save<'a>(
        &'a self,
        session: SessionId,
        epoch: Epoch,
        body: &'a Body,
    ) -> BoxFuture<'a, Result<(), CheckpointError>>;

    /// The newest checkpoint with its epoch; none for a session that never saved.
    fn load(&self, session: SessionId) -> BoxFuture<'_, Loaded>;
}

impl CheckpointStore for Store {
    fn save<'a>(
        &'a self,
        session: SessionId,
        epoch: Epoch,
        body: &'a Body,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        Box::pin(async move {
            let bytes = body.to_bytes();
            let saved = self.checkpoints().save(session, epoch, &bytes).await;
            saved.map_err(of_store)
        })
    }

    fn load(&self, session: SessionId) -> BoxFuture<'_, Loaded> {
        Box::pin(async move {
            let found = self.checkpoints().load(session).await.map_err(of_store)?;
            let read = |checkpoint: schema::store::Checkpoint| {
                let body =
                    Body::from_bytes(&checkpoint.body).map_err(CheckpointError::Unreadable)?;
                Ok((checkpoint.epoch, body))
            };
            found.map(read).transpose()
        })
    }
}

fn of_store(error: StoreError) -> CheckpointError {
    match error {
        StoreError::Fenced { ours, theirs } => CheckpointError::Fenced { ours, theirs },
        other => CheckpointError::Unavailable(Box::new(other)),
    }
}
