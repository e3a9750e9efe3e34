//! What only a server can do wrong: be gone, be frozen, hold a row, speak TLS or refuse us.
//! Each test says that it was skipped when there is no server to test on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use schema::store::{StoreError, UserChange};
use sea_orm::{ConnectionTrait as _, Database};
use shared::time::{Clock as _, SystemClock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::fixture::{Fixture, environment, new_user, open, ring, skipped};
use crate::trouble::PATIENCE;

/// An empty database, dropped by the fixture's rules.
pub(crate) struct FreshDatabase {
    pub(crate) url: String,
    _fixture: Fixture,
}

impl FreshDatabase {
    pub(crate) async fn create() -> Option<Self> {
        let fixture = Fixture::on_mysql().await?;
        let raw = fixture.raw().await;
        let (_, name) = fixture.url.rsplit_once('/').unwrap();
        let name = name.split('?').next().unwrap();
        for sql in [
            format!("DROP DATABASE {name}"),
            format!("CREATE DATABASE {name}"),
        ] {
            raw.execute_unprepared(&sql).await.unwrap();
        }
        let url = fixture.url.clone();
        Some(Self {
            url,
            _fixture: fixture,
        })
    }
}

/// Stands between the store and its server; can freeze, and is gone when dropped.
struct Proxy {
    port: u16,
    is_open: watch::Sender<bool>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    async fn before(address: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (is_open, seen) = watch::channel(true);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(&address).await.unwrap();
                let (near_read, near_write) = near.into_split();
                let (far_read, far_write) = far.into_split();
                connections.spawn(forward(near_read, far_write, seen.clone()));
                connections.spawn(forward(far_read, near_write, seen.clone()));
            }
        });
        Self {
            port,
            is_open,
            _tasks: tasks,
        }
    }
}

