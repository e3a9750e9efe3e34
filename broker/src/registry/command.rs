//! What changes the registry, and what it answers.

use serde::{Deserialize, Serialize};
use shared::epoch::Epoch;
use shared::id::{IncarnationId, NodeId, SessionId};
use shared::registry::{Claim, Refusal};
use shared::time::UnixMicros;

/// One entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// A node has started; whatever its earlier incarnations owned is free.
    NodeUp {
        /// The node.
        node: NodeId,
        /// This start.
        incarnation: IncarnationId,
        /// When it was said.
        at: UnixMicros,
    },
    /// An incarnation is gone: one entry, however many sessions it owned.
    NodeDown {
        /// The node.
        node: NodeId,
        /// The start that is gone.
        incarnation: IncarnationId,
        /// When it was said.
        at: UnixMicros,
    },
    /// A node wants to own a session.
    Claim {
        /// Who wants what, and what it has seen.
        claim: Claim,
        /// When it was said.
        at: UnixMicros,
    },
    /// The owner gives a session up.
    Release {
        /// The session.
        session: SessionId,
        /// The epoch it was owned at.
        epoch: Epoch,
        /// When it was said.
        at: UnixMicros,
    },
    /// A session is over for good.
    End {
        /// The session.
        session: SessionId,
        /// The epoch it was owned at.
        epoch: Epoch,
        /// When it was said.
        at: UnixMicros,
    },
}

/// What the registry answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// Done, or done before.
    Done,
    /// The claimant owns the session at this epoch.
    Owned(Epoch),
    /// Decided against.
    Refused(Refusal),
}
