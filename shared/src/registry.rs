//! Node ↔ broker: who owns what. One vocabulary for the embedded broker and the Raft group.

use serde::{Deserialize, Serialize};

use crate::epoch::Epoch;
use crate::id::{AttemptId, IncarnationId, NodeId, SessionId};

/// A node's wish to own a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The session.
    pub session: SessionId,
    /// Who wants it.
    pub node: NodeId,
    /// Which start of the node.
    pub incarnation: IncarnationId,
    /// The epoch the claimant has seen; [`Epoch::UNOWNED`] for a first start.
    pub seen: Epoch,
    /// Names the try: a retry repeats it and gets the same answer.
    pub attempt: AttemptId,
}

/// Why a claim, release or end was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// Someone else has claimed it since.
    #[error("session has moved on to {current}")]
    Stale {
        /// The epoch now.
        current: Epoch,
    },
    /// Its owner is alive and has not released it.
    #[error("session is owned at {current} by a live node")]
    Owned {
        /// The epoch of the owner.
        current: Epoch,
    },
    /// The session is over.
    #[error("session has ended")]
    Ended,
    /// The asking incarnation is not up.
    #[error("node is not up under this incarnation")]
    NodeNotUp,
    /// The registry holds as many sessions as it may.
    #[error("registry is full")]
    Full,
}
