//! The registry inside one process: one voter, no network, nothing to wait for.

use std::sync::{Mutex, PoisonError};

use crate::registry::{Command, Reply, State};

/// A broker of one. Commands are applied one after the other, in the order they arrive.
///
/// Nothing is kept across a restart: a single node that restarts has lost its sessions anyway, and
/// ids of sessions are never used twice.
#[derive(Debug, Default)]
pub struct Embedded {
    state: Mutex<State>,
}

impl Embedded {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies a command and answers.
    pub fn propose(&self, command: &Command) -> Reply {
        // `apply` does not panic; a poisoned registry is still the registry.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.apply(command)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shared::epoch::Epoch;
    use shared::id::{AttemptId, IncarnationId, NodeId, SessionId};
    use shared::registry::Claim;
    use shared::time::UnixMicros;

    use super::*;

    #[test]
    fn of_many_claims_at_once_one_wins() {
        let broker = Arc::new(Embedded::new());
        let session = SessionId::generate();
        let at = UnixMicros::new(1);
        let claims: Vec<_> = (0..8)
            .map(|_| {
                let broker = Arc::clone(&broker);
                let (node, incarnation) = (NodeId::generate(), IncarnationId::generate());
                std::thread::spawn(move || {
                    broker.propose(&Command::NodeUp {
                        node,
                        incarnation,
                        at,
                    });
                    let claim = Claim {
                        session,
                        node,
                        incarnation,
                        seen: Epoch::UNOWNED,
                        attempt: AttemptId::generate(),
                    };
                    broker.propose(&Command::Claim { claim, at })
                })
            })
            .collect();
        let replies = claims.into_iter().map(|claim| claim.join().unwrap());
        let owned = replies
            .filter(|reply| matches!(reply, Reply::Owned(_)))
            .count();
        assert_eq!(owned, 1);
    }
}
