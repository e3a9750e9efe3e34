//! The only way to become owner, first start and failover alike.

use std::sync::Arc;
use std::time::Duration;

use shared::epoch::Epoch;
use shared::id::{AttemptId, IncarnationId, NodeId, SessionId};
use shared::registry::{Claim, Refusal};

use super::{Broker, BrokerError};

/// Tries of one claim before giving up: they share an attempt id, so none counts twice.
const TRIES: u32 = 3;

/// Limit of one try; a committed claim takes milliseconds, an election about a second.
const TRY_TIMEOUT: Duration = Duration::from_millis(1500);

/// Who this process is to the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Stable across restarts.
    pub node: NodeId,
    /// This start.
    pub incarnation: IncarnationId,
}

/// Why a session could not be claimed.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// The broker decided against it.
    #[error("claim was refused")]
    Refused(#[source] Refusal),
    /// The broker could not be asked; retry later.
    #[error("broker is unavailable")]
    Unavailable(#[source] std::io::Error),
}

/// This node's view of ownership; cheap to clone.
#[derive(Clone)]
pub struct Ownership {
    broker: Arc<dyn Broker>,
    identity: Identity,
}

impl std::fmt::Debug for Ownership {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ownership")
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl Ownership {
    /// Announces this start of the node.
    ///
    /// # Errors
    /// The broker refused or could not be reached.
    pub async fn join(broker: Arc<dyn Broker>, identity: Identity) -> Result<Self, BrokerError> {
        broker.node_up(identity.node, identity.incarnation).await?;
        Ok(Self { broker, identity })
    }

    /// Who this process is.
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// Becomes the owner of a session last seen at `seen`; repeats itself through short outages.
    ///
    /// # Errors
    /// The claim was refused, or nobody answered in time.
    pub async fn claim(&self, session: SessionId, seen: Epoch) -> Result<Epoch, ClaimError> {
        let claim = Claim {
            session,
            node: self.identity.node,
            incarnation: self.identity.incarnation,
            seen,
            attempt: AttemptId::generate(),
        };
        let mut last = std::io::Error::from(std::io::ErrorKind::TimedOut);
        for _ in 0..TRIES {
            match tokio::time::timeout(TRY_TIMEOUT, self.broker.claim(claim)).await {
                Ok(Ok(epoch)) => return Ok(epoch),
                Ok(Err(BrokerError::Refused(refusal))) => return Err(ClaimError::Refused(refusal)),
                Ok(Err(BrokerError::Unavailable(source))) => last = source,
                Err(_elapsed) => {}
            }
        }
        Err(ClaimError::Unavailable(last))
    }

    /// Says that a session is over; best effort, since the next start of the node says it again.
    pub async fn end(&self, session: SessionId, epoch: Epoch) {
        let answer = tokio::time::timeout(TRY_TIMEOUT, self.broker.end(session, epoch)).await;
        match answer {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(%session, %epoch, error, "Broker did not note the end");
            }
            Err(_elapsed) => {
                tracing::debug!(%session, %epoch, "Broker did not note the end in time");
            }
        }
    }

    /// Says goodbye: this incarnation owns nothing any more.
    ///
    /// # Errors
    /// The broker refused or could not be reached.
    pub async fn leave(&self) -> Result<(), BrokerError> {
        self.broker
            .node_down(self.identity.node, self.identity.incarnation)
            .await
    }
}
