//! `Records` over the store: rows, history, host keys, credentials.

use futures_util::future::BoxFuture;
use schema::store::{
    CredentialChange, CredentialSecret, Edit, EndedSession, NewCredential, NewSession,
    SessionChange, Store, StoreError, TargetChange,
};
use shared::close::CloseReason;
use shared::epoch::Epoch;
use shared::id::{SessionId, TargetId};
use shared::time::Clock;

use super::records::{NewRecord, RecordChange, Records, RecordsError};
use super::{Ended, Phase};
use crate::driver::{Credential, Identity};
use crate::ownership;

/// Sessions remembered in the database.
#[derive(Clone)]
pub struct StoredRecords {
    store: Store,
    clock: std::sync::Arc<dyn Clock>,
}

impl std::fmt::Debug for StoredRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredRecords").finish_non_exhaustive()
    }
}

impl StoredRecords {
    /// Remembers in this store.
    pub fn new(store: Store, clock: std::sync::Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    async fn remember_with(&self, id: TargetId, identity: Identity) -> Result<(), StoreError> {
        let Some(secret) = identity.credentials.into_iter().next().map(secret_of) else {
            return Ok(());
        };
        let target = self.store.targets().by_id(id).await?;
        let target = target.ok_or(StoreError::NotFound)?;
        if let Some(credential) = target.credential {
            let change = CredentialChange {
                user_name: identity.user.map_or(Edit::Keep, Edit::Set),
                secret: Some(secret),
                ..CredentialChange::default()
            };
            self.store.credentials().update(credential, change).await?;
            return Ok(());
        }
        let new = NewCredential {
            label: target.name,
            user_name: identity.user,
            secret,
        };
        let credential = self.store.credentials().create(new).await?;
        let change = TargetChange {
            credential: Edit::Set(credential.id),
            ..TargetChange::default()
        };
        self.store.targets().update(id, change).await?;
        Ok(())
    }
}

impl Records for StoredRecords {
    fn open(&self, record: NewRecord) -> BoxFuture<'_, Result<(), RecordsError>> {
        Box::pin(async move {
            let new = NewSession {
                id: record.id,
                user: record.user,
                target: record.target,
                title: record.title,
                protocol: record.protocol.name().to_owned(),
                address: record.address,
                owner: record.owner.node,
                incarnation: record.owner.incarnation,
                epoch: record.epoch,
                phase: Phase::Claiming.code().to_owned(),
            };
            self.store.sessions().open(new).await.map_err(of_store)?;
            Ok(())
        })
    }

    fn update(
        &self,
        session: SessionId,
        epoch: Epoch,
        change: RecordChange,
    ) -> BoxFuture<'_, Result<(), RecordsError>> {
        Box::pin(async move {
            let change = SessionChange {
                title: Some(change.title),
                phase: Some(change.phase.code().to_owned()),
                last_activity_at: Some(change.at),
            };
            let updated = self.store.sessions().update(session, epoch, change).await;
            updated.map_err(of_store)
        })
    }

    fn end(
        &self,
        session: SessionId,
        epoch: Epoch,
        ended: Ended,
    ) -> BoxFuture<'_, Result<(), RecordsError>> {
        Box::pin(async move {
            let ended = EndedSession {
                reason: ended.reason,
                text: ended.text,
                exit_status: ended.exit_status,
                ended_at: self.clock.wall(),
            };
            match self.store.sessions().end(session, epoch, ended).await {
                // A first try may have worked although its answer was lost.
                Ok(()) | Err(StoreError::NotFound) => Ok(()),
                Err(error) => Err(of_store(error)),
            }
        })
    }

    fn end_abandoned(
        &self,
        owner: ownership::Identity,
        reason: CloseReason,
    ) -> BoxFuture<'_, Result<(), RecordsError>> {
        Box::pin(async move {
            let sessions = self.store.sessions();
            let moved = sessions.end_abandoned(owner.node, owner.incarnation, reason);
            let moved = moved.await.map_err(of_store)?;
            if moved > 0 {
                tracing::info!(sessions = moved, "Closed what an earlier start left behind");
            }
            Ok(())
        })
    }

    fn trust_host_key(
        &self,
        target: TargetId,
        public_key: String,
    ) -> BoxFuture<'_, Result<(), RecordsError>> {
        Box::pin(async move {
            let trusted = self
                .store
                .targets()
                .trust_host_key(target, &public_key)
                .await;
            trusted.map_err(of_store)
        })
    }

    fn remember(
        &self,
        target: TargetId,
        identity: Identity,
    ) -> BoxFuture<'_, Result<(), RecordsError>> {
        Box::pin(async move { self.remember_with(target, identity).await.map_err(of_store) })
    }
}

fn secret_of(credential: Credential) -> CredentialSecret {
    match credential {
        Credential::Password(password) => CredentialSecret::Password(password),
        Credential::PrivateKey { pem, passphrase } => {
            CredentialSecret::PrivateKey { pem, passphrase }
        }
    }
}

fn of_store(error: StoreError) -> RecordsError {
    match error {
        StoreError::Fenced { ours, theirs } => RecordsError::Fenced { ours, theirs },
        error @ (StoreError::Unavailable(_) | StoreError::Locked | StoreError::Full) => {
            RecordsError::Unavailable(Box::new(error))
        }
        error @ (StoreError::NotFound
        | StoreError::Conflict { .. }
        | StoreError::NewerSchema { .. }
        | StoreError::Sealed(_)
        | StoreError::Corrupt { .. }) => RecordsError::Refused(Box::new(error)),
    }
}
