//! The broker of a node that is alone, behind the trait that the node asks.

use std::sync::Arc;

use broker::Embedded;
use broker::registry::{Command, Reply};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use node::ownership::{Broker, BrokerError};
use shared::epoch::Epoch;
use shared::id::{IncarnationId, NodeId, SessionId};
use shared::registry::Claim;
use shared::time::{Clock, UnixMicros};

/// Asks the embedded registry; every answer is there at once.
#[derive(Clone)]
pub(crate) struct EmbeddedBroker {
    registry: Arc<Embedded>,
    clock: Arc<dyn Clock>,
}

impl EmbeddedBroker {
    /// A broker of one, which forgets everything at the end of the process.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            registry: Arc::new(Embedded::new()),
            clock,
        }
    }

    fn now(&self) -> UnixMicros {
        self.clock.wall()
    }

    fn answer<T>(
        &self,
        command: &Command,
        of: impl FnOnce(Reply) -> Result<T, BrokerError>,
    ) -> BoxFuture<'static, Result<T, BrokerError>>
    where
        T: Send + 'static,
    {
        ready(of(self.registry.propose(command))).boxed()
    }
}

impl Broker for EmbeddedBroker {
    fn node_up(
        &self,
        node: NodeId,
        incarnation: IncarnationId,
    ) -> BoxFuture<'_, Result<(), BrokerError>> {
        self.answer(
            &Command::NodeUp {
                node,
                incarnation,
                at: self.now(),
            },
            done,
        )
    }

    fn node_down(
        &self,
        node: NodeId,
        incarnation: IncarnationId,
    ) -> BoxFuture<'_, Result<(), BrokerError>> {
        self.answer(
            &Command::NodeDown {
                node,
                incarnation,
                at: self.now(),
            },
            done,
        )
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Epoch, BrokerError>> {
        self.answer(
            &Command::Claim {
                claim,
                at: self.now(),
            },
            |reply| match reply {
                Reply::Owned(epoch) => Ok(epoch),
                Reply::Refused(refusal) => Err(BrokerError::Refused(refusal)),
                Reply::Done => unreachable!("a claim is answered by an epoch or a refusal"),
            },
        )
    }

    fn release(&self, session: SessionId, epoch: Epoch) -> BoxFuture<'_, Result<(), BrokerError>> {
        self.answer(
            &Command::Release {
                session,
                epoch,
                at: self.now(),
            },
            done,
        )
    }

    fn end(&self, session: SessionId, epoch: Epoch) -> BoxFuture<'_, Result<(), BrokerError>> {
        self.answer(
            &Command::End {
                session,
                epoch,
                at: self.now(),
            },
            done,
        )
    }
}

fn done(reply: Reply) -> Result<(), BrokerError> {
    match reply {
        Reply::Done | Reply::Owned(_) => Ok(()),
        Reply::Refused(refusal) => Err(BrokerError::Refused(refusal)),
    }
}
