//! The laws, checked over random logs.

use std::collections::HashMap;

use proptest::prelude::*;
use shared::epoch::Epoch;
use shared::id::{AttemptId, IncarnationId, NodeId, SessionId};
use shared::registry::{Claim, Refusal};
use shared::time::UnixMicros;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Up {
        node: usize,
        incarnation: usize,
    },
    Down {
        node: usize,
        incarnation: usize,
    },
    Claim {
        node: usize,
        incarnation: usize,
        session: usize,
        seen: u64,
        attempt: usize,
    },
    Release {
        session: usize,
        epoch: u64,
    },
    End {
        session: usize,
        epoch: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let (node, session) = (0_usize..3, 0_usize..3);
    prop_oneof![
        2 => (node.clone(), 0_usize..3).prop_map(|(node, incarnation)| Step::Up { node, incarnation }),
        2 => (node.clone(), 0_usize..3).prop_map(|(node, incarnation)| Step::Down { node, incarnation }),
        6 => (node, 0_usize..3, session.clone(), 0_u64..6, 0_usize..12).prop_map(
            |(node, incarnation, session, seen, attempt)| Step::Claim { node, incarnation, session, seen, attempt }),
        2 => (session.clone(), 0_u64..6).prop_map(|(session, epoch)| Step::Release { session, epoch }),
        1 => (session, 0_u64..6).prop_map(|(session, epoch)| Step::End { session, epoch }),
    ]
}

proptest! {
    #[test]
    fn laws_hold_for_every_log(steps in proptest::collection::vec(step(), 1..200)) {
        let nodes: Vec<_> = (0..3).map(|_| NodeId::generate()).collect();
        let starts: Vec<_> = (0..9).map(|_| IncarnationId::generate()).collect();
        let sessions: Vec<_> = (0..3).map(|_| SessionId::generate()).collect();
        let attempts: Vec<_> = (0..12).map(|_| AttemptId::generate()).collect();
        let mut state = State::default();
        let mut replica = State::default();
        // Who was granted each epoch of each session.
        let mut owners: HashMap<(SessionId, Epoch), AttemptId> = HashMap::new();
        let mut highest: HashMap<SessionId, Epoch> = HashMap::new();
        for (count, step) in steps.into_iter().enumerate() {
            let at = UnixMicros::new(i64::try_from(count).unwrap());
            let command = match step {
                Step::Up { node, incarnation } =>
                    Command::NodeUp { node: nodes[node], incarnation: starts[node * 3 + incarnation], at },
                Step::Down { node, incarnation } =>
                    Command::NodeDown { node: nodes[node], incarnation: starts[node * 3 + incarnation], at },
                Step::Claim { node, incarnation, session, seen, attempt } => Command::Claim {
                    claim: Claim {
                        session: sessions[session],
                        node: nodes[node],
                        incarnation: starts[node * 3 + incarnation],
                        seen: Epoch::new(seen),
                        // An attempt belongs to one claimant and one session.
                        attempt: attempts[(attempt + node * 4 + session) % 12],
                    },
                    at,
                },
                Step::Release { session, epoch } =>
                    Command::Release { session: sessions[session], epoch: Epoch::new(epoch), at },
                Step::End { session, epoch } =>
                    Command::End { session: sessions[session], epoch: Epoch::new(epoch), at },
            };
            let before = sessions.iter().map(|id| state.session(*id).copied()).collect::<Vec<_>>();
            let reply = state.apply(&command);
            prop_assert_eq!(replica.apply(&command), reply, "replicas agree");

            if let (Command::Claim { claim, .. }, Reply::Owned(epoch)) = (&command, reply) {
                let key = (claim.session, epoch);
                let known = owners.entry(key).or_insert(claim.attempt);
                prop_assert_eq!(*known, claim.attempt, "one attempt per epoch");
                let top = highest.entry(claim.session).or_insert(epoch);
                prop_assert!(*top <= epoch, "epochs never fall");
                *top = epoch;
            }
            if let Reply::Refused(Refusal::Stale { .. } | Refusal::Owned { .. } | Refusal::Ended | Refusal::NodeNotUp) = reply {
                let after = sessions.iter().map(|id| state.session(*id).copied()).collect::<Vec<_>>();
                prop_assert_eq!(before, after, "a refusal changes nothing");
            }
        }
        prop_assert_eq!(&state, &replica);
    }
}
