//! History: what stays of a session, also when its user and target are gone.

use std::time::Duration;

use schema::store::{HistoryFilter, Page, SessionChange, StoreError};
use shared::close::CloseReason;
use shared::epoch::Epoch;
use shared::id::IncarnationId;
use shared::time::Clock as _;

use crate::fencing::ended;
use crate::fixture::{Fixture, assert_conflict, new_session};

cases! {
    an_ended_session_is_history_with_its_last_words,
    history_outlives_users_and_targets,
    what_an_earlier_start_left_behind_becomes_history,
    an_ended_session_cannot_be_opened_and_ended_again,
    history_is_filtered_and_purged,
}

async fn an_ended_session_is_history_with_its_last_words(fixture: Fixture) {
    let store = &fixture.store;
    let session = fixture.session(4).await;
    let title = format!("vim \0😀{}", "x".repeat(600));
    let change = SessionChange {
        title: Some(title),
        phase: Some("live".to_owned()),
        last_activity_at: Some(fixture.clock.wall().plus(Duration::from_secs(5))),
    };
    store
        .sessions()
        .update(session.id, session.epoch, change)
        .await
        .unwrap();
    store
        .checkpoints()
        .save(session.id, session.epoch, b"state")
        .await
        .unwrap();
    fixture.clock.advance(Duration::from_secs(9));

    let end = ended(CloseReason::TargetExited, fixture.clock.wall());
    store
        .sessions()
        .end(session.id, session.epoch, end)
        .await
        .unwrap();

    assert_eq!(store.sessions().by_id(session.id).await.unwrap(), None);
    assert_eq!(store.checkpoints().load(session.id).await.unwrap(), None);
    let past = store.history().by_id(session.id).await.unwrap().unwrap();
    assert!(past.title.starts_with("vim 😀x"));
    assert_eq!(past.title.chars().count(), 512);
    assert_eq!(
        (past.reason, past.epoch),
        (CloseReason::TargetExited, Epoch::new(4))
    );
    assert_eq!(past.exit_status, Some(u32::MAX));
    assert_eq!(past.ended_at.since(past.opened_at), Duration::from_secs(9));
}

async fn history_outlives_users_and_targets(fixture: Fixture) {
    let store = &fixture.store;
    let (user, target) = (fixture.user().await, fixture.target().await);
    let over = new_session(user.id, Some(target.id), 1);
    let live = new_session(user.id, Some(target.id), 1);
    for session in [&over, &live] {
        store.sessions().open(session.clone()).await.unwrap();
    }
    let end = || ended(CloseReason::AccessRevoked, fixture.clock.wall());
    store
        .sessions()
        .end(over.id, over.epoch, end())
        .await
        .unwrap();

    store.users().delete(user.id).await.unwrap();
    store.targets().delete(target.id).await.unwrap();

    // The live session is still there for its owner to end.
    store
        .sessions()
        .end(live.id, live.epoch, end())
        .await
        .unwrap();
    for id in [over.id, live.id] {
        let past = store.history().by_id(id).await.unwrap().unwrap();
        assert_eq!((past.user, past.user_name.as_str()), (user.id, &*user.name));
        assert_eq!(past.target, Some(target.id));
        assert_eq!(past.target_name.as_deref(), Some(&*target.name));
    }
}

async fn what_an_earlier_start_left_behind_becomes_history(fixture: Fixture) {
    let sessions = fixture.store.sessions();
    let user = fixture.user().await;
    let mut abandoned = new_session(user.id, None, 1);
    let mut ids = Vec::new();
    for _ in 0..205 {
        abandoned.id = shared::id::SessionId::generate();
        sessions.open(abandoned.clone()).await.unwrap();
        ids.push(abandoned.id);
    }
    let other_node = fixture.session(1).await;
    let now = IncarnationId::generate();
    let mut own = new_session(user.id, None, 1);
    own.owner = abandoned.owner;
    own.incarnation = now;
    sessions.open(own.clone()).await.unwrap();

    let moved = sessions
        .end_abandoned(abandoned.owner, now, CloseReason::NodeLost)
        .await;

    assert_eq!(moved.unwrap(), 205);
    let past = fixture
        .store
        .history()
        .by_id(ids[204])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(past.reason, CloseReason::NodeLost);
    assert!(!past.text.is_empty());
    for id in [own.id, other_node.id] {
        assert!(sessions.by_id(id).await.unwrap().is_some());
    }
    let live = sessions.of_user(user.id).await.unwrap();
    assert_eq!(live.len(), 1);
}

async fn an_ended_session_cannot_be_opened_and_ended_again(fixture: Fixture) {
    let sessions = fixture.store.sessions();
    let session = fixture.session(1).await;
    let end = || ended(CloseReason::EndedByUser, fixture.clock.wall());
    sessions
        .end(session.id, session.epoch, end())
        .await
        .unwrap();

    assert_conflict(sessions.open(session.clone()).await, "session_is_over");

    let again = sessions.end(session.id, session.epoch, end()).await;
    assert!(matches!(again, Err(StoreError::NotFound)), "{again:?}");
}

async fn history_is_filtered_and_purged(fixture: Fixture) {
    let store = &fixture.store;
    let (one, two) = (fixture.user().await, fixture.user().await);
    let target = fixture.target().await;
    for (user, target) in [(one.id, Some(target.id)), (one.id, None), (two.id, None)] {
        fixture.clock.advance(Duration::from_secs(1));
        let session = new_session(user, target, 1);
        store.sessions().open(session.clone()).await.unwrap();
        let end = ended(CloseReason::TargetExited, fixture.clock.wall());
        store
            .sessions()
            .end(session.id, session.epoch, end)
            .await
            .unwrap();
    }
    let count = async |filter: HistoryFilter| {
        let page = store.history().list(Page::first(9), filter).await;
        page.unwrap().items.len()
    };
    let of_one = HistoryFilter {
        user: Some(one.id),
        target: None,
    };
    let of_target = HistoryFilter {
        user: None,
        target: Some(target.id),
    };

    assert_eq!(count(HistoryFilter::default()).await, 3);
    assert_eq!(count(of_one).await, 2);
    assert_eq!(count(of_target).await, 1);
    let before = fixture.clock.wall();
    for deleted in [1, 1, 0] {
        assert_eq!(store.history().purge(before, 1).await.unwrap(), deleted);
    }
    assert_eq!(count(HistoryFilter::default()).await, 1);
    assert_eq!(count(of_one).await, 0, "the oldest go first");
}
