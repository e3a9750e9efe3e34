//! A fresh database per test, a clock that stands still, and makers of ordinary things.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use schema::seal::{KeyId, KeyRing};
use schema::store::{
    CredentialSecret, NewCredential, NewSession, NewTarget, NewUser, Store, StoreConfig,
    StoreError, Target, User,
};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection};
use serde_json::json;
use shared::epoch::Epoch;
use shared::id::{IncarnationId, NodeId, SessionId, TargetId, UserId};
use shared::secret::Secret;
use shared::time::{Clock, SystemClock, UnixMicros};
use tempfile::TempDir;
use uuid::Uuid;

/// Runs each case on every database there is.
macro_rules! cases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::fixture::Fixture::on_sqlite().await).await;
            })+
        }

        mod mysql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(fixture) = crate::fixture::Fixture::on_mysql().await {
                    super::$name(fixture).await;
                }
            })+
        }
    };
}

/// A clock that moves only when told.
pub(crate) struct ManualClock(AtomicI64);

impl ManualClock {
    pub(crate) fn advance(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> UnixMicros {
        UnixMicros::new(self.0.load(Ordering::SeqCst))
    }

    fn instant(&self) -> Instant {
        SystemClock.instant()
    }
}

/// A store over a database of its own; both end with the test.
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) url: String,
    names: AtomicU32,
    _place: Place,
}

enum Place {
    Directory { _directory: TempDir },
    Server { _database: ServerDatabase },
}

/// A database on a server, dropped with the value.
struct ServerDatabase {
    server: String,
    name: String,
}

impl Drop for ServerDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let server = Database::connect(&server).await.unwrap();
                let drop = format!("DROP DATABASE IF EXISTS {name}");
                server.execute_unprepared(&drop).await.unwrap();
            });
        });
        assert!(dropped.join().is_ok() || std::thread::panicking());
    }
}

/// The server to test on, from the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "a test run has no configuration but its environment"
)]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Says why a test does nothing; where every test is required, that is a failure.
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
pub(crate) fn skipped(why: &str) {
    assert!(environment("BATON_REQUIRE_ALL").is_none(), "skipped: {why}");
    eprintln!("skipped: {why}");
}

pub(crate) fn key(byte: u8) -> (KeyId, Secret<[u8; 32]>) {
    let id = KeyId::new(&format!("key-{byte}")).unwrap();
    (id, Secret::new([byte; 32]))
}

pub(crate) fn ring(bytes: &[u8]) -> KeyRing {
    KeyRing::from_keys(bytes.iter().copied().map(key).collect()).unwrap()
}

impl Fixture {
    pub(crate) async fn on_sqlite() -> Self {
        let directory = TempDir::new().unwrap();
        let url = format!("sqlite://{}/baton.db", directory.path().display());
        let place = Place::Directory {
            _directory: directory,
        };
        Self::over(url, place).await
    }

    pub(crate) async fn on_mysql() -> Option<Self> {
        let Some(server) = environment("BATON_TEST_MYSQL_URL") else {
            skipped("there is no BATON_TEST_MYSQL_URL");
            return None;
        };
        let name = format!("baton_test_{}", Uuid::new_v4().simple());
        let admin = Database::connect(&server).await.unwrap();
        // Deliberately not the character set we want: tables must say their own.
        let create = format!("CREATE DATABASE {name} CHARACTER SET latin1");
        admin.execute_unprepared(&create).await.unwrap();
        admin.close().await.unwrap();
        let (base, options) = server
            .split_once('?')
            .map_or((server.as_str(), String::new()), |(base, options)| {
                (base, format!("?{options}"))
            });
        let url = format!("{}/{name}{options}", base.trim_end_matches('/'));
        let place = Place::Server {
            _database: ServerDatabase { server, name },
        };
        Some(Self::over(url, place).await)
    }

