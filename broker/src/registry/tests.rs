//! One decision per test.

use std::time::Duration;

use shared::epoch::Epoch;
use shared::id::{AttemptId, IncarnationId, NodeId, SessionId};
use shared::registry::{Claim, Refusal};
use shared::time::UnixMicros;

use super::*;

const NOW: UnixMicros = UnixMicros::new(1_000_000_000);

fn up(state: &mut State) -> (NodeId, IncarnationId) {
    let (node, incarnation) = (NodeId::generate(), IncarnationId::generate());
    let command = Command::NodeUp {
        node,
        incarnation,
        at: NOW,
    };
    assert_eq!(state.apply(&command), Reply::Done);
    (node, incarnation)
}

fn claim(session: SessionId, (node, incarnation): (NodeId, IncarnationId), seen: u64) -> Claim {
    Claim {
        session,
        node,
        incarnation,
        seen: Epoch::new(seen),
        attempt: AttemptId::generate(),
    }
}

fn apply(state: &mut State, claim: Claim) -> Reply {
    state.apply(&Command::Claim { claim, at: NOW })
}

#[test]
fn a_first_claim_is_granted_and_its_retry_gets_the_same_answer() {
    let mut state = State::default();
    let node = up(&mut state);
    let first = claim(SessionId::generate(), node, 0);
    assert_eq!(apply(&mut state, first), Reply::Owned(Epoch::new(1)));
    assert_eq!(apply(&mut state, first), Reply::Owned(Epoch::new(1)));
}

#[test]
fn a_live_owner_keeps_its_session() {
    let mut state = State::default();
    let (one, two) = (up(&mut state), up(&mut state));
    let session = SessionId::generate();
    apply(&mut state, claim(session, one, 0));
    let current = Epoch::new(1);
    assert_eq!(
        apply(&mut state, claim(session, two, 1)),
        Reply::Refused(Refusal::Owned { current })
    );
}

#[test]
fn a_lost_node_costs_one_entry_and_frees_every_session() {
    let mut state = State::default();
    let (one, two) = (up(&mut state), up(&mut state));
    let sessions: Vec<_> = (0..10).map(|_| SessionId::generate()).collect();
    for session in &sessions {
        apply(&mut state, claim(*session, one, 0));
    }
    let (node, incarnation) = one;
    state.apply(&Command::NodeDown {
        node,
        incarnation,
        at: NOW,
    });
    for session in sessions {
        assert_eq!(
            apply(&mut state, claim(session, two, 1)),
            Reply::Owned(Epoch::new(2))
        );
    }
}

#[test]
fn a_stale_claim_is_refused_and_told_the_epoch() {
    let mut state = State::default();
    let node = up(&mut state);
    let session = SessionId::generate();
    apply(&mut state, claim(session, node, 0));
    let epoch = Epoch::new(1);
    state.apply(&Command::Release {
        session,
        epoch,
        at: NOW,
    });
    let current = epoch;
    assert_eq!(
        apply(&mut state, claim(session, node, 0)),
        Reply::Refused(Refusal::Stale { current })
    );
    assert_eq!(
        apply(&mut state, claim(session, node, 1)),
        Reply::Owned(Epoch::new(2))
    );
}

#[test]
fn a_node_that_is_not_up_gets_nothing() {
    let mut state = State::default();
    let stranger = (NodeId::generate(), IncarnationId::generate());
    let refused = Reply::Refused(Refusal::NodeNotUp);
    assert_eq!(
        apply(&mut state, claim(SessionId::generate(), stranger, 0)),
        refused
    );
    let (node, incarnation) = up(&mut state);
    state.apply(&Command::NodeDown {
        node,
        incarnation,
        at: NOW,
    });
    assert_eq!(
        state.apply(&Command::NodeUp {
            node,
            incarnation,
            at: NOW
        }),
        refused
    );
    let incarnation = IncarnationId::generate();
    assert_eq!(
        state.apply(&Command::NodeUp {
            node,
            incarnation,
            at: NOW
        }),
        Reply::Done
    );
}

#[test]
fn a_restart_frees_what_the_earlier_start_owned() {
    let mut state = State::default();
    let (node, before) = up(&mut state);
    let session = SessionId::generate();
    apply(&mut state, claim(session, (node, before), 0));
    let incarnation = IncarnationId::generate();
    state.apply(&Command::NodeUp {
        node,
        incarnation,
        at: NOW,
    });
    assert_eq!(
        apply(&mut state, claim(session, (node, incarnation), 1)),
        Reply::Owned(Epoch::new(2))
    );
    assert_eq!(
        apply(&mut state, claim(session, (node, before), 2)),
        Reply::Refused(Refusal::NodeNotUp)
    );
}

#[test]
fn an_ended_session_is_never_claimed_again_and_forgotten_in_time() {
    let mut state = State::default();
    let node = up(&mut state);
    let session = SessionId::generate();
    apply(&mut state, claim(session, node, 0));
    let epoch = Epoch::new(1);
    assert_eq!(
        state.apply(&Command::End {
            session,
            epoch,
            at: NOW
        }),
        Reply::Done
    );
    assert_eq!(
        apply(&mut state, claim(session, node, 1)),
        Reply::Refused(Refusal::Ended)
    );
    let later = NOW.plus(Duration::from_secs(601));
    state.apply(&Command::Claim {
        claim: claim(SessionId::generate(), node, 0),
        at: later,
    });
    assert_eq!(state.session(session), None);
    assert_eq!(state.session_count(), 1);
}

#[test]
fn a_fenced_owner_can_neither_release_nor_end() {
    let mut state = State::default();
    let (one, two) = (up(&mut state), up(&mut state));
    let session = SessionId::generate();
    apply(&mut state, claim(session, one, 0));
    let (node, incarnation) = one;
    state.apply(&Command::NodeDown {
        node,
        incarnation,
        at: NOW,
    });
    apply(&mut state, claim(session, two, 1));
    let (epoch, current) = (Epoch::new(1), Epoch::new(2));
    let refused = Reply::Refused(Refusal::Stale { current });
    assert_eq!(
        state.apply(&Command::Release {
            session,
            epoch,
            at: NOW
        }),
        refused
    );
    assert_eq!(
        state.apply(&Command::End {
            session,
            epoch,
            at: NOW
        }),
        refused
    );
}
