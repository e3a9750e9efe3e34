//! What a node asks of the broker.

use futures_util::future::BoxFuture;
use shared::epoch::Epoch;
use shared::id::{IncarnationId, NodeId, SessionId};
use shared::registry::{Claim, Refusal};

/// Why the broker gave no yes.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// It decided against; the same question gets the same answer.
    #[error("broker refused")]
    Refused(#[source] Refusal),
    /// No leader, no quorum, or no connection: ask again later.
    #[error("broker is unavailable")]
    Unavailable(#[source] std::io::Error),
}

/// The group that knows who owns what.
pub trait Broker: Send + Sync {
    /// Announces a start of a node; an earlier incarnation counts as down from now on.
    fn node_up(
        &self,
        node: NodeId,
        incarnation: IncarnationId,
    ) -> BoxFuture<'_, Result<(), BrokerError>>;

    /// Announces that an incarnation is gone.
    fn node_down(
        &self,
        node: NodeId,
        incarnation: IncarnationId,
    ) -> BoxFuture<'_, Result<(), BrokerError>>;

    /// Makes the claimant the owner; answers with its epoch.
    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Epoch, BrokerError>>;

    /// Gives a session up, so that another may claim it.
    fn release(&self, session: SessionId, epoch: Epoch) -> BoxFuture<'_, Result<(), BrokerError>>;

    /// Says that a session is over for good.
    fn end(&self, session: SessionId, epoch: Epoch) -> BoxFuture<'_, Result<(), BrokerError>>;
}
