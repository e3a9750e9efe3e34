//! Targets: settings, jumps, host keys, recents.

use std::time::Duration;

use schema::store::{
    Edit, NewTarget, Page, StoreError, Subject, TargetChange, TargetFilter, UserChange,
};
use serde_json::json;
use shared::close::CloseReason;
use shared::epoch::Epoch;
use shared::id::{CredentialId, TargetId};
use shared::time::Clock as _;

use crate::fixture::{Fixture, assert_conflict, new_session, new_target, password};

cases! {
    a_target_is_read_as_it_was_written,
    only_what_changes_changes,
    a_jump_cannot_lead_back,
    two_updates_cannot_close_a_cycle_together,
    a_jump_in_use_cannot_be_deleted,
    a_deleted_credential_leaves_its_target,
    host_keys_are_kept_once_and_forgotten_with_the_address,
    search_looks_into_name_host_and_folder,
    recent_targets_come_latest_first_and_only_if_usable,
    nonsense_is_refused,
}

async fn a_target_is_read_as_it_was_written(fixture: Fixture) {
    let targets = fixture.store.targets();
    let settings = json!({ "environment": { "LANG": "C.UTF-8" }, "😀": [1, 2.5, null] });
    let new = NewTarget {
        folder: "Lab".to_owned(),
        settings: settings.clone(),
        port: 65_535,
        ..new_target("Ünïcode host")
    };

    let made = targets.create(new).await.unwrap();

    let read = targets.by_id(made.id).await.unwrap().unwrap();
    assert_eq!(read, made);
    assert_eq!(read.settings, settings);
    assert_eq!(read.port, 65_535);
}

async fn only_what_changes_changes(fixture: Fixture) {
    let targets = fixture.store.targets();
    let jump = fixture.target().await;
    let mut new = new_target("before");
    new.jump = Some(jump.id);
    let made = targets.create(new).await.unwrap();
    fixture.clock.advance(Duration::from_secs(1));

    let change = TargetChange {
        name: Some("after".to_owned()),
        ..TargetChange::default()
    };
    let changed = targets.update(made.id, change).await.unwrap();

    assert_eq!(changed.name, "after");
    assert_eq!(changed.jump, Some(jump.id));
    assert_eq!(changed.settings, made.settings);
    assert!(changed.updated_at > made.updated_at);
    assert_eq!(targets.by_id(made.id).await.unwrap(), Some(changed));
    let change = TargetChange {
        jump: Edit::Clear,
        ..TargetChange::default()
    };
    assert_eq!(targets.update(made.id, change).await.unwrap().jump, None);
}

fn through(jump: TargetId) -> TargetChange {
    TargetChange {
        jump: Edit::Set(jump),
        ..TargetChange::default()
    }
}

async fn a_jump_cannot_lead_back(fixture: Fixture) {
    let targets = fixture.store.targets();
    let (a, b, c) = (
        fixture.target().await.id,
        fixture.target().await.id,
        fixture.target().await.id,
    );
    targets.update(a, through(b)).await.unwrap();
    targets.update(b, through(c)).await.unwrap();

    assert_conflict(targets.update(a, through(a)).await, "jump_cycle");
    assert_conflict(targets.update(b, through(a)).await, "jump_cycle");
    assert_conflict(targets.update(c, through(a)).await, "jump_cycle");
    assert_eq!(targets.by_id(c).await.unwrap().unwrap().jump, None);

    let mut last = c;
    let mut jumps = 0;
    let too_long = loop {
        let mut new = new_target("chain");
        new.jump = Some(last);
        match targets.create(new).await {
            Ok(next) => last = next.id,
            Err(error) => break error,
        }
        jumps += 1;
        assert!(jumps < 20, "a chain of jumps has an end");
    };
    assert_conflict::<()>(Err(too_long), "jump_too_long");
}

async fn two_updates_cannot_close_a_cycle_together(fixture: Fixture) {
    for _ in 0..5 {
        let (a, b) = (fixture.target().await.id, fixture.target().await.id);
        let update = |from, to| {
            let store = fixture.store.clone();
            async move { store.targets().update(from, through(to)).await }
        };

        let (first, second) = tokio::join!(update(a, b), update(b, a));

        assert!(first.is_err() || second.is_err());
        for error in [first, second].into_iter().filter_map(Result::err) {
            let is_expected = matches!(
                error,
                StoreError::Conflict { what: "jump_cycle" } | StoreError::Locked
            );
            assert!(is_expected, "{error:?}");
        }
    }
}

async fn a_jump_in_use_cannot_be_deleted(fixture: Fixture) {
    let targets = fixture.store.targets();
    let (jump, user) = (fixture.target().await.id, fixture.target().await.id);
    targets.update(user, through(jump)).await.unwrap();

    assert_conflict(targets.delete(jump).await, "target_is_jump");

    targets.delete(user).await.unwrap();
    targets.delete(jump).await.unwrap();
    let again = targets.delete(jump).await;
    assert!(matches!(again, Err(StoreError::NotFound)), "{again:?}");
}

