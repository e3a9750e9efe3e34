//! Fencing: who has lost a session writes nothing any more, whatever it believes.

use schema::store::{EndedSession, HistoryFilter, Page, SessionChange, StoreError};
use shared::close::CloseReason;
use shared::epoch::Epoch;
use shared::id::{IncarnationId, NodeId, SessionId, TargetId, UserId};
use shared::time::{Clock as _, UnixMicros};

use crate::fixture::{Fixture, assert_conflict, new_session};

cases! {
    an_owner_of_an_older_epoch_writes_nothing,
    a_claim_takes_over_and_a_stale_claim_does_not,
    opening_twice_with_one_claim_changes_nothing,
    of_many_claims_the_highest_owns_the_session,
    a_checkpoint_of_an_older_epoch_is_refused,
    of_many_checkpoints_the_highest_epoch_stays,
    a_session_that_is_over_leaves_no_checkpoint,
    a_large_checkpoint_survives_and_a_huge_one_is_refused,
    a_session_needs_a_user_and_a_target_that_exist,
    updates_of_what_is_over_are_not_found,
}

pub(crate) fn ended(reason: CloseReason, ended_at: UnixMicros) -> EndedSession {
    EndedSession {
        reason,
        text: "The shell has ended.".to_owned(),
        exit_status: Some(u32::MAX),
        ended_at,
    }
}

fn phase(phase: &str) -> SessionChange {
    SessionChange {
        phase: Some(phase.to_owned()),
        ..SessionChange::default()
    }
}

#[track_caller]
fn assert_fenced<T: std::fmt::Debug>(result: Result<T, StoreError>, ours: u64, theirs: u64) {
    match result {
        Err(StoreError::Fenced { ours: o, theirs: t }) => {
            assert_eq!((o, t), (Epoch::new(ours), Epoch::new(theirs)));
        }
        other => panic!("expected to be fenced by {theirs}, got {other:?}"),
    }
}

async fn an_owner_of_an_older_epoch_writes_nothing(fixture: Fixture) {
    let sessions = fixture.store.sessions();
    let first = fixture.session(1).await;
    let mut second = first.clone();
    second.epoch = Epoch::new(2);
    second.owner = NodeId::generate();
    sessions.open(second.clone()).await.unwrap();
    sessions
        .update(first.id, second.epoch, phase("live"))
        .await
        .unwrap();

    let update = sessions.update(first.id, first.epoch, phase("stale")).await;
    let end = sessions
        .end(
            first.id,
            first.epoch,
            ended(CloseReason::TargetLost, fixture.clock.wall()),
        )
        .await;

    assert_fenced(update, 1, 2);
    assert_fenced(end, 1, 2);
    let row = sessions.by_id(first.id).await.unwrap().unwrap();
    assert_eq!((row.phase.as_str(), row.owner), ("live", second.owner));
    let past = fixture.store.history().by_id(first.id).await.unwrap();
    assert_eq!(past, None);
    // An empty change is still fenced, and still allowed to the owner.
    let nothing = SessionChange::default();
    assert_fenced(
        sessions
            .update(first.id, first.epoch, nothing.clone())
            .await,
        1,
        2,
    );
    sessions
        .update(first.id, second.epoch, nothing)
        .await
        .unwrap();
}

async fn a_claim_takes_over_and_a_stale_claim_does_not(fixture: Fixture) {
    let sessions = fixture.store.sessions();
    let first = fixture.session(3).await;
    let opened_at = sessions.by_id(first.id).await.unwrap().unwrap().opened_at;
    fixture.clock.advance(std::time::Duration::from_secs(9));
    let mut later = first.clone();
    later.owner = NodeId::generate();
    later.epoch = Epoch::new(5);

    let taken = sessions.open(later.clone()).await.unwrap();

    assert_eq!((taken.epoch, taken.owner), (later.epoch, later.owner));
    assert_eq!(taken.opened_at, opened_at);
    assert_eq!(sessions.by_id(first.id).await.unwrap(), Some(taken));
    let mut stale = first.clone();
    stale.epoch = Epoch::new(4);
    assert_fenced(sessions.open(stale.clone()).await, 4, 5);
    stale.epoch = Epoch::new(5);
    assert_fenced(sessions.open(stale).await, 5, 5);
}

async fn opening_twice_with_one_claim_changes_nothing(fixture: Fixture) {
    let session = fixture.session(1).await;
    let sessions = fixture.store.sessions();
    let before = sessions.by_id(session.id).await.unwrap();

    sessions.open(session.clone()).await.unwrap();

    assert_eq!(sessions.by_id(session.id).await.unwrap(), before);
}

async fn of_many_claims_the_highest_owns_the_session(fixture: Fixture) {
    let user = fixture.user().await;
    let session = new_session(user.id, None, 0);
    let mut claims = tokio::task::JoinSet::new();
    for epoch in [3, 1, 6, 2, 5, 4] {
        let (store, mut claim) = (fixture.store.clone(), session.clone());
        claim.epoch = Epoch::new(epoch);
        claims.spawn(async move {
            // A claim that meets another one tries again, as a node does.
            loop {
                match store.sessions().open(claim.clone()).await {
                    Err(
                        StoreError::Locked
                        | StoreError::Conflict {
                            what: "session_exists",
                        },
                    ) => {}
                    done => break done.map(|row| row.epoch),
                }
            }
        });
    }

    let outcomes = claims.join_all().await;

    let row = fixture.store.sessions().by_id(session.id).await.unwrap();
    assert_eq!(row.unwrap().epoch, Epoch::new(6));
    for outcome in outcomes {
        assert!(
            matches!(outcome, Ok(_) | Err(StoreError::Fenced { .. })),
            "{outcome:?}"
        );
    }
}