    async fn over(url: String, place: Place) -> Self {
        let clock = Arc::new(ManualClock(AtomicI64::new(1_800_000_000_000_000)));
        let store = open(&url, ring(&[1]), &clock).await.unwrap();
        Self {
            store,
            clock,
            url,
            names: AtomicU32::new(0),
            _place: place,
        }
    }

    /// Another store over the same database: another process, as far as it can tell.
    pub(crate) async fn reopen(&self, keys: KeyRing) -> Result<Store, StoreError> {
        open(&self.url, keys, &self.clock).await
    }

    /// A connection past the store, for what no caller may do.
    pub(crate) async fn raw(&self) -> DatabaseConnection {
        let mut options = ConnectOptions::new(&self.url);
        options.max_connections(1).sqlx_logging(false);
        Box::pin(Database::connect(options)).await.unwrap()
    }

    fn fresh(&self, what: &str) -> String {
        format!("{what} {}", self.names.fetch_add(1, Ordering::SeqCst))
    }

    pub(crate) async fn user(&self) -> User {
        let new = new_user(&self.fresh("user"));
        self.store.users().create(new).await.unwrap()
    }

    pub(crate) async fn admin(&self) -> User {
        let new = NewUser {
            is_admin: true,
            ..new_user(&self.fresh("admin"))
        };
        self.store.users().create(new).await.unwrap()
    }

    pub(crate) async fn target(&self) -> Target {
        let new = new_target(&self.fresh("target"));
        self.store.targets().create(new).await.unwrap()
    }

    pub(crate) async fn session(&self, epoch: u64) -> NewSession {
        let user = self.user().await;
        let session = new_session(user.id, None, epoch);
        self.store.sessions().open(session.clone()).await.unwrap();
        session
    }
}

pub(crate) async fn open(
    url: &str,
    keys: KeyRing,
    clock: &Arc<ManualClock>,
) -> Result<Store, StoreError> {
    let config = StoreConfig {
        url: Secret::new(url.to_owned()),
        max_connections: 8,
    };
    let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(clock);
    Store::open(config, keys, clock).await
}

pub(crate) fn new_user(name: &str) -> NewUser {
    NewUser {
        name: name.to_owned(),
        display_name: String::new(),
        is_admin: false,
        password_hash: Some(Secret::new("$argon2id$v=19$…".to_owned())),
        must_change_password: false,
    }
}

pub(crate) fn new_target(name: &str) -> NewTarget {
    NewTarget {
        name: name.to_owned(),
        folder: String::new(),
        protocol: "ssh".to_owned(),
        host: "host.example".to_owned(),
        port: 22,
        settings: json!({ "term": "xterm-256color" }),
        jump: None,
        credential: None,
    }
}

pub(crate) fn new_session(user: UserId, target: Option<TargetId>, epoch: u64) -> NewSession {
    NewSession {
        id: SessionId::generate(),
        user,
        target,
        title: "A shell".to_owned(),
        protocol: "ssh".to_owned(),
        address: "host.example:22".to_owned(),
        owner: NodeId::generate(),
        incarnation: IncarnationId::generate(),
        epoch: Epoch::new(epoch),
        phase: "dialling".to_owned(),
    }
}

pub(crate) fn password(text: &str) -> NewCredential {
    NewCredential {
        label: format!("Password {text}"),
        user_name: Some("root".to_owned()),
        secret: CredentialSecret::Password(Secret::new(text.to_owned())),
    }
}

/// The password inside a revealed secret.
pub(crate) fn plain(secret: &CredentialSecret) -> &str {
    match secret {
        CredentialSecret::Password(password) => password.expose(),
        CredentialSecret::PrivateKey { .. } => panic!("a password was stored"),
    }
}

/// Asserts a conflict with this stable code.
#[track_caller]
pub(crate) fn assert_conflict<T: std::fmt::Debug>(result: Result<T, StoreError>, code: &str) {
    match result {
        Err(StoreError::Conflict { what }) => assert_eq!(what, code),
        other => panic!("expected a conflict with {code}, got {other:?}"),
    }
}