async fn a_deleted_credential_leaves_its_target(fixture: Fixture) {
    let store = &fixture.store;
    let credential = store.credentials().create(password("p")).await.unwrap();
    let mut new = new_target("with a credential");
    new.credential = Some(credential.id);
    let target = store.targets().create(new).await.unwrap();
    assert_eq!(target.credential, Some(credential.id));

    store.credentials().delete(credential.id).await.unwrap();

    let read = store.targets().by_id(target.id).await.unwrap().unwrap();
    assert_eq!(read.credential, None);
}

async fn host_keys_are_kept_once_and_forgotten_with_the_address(fixture: Fixture) {
    let targets = fixture.store.targets();
    let id = fixture.target().await.id;
    let (one, two) = ("ssh-ed25519 AAAA", "ssh-rsa BBBB");
    let trust = |key| {
        let store = fixture.store.clone();
        async move { store.targets().trust_host_key(id, key).await.unwrap() }
    };

    tokio::join!(trust(one), trust(two), trust(one), trust(two));

    let first = targets.by_id(id).await.unwrap().unwrap().host_keys;
    assert!(first == [one] || first == [two], "one of them: {first:?}");
    trust(one).await;
    trust(two).await;
    let after = targets.by_id(id).await.unwrap().unwrap().host_keys;
    assert_eq!(after, first, "the first key is kept, others are not added");
    let rename = TargetChange {
        name: Some("renamed".to_owned()),
        ..TargetChange::default()
    };
    assert_eq!(targets.update(id, rename).await.unwrap().host_keys, first);
    let moved = TargetChange {
        port: Some(2222),
        ..TargetChange::default()
    };
    assert!(
        targets
            .update(id, moved)
            .await
            .unwrap()
            .host_keys
            .is_empty()
    );
    targets.trust_host_key(id, one).await.unwrap();
    targets.forget_host_keys(id).await.unwrap();
    let read = targets.by_id(id).await.unwrap().unwrap();
    assert!(read.host_keys.is_empty());
    assert_conflict(targets.trust_host_key(id, "a\nb").await, "bad_host_key");
}

async fn search_looks_into_name_host_and_folder(fixture: Fixture) {
    let targets = fixture.store.targets();
    let mut new = new_target("Build machine");
    new.folder = "Factory".to_owned();
    new.host = "ci.example.org".to_owned();
    targets.create(new).await.unwrap();
    targets.create(new_target("Other")).await.unwrap();

    for (search, hits) in [
        ("BUILD", 1),
        ("factor", 1),
        ("CI.EX", 1),
        ("example", 2),
        ("zz", 0),
    ] {
        let filter = TargetFilter {
            search: Some(search.to_owned()),
            ..TargetFilter::default()
        };
        let page = targets.list(Page::first(9), filter).await.unwrap();
        assert_eq!(page.items.len(), hits, "searching {search}");
    }
}

async fn recent_targets_come_latest_first_and_only_if_usable(fixture: Fixture) {
    let store = &fixture.store;
    let user = fixture.user().await;
    let mut opened = Vec::new();
    for index in 0..4 {
        let target = fixture.target().await.id;
        if index != 1 {
            let subject = Subject::User(user.id);
            store.grants().create(target, subject).await.unwrap();
        }
        fixture.clock.advance(Duration::from_secs(1));
        let session = new_session(user.id, Some(target), 1);
        store.sessions().open(session.clone()).await.unwrap();
        if index != 3 {
            let ended = crate::fencing::ended(CloseReason::EndedByUser, fixture.clock.wall());
            let end = store.sessions().end(session.id, Epoch::new(1), ended);
            end.await.unwrap();
        }
        opened.push(target);
    }
    store.targets().delete(opened[2]).await.unwrap();

    let recent = store.targets().recent(user.id, 10).await.unwrap();
    let ids: Vec<_> = recent.into_iter().map(|target| target.id).collect();
    assert_eq!(ids, [opened[3], opened[0]]);
    let one = store.targets().recent(user.id, 1).await.unwrap();
    assert_eq!(one.len(), 1);

    let promote = UserChange {
        is_admin: Some(true),
        ..UserChange::default()
    };
    store.users().update(user.id, promote).await.unwrap();
    let all = store.targets().recent(user.id, 10).await.unwrap();
    assert_eq!(all.len(), 3);
}

async fn nonsense_is_refused(fixture: Fixture) {
    let targets = fixture.store.targets();
    assert_conflict(targets.create(new_target(" ")).await, "bad_name");
    let mut new = new_target("t");
    new.host = String::new();
    assert_conflict(targets.create(new).await, "bad_host");
    let mut new = new_target("t");
    new.folder = "f".repeat(600);
    assert_conflict(targets.create(new).await, "bad_folder");
    let mut new = new_target("t");
    new.jump = Some(TargetId::generate());
    assert_conflict(targets.create(new).await, "unknown_reference");
    let mut new = new_target("t");
    new.credential = Some(CredentialId::generate());
    assert_conflict(targets.create(new).await, "unknown_reference");
    let missing = targets.update(TargetId::generate(), TargetChange::default());
    let missing = missing.await;
    assert!(matches!(missing, Err(StoreError::NotFound)), "{missing:?}");
}
