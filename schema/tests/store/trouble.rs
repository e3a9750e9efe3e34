//! Trouble: each thing that goes wrong with a database has its own clear answer, in bounded time.

use std::time::Duration;

use schema::store::{NewUser, StoreError};
use sea_orm::ConnectionTrait as _;
use shared::time::{Clock as _, SystemClock};

use crate::fixture::{Fixture, new_user, open, ring};

cases! {
    a_newer_schema_is_refused_by_name,
    opening_again_changes_nothing,
    a_closed_store_is_unavailable,
}

async fn a_newer_schema_is_refused_by_name(fixture: Fixture) {
    let future = "m29990101_000000_invent_something";
    let insert =
        format!("INSERT INTO seaql_migrations (version, applied_at) VALUES ('{future}', 0)");
    fixture
        .raw()
        .await
        .execute_unprepared(&insert)
        .await
        .unwrap();

    let refused = fixture.reopen(ring(&[1])).await;

    match refused {
        Err(error @ StoreError::NewerSchema { .. }) => {
            let text = error.to_string();
            assert_eq!(
                text,
                format!("database schema is newer than this program: it has {future}")
            );
        }
        other => panic!("{other:?}"),
    }
}

async fn opening_again_changes_nothing(fixture: Fixture) {
    let user = fixture.user().await;

    let again = fixture.reopen(ring(&[1])).await.unwrap();

    assert!(again.users().by_id(user.id).await.unwrap().is_some());
    again.ping().await.unwrap();
}

async fn a_closed_store_is_unavailable(fixture: Fixture) {
    fixture.store.close().await;

    let read = fixture.store.users().by_name("x").await;
    let write = fixture.store.users().create(new_user("x")).await;

    assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
    assert!(
        matches!(write, Err(StoreError::Unavailable(_))),
        "{write:?}"
    );
}

/// Longer than any wait of ours, so that a hang fails and a slow machine does not.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_locked_file_is_locked_for_writers_only_and_until_it_is_free() {
    let fixture = Fixture::on_sqlite().await;
    let user = fixture.user().await;
    let raw = fixture.raw().await;
    raw.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let started = SystemClock.instant();

    // More writers than one: whoever waits behind the first gets the same answer.
    let writers = (0..4).map(|index| {
        let store = fixture.store.clone();
        async move { store.users().create(new_user(&format!("w{index}"))).await }
    });
    let mut tasks: tokio::task::JoinSet<_> = writers.collect();
    let read = fixture.store.users().by_id(user.id).await.unwrap();
    assert!(read.is_some(), "readers do not wait for a writer");
    while let Some(done) = tokio::time::timeout(PATIENCE, tasks.join_next())
        .await
        .unwrap()
    {
        let written = done.unwrap();
        assert!(matches!(written, Err(StoreError::Locked)), "{written:?}");
    }
    assert!(
        started.elapsed() >= Duration::from_secs(2),
        "it waited for the lock"
    );

    raw.execute_unprepared("ROLLBACK").await.unwrap();
    fixture
        .store
        .users()
        .create(new_user("free again"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_file_locked_at_the_start_is_locked() {
    let fixture = Fixture::on_sqlite().await;
    let raw = fixture.raw().await;
    fixture.store.close().await;
    raw.execute_unprepared("PRAGMA locking_mode = EXCLUSIVE")
        .await
        .unwrap();
    raw.execute_unprepared("BEGIN EXCLUSIVE").await.unwrap();

    let opened = tokio::time::timeout(PATIENCE, fixture.reopen(ring(&[1])))
        .await
        .unwrap();

    assert!(matches!(opened, Err(StoreError::Locked)), "{opened:?}");
}

#[tokio::test]
async fn a_path_that_cannot_hold_a_database_is_unavailable() {
    let fixture = Fixture::on_sqlite().await;
    let missing = fixture.url.replace("baton.db", "no/such/folder/baton.db");
    let directory = fixture.url.replace("/baton.db", "");

    for url in [
        &*missing,
        &*directory,
        "postgres://localhost/baton",
        "nonsense",
    ] {
        let opened = open(url, ring(&[1]), &fixture.clock).await;
        assert!(
            matches!(opened, Err(StoreError::Unavailable(_))),
            "{url}: {opened:?}"
        );
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_corrupt() {
    let fixture = Fixture::on_sqlite().await;
    let url = fixture.url.replace("baton.db", "notes.db");
    let path = url.strip_prefix("sqlite://").unwrap();
    std::fs::write(path, "These are notes, not a database.".repeat(200)).unwrap();

    let opened = open(&url, ring(&[1]), &fixture.clock).await;

    assert!(
        matches!(opened, Err(StoreError::Corrupt { .. })),
        "{opened:?}"
    );
}

#[tokio::test]
async fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::on_sqlite().await;
    let path = fixture.url.strip_prefix("sqlite://").unwrap();

    for suffix in ["", "-wal"] {
        let metadata = std::fs::metadata(format!("{path}{suffix}")).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{suffix}");
    }
}

#[tokio::test]
async fn a_database_in_memory_works() {
    let fixture = Fixture::on_sqlite().await;
    let store = open("sqlite::memory:", ring(&[1]), &fixture.clock)
        .await
        .unwrap();
    let new = NewUser {
        is_admin: true,
        ..new_user("root")
    };
    let user = store.users().create(new).await.unwrap();
    assert!(store.users().by_id(user.id).await.unwrap().is_some());
    assert_eq!(user.created_at, fixture.clock.wall());
}

#[tokio::test]
async fn stores_opened_at_once_migrate_once() {
    let fixture = Fixture::on_sqlite().await;
    let mut urls = vec![fixture.url.replace("baton.db", "fresh.db")];
    if let Some(fresh) = crate::mysql_only::FreshDatabase::create().await {
        urls.push(fresh.url.clone());
        open_together(&fixture, &urls).await;
    } else {
        open_together(&fixture, &urls).await;
    }
}

async fn open_together(fixture: &Fixture, urls: &[String]) {
    for url in urls {
        let opened = (0..4).map(|_| {
            let (url, clock) = (url.clone(), std::sync::Arc::clone(&fixture.clock));
            async move { open(&url, ring(&[1]), &clock).await.map(drop) }
        });
        let mut tasks: tokio::task::JoinSet<_> = opened.collect();
        while let Some(done) = tasks.join_next().await {
            done.unwrap().unwrap();
        }
    }
}