async fn a_checkpoint_of_an_older_epoch_is_refused(fixture: Fixture) {
    let checkpoints = fixture.store.checkpoints();
    let session = SessionId::generate();
    assert_eq!(checkpoints.load(session).await.unwrap(), None);
    checkpoints
        .save(session, Epoch::new(2), b"two")
        .await
        .unwrap();
    checkpoints
        .save(session, Epoch::new(2), b"two again")
        .await
        .unwrap();

    assert_fenced(checkpoints.save(session, Epoch::new(1), b"one").await, 1, 2);

    let kept = checkpoints.load(session).await.unwrap().unwrap();
    assert_eq!(
        (kept.epoch, &*kept.body),
        (Epoch::new(2), &b"two again"[..])
    );
    assert_eq!(kept.saved_at, fixture.clock.wall());
    checkpoints
        .save(session, Epoch::new(3), b"three")
        .await
        .unwrap();
    checkpoints.remove(session).await.unwrap();
    checkpoints.remove(session).await.unwrap();
    assert_eq!(checkpoints.load(session).await.unwrap(), None);
}

async fn of_many_checkpoints_the_highest_epoch_stays(fixture: Fixture) {
    let session = SessionId::generate();
    let mut writers = tokio::task::JoinSet::new();
    for epoch in [2_u8, 4, 1, 3] {
        let store = fixture.store.clone();
        writers.spawn(async move {
            for _ in 0..10 {
                let body = [epoch];
                let save = store
                    .checkpoints()
                    .save(session, Epoch::new(epoch.into()), &body);
                match save.await {
                    Ok(()) | Err(StoreError::Locked) => {}
                    Err(StoreError::Fenced { ours, theirs }) => assert!(ours < theirs),
                    Err(error) => panic!("{error:?}"),
                }
            }
        });
    }

    writers.join_all().await;

    let kept = fixture.store.checkpoints().load(session).await.unwrap();
    assert_eq!(
        kept.map(|kept| (kept.epoch, kept.body)),
        Some((Epoch::new(4), vec![4]))
    );
}

async fn a_session_that_is_over_leaves_no_checkpoint(fixture: Fixture) {
    let store = &fixture.store;
    let session = fixture.session(1).await;
    let end = ended(CloseReason::EndedByUser, fixture.clock.wall());
    store
        .sessions()
        .end(session.id, session.epoch, end)
        .await
        .unwrap();

    let late = store
        .checkpoints()
        .save(session.id, session.epoch, b"late")
        .await;

    assert!(matches!(late, Err(StoreError::NotFound)), "{late:?}");
    assert_eq!(store.checkpoints().load(session.id).await.unwrap(), None);
}

async fn a_large_checkpoint_survives_and_a_huge_one_is_refused(fixture: Fixture) {
    let checkpoints = fixture.store.checkpoints();
    let session = SessionId::generate();
    let body: Vec<u8> = (0..4_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();

    checkpoints
        .save(session, Epoch::new(1), &body)
        .await
        .unwrap();

    let kept = checkpoints.load(session).await.unwrap().unwrap();
    assert!(kept.body == body, "the body is what was written");
    let huge = vec![0; 13 * 1024 * 1024];
    let save = checkpoints.save(session, Epoch::new(1), &huge).await;
    assert_conflict(save, "too_long");
}

async fn a_session_needs_a_user_and_a_target_that_exist(fixture: Fixture) {
    let sessions = fixture.store.sessions();
    let nobody = new_session(UserId::generate(), None, 1);
    assert_conflict(sessions.open(nobody).await, "unknown_user");
    let user = fixture.user().await;
    let nowhere = new_session(user.id, Some(TargetId::generate()), 1);
    assert_conflict(sessions.open(nowhere).await, "unknown_target");
}

async fn updates_of_what_is_over_are_not_found(fixture: Fixture) {
    let sessions = fixture.store.sessions();
    let session = fixture.session(1).await;
    let wall = fixture.clock.wall();
    let end = || {
        sessions.end(
            session.id,
            session.epoch,
            ended(CloseReason::TargetExited, wall),
        )
    };
    end().await.unwrap();

    let update = sessions
        .update(session.id, session.epoch, phase("live"))
        .await;
    assert!(matches!(update, Err(StoreError::NotFound)), "{update:?}");
    let again = end().await;
    assert!(matches!(again, Err(StoreError::NotFound)), "{again:?}");
    let filter = HistoryFilter::default();
    let past = fixture.store.history().list(Page::first(9), filter).await;
    assert_eq!(past.unwrap().items.len(), 1);
    // A node that is new to itself never ends what others run.
    let nothing = sessions
        .end_abandoned(
            NodeId::generate(),
            IncarnationId::generate(),
            CloseReason::NodeLost,
        )
        .await;
    assert_eq!(nothing.unwrap(), 0);
}