async fn forward(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut is_open: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if is_open.wait_for(|open| *open).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// The store's database, reached through a proxy.
async fn proxied() -> Option<(Fixture, Proxy, String)> {
    let fixture = Fixture::on_mysql().await?;
    let (login, rest) = fixture.url.rsplit_once('@').unwrap();
    let (address, database) = rest.split_once('/').unwrap();
    let proxy = Proxy::before(address.to_owned()).await;
    let url = format!("{login}@127.0.0.1:{}/{database}", proxy.port);
    Some((fixture, proxy, url))
}

#[track_caller]
fn assert_unavailable<T: std::fmt::Debug>(result: &Result<T, StoreError>) {
    assert!(
        matches!(result, Err(StoreError::Unavailable(_))),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_frozen_server_is_unavailable_and_comes_back() {
    let Some((fixture, proxy, url)) = proxied().await else {
        return;
    };
    let store = open(&url, ring(&[1]), &fixture.clock).await.unwrap();
    store.users().create(new_user("before")).await.unwrap();
    proxy.is_open.send_replace(false);
    let started = SystemClock.instant();

    let mut tasks = JoinSet::new();
    for _ in 0..12 {
        let store = store.clone();
        tasks.spawn(async move { store.users().by_name("before").await });
    }
    while let Some(done) = tokio::time::timeout(PATIENCE, tasks.join_next())
        .await
        .unwrap()
    {
        assert_unavailable(&done.unwrap());
    }
    let begun = tokio::time::timeout(PATIENCE, store.users().create(new_user("during"))).await;
    assert_unavailable(&begun.unwrap());
    assert!(started.elapsed() < PATIENCE);

    proxy.is_open.send_replace(true);
    let found = async {
        loop {
            if let Ok(found) = store.users().by_name("before").await {
                break found;
            }
        }
    };
    let found = tokio::time::timeout(PATIENCE, found).await.unwrap();
    assert!(found.is_some());
}

#[tokio::test]
async fn a_server_that_freezes_during_a_statement_is_unavailable() {
    let Some((fixture, proxy, url)) = proxied().await else {
        return;
    };
    let store = open(&url, ring(&[1]), &fixture.clock).await.unwrap();
    let user = fixture.user().await;
    let raw = fixture.raw().await;
    raw.execute_unprepared("BEGIN").await.unwrap();
    raw.execute_unprepared("UPDATE user SET display_name = 'held'")
        .await
        .unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { store.users().record_sign_in(user.id).await });
    let waiting = sea_orm::Statement::from_string(
        raw.get_database_backend(),
        "SELECT 1 FROM information_schema.processlist \
         WHERE db = DATABASE() AND info LIKE '%last_sign_in_at%' AND id <> CONNECTION_ID()",
    );
    let in_flight = async { while raw.query_one_raw(waiting.clone()).await.unwrap().is_none() {} };
    tokio::time::timeout(PATIENCE, in_flight).await.unwrap();

    proxy.is_open.send_replace(false);
    let written = tokio::time::timeout(PATIENCE, tasks.join_next()).await;

    assert_unavailable(&written.unwrap().unwrap().unwrap());
    raw.execute_unprepared("ROLLBACK").await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable() {
    let Some((fixture, proxy, url)) = proxied().await else {
        return;
    };
    let store = open(&url, ring(&[1]), &fixture.clock).await.unwrap();
    drop(proxy);

    let read = tokio::time::timeout(PATIENCE, store.ping()).await.unwrap();
    let opened = tokio::time::timeout(PATIENCE, open(&url, ring(&[1]), &fixture.clock)).await;

    assert_unavailable(&read);
    let opened = opened.unwrap();
    assert_unavailable(&opened);
    let chain = format!("{:?}", opened.unwrap_err());
    assert!(chain.contains("refused"), "the cause is told: {chain}");
}

#[tokio::test]
async fn a_wrong_password_or_database_is_unavailable_and_says_why() {
    let Some(fixture) = Fixture::on_mysql().await else {
        return;
    };
    let (_, rest) = fixture.url.rsplit_once('@').unwrap();
    let (address, _) = rest.split_once('/').unwrap();
    let stranger = format!("mysql://stranger:hunter2@{address}/baton");

    let opened = open(&stranger, ring(&[1]), &fixture.clock).await;

    assert_unavailable(&opened);
    let chain = format!("{:?}", opened.unwrap_err());
    assert!(chain.contains("denied"), "{chain}");
    assert!(!chain.contains("hunter2"), "a password is in {chain}");
}

#[tokio::test]
async fn a_row_held_by_somebody_else_is_locked() {
    let Some(fixture) = Fixture::on_mysql().await else {
        return;
    };
    let user = fixture.user().await;
    let raw = fixture.raw().await;
    raw.execute_unprepared("BEGIN").await.unwrap();
    raw.execute_unprepared("UPDATE user SET display_name = 'held'")
        .await
        .unwrap();

    let update = fixture.store.users().update(user.id, UserChange::default());
    let updated = tokio::time::timeout(PATIENCE, update).await.unwrap();

    assert!(matches!(updated, Err(StoreError::Locked)), "{updated:?}");
    raw.execute_unprepared("ROLLBACK").await.unwrap();
    let update = fixture.store.users().update(user.id, UserChange::default());
    update.await.unwrap();
}

#[tokio::test]
async fn tls_is_spoken_when_asked_and_its_authority_is_checked() {
    let Some(authority) = environment("BATON_TEST_MYSQL_CA") else {
        skipped("there is no BATON_TEST_MYSQL_CA");
        return;
    };
    let Some(fixture) = Fixture::on_mysql().await else {
        return;
    };
    let with = |options: &str| format!("{}?{options}", fixture.url);
    let other = tempfile::NamedTempFile::new().unwrap();
    let wrong = with(&format!(
        "ssl-mode=VERIFY_CA&ssl-ca={}",
        other.path().display()
    ));
    let right = with(&format!("ssl-mode=VERIFY_IDENTITY&ssl-ca={authority}"));

    let refused = open(&wrong, ring(&[1]), &fixture.clock).await;
    let store = open(&right, ring(&[1]), &fixture.clock).await.unwrap();

    assert_unavailable(&refused);
    store.ping().await.unwrap();
    let raw = Database::connect(&right).await.unwrap();
    let cipher = sea_orm::Statement::from_string(
        raw.get_database_backend(),
        "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'SSL_CIPHER'",
    );
    let row = raw.query_one_raw(cipher).await.unwrap().unwrap();
    let cipher: String = row.try_get_by_index(0).unwrap();
    assert!(!cipher.is_empty());
}

#[tokio::test]
async fn tables_are_utf8_whatever_the_database_is() {
    let Some(fixture) = Fixture::on_mysql().await else {
        return;
    };
    let raw = fixture.raw().await;
    let wrong = sea_orm::Statement::from_string(
        raw.get_database_backend(),
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() \
         AND table_name <> 'seaql_migrations' \
         AND (table_collation <> 'utf8mb4_bin' OR engine <> 'InnoDB')",
    );
    assert!(raw.query_all_raw(wrong).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_burst_beyond_the_pool_is_served() {
    let Some(fixture) = Fixture::on_mysql().await else {
        return;
    };
    let is_served = Arc::new(AtomicBool::new(true));
    let mut tasks = JoinSet::new();
    for _ in 0..200 {
        let (store, is_served) = (fixture.store.clone(), Arc::clone(&is_served));
        tasks.spawn(async move {
            if store.ping().await.is_err() {
                is_served.store(false, Ordering::SeqCst);
            }
        });
    }
    tokio::time::timeout(Duration::from_mins(1), tasks.join_all())
        .await
        .unwrap();
    assert!(is_served.load(Ordering::SeqCst));
}
