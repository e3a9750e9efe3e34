//! A node in this process: assembled as the binary does, on ports of the system's choice.

use std::sync::Arc;
use std::time::Duration;

use node::actor::Workers;
use node::auth::{
    Auditor, Authoriser, Limits, Logins, PasswordRule, Passwords, Setups, SignIn, Throttle,
};
use node::config::{Config, parse_text};
use node::http::{App, AppParts, Hosts, Listeners, Presence, Readiness, bind, serve};
use node::ownership::{Identity, Ownership};
use node::session::{Directory, Services, StoredRecords, Tickets};
use schema::seal::{KeyId, KeyRing};
use schema::store::{Store, StoreConfig};
use serde_json::{Value, json};
use shared::id::{IncarnationId, NodeId};
use shared::secret::Secret;
use shared::time::Clock;
use tempfile::TempDir;

use crate::client::{Answer, Client};
use crate::clock::TestClock;
use crate::embedded_broker::EmbeddedBroker;
use crate::fake::FakeDial;

/// Password of everybody in these tests.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A node under test.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) store: Store,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) dial: FakeDial,
    pub(crate) visitor: Client,
    pub(crate) ops: Client,
    _data: TempDir,
}

/// Runs a test against a node with this configuration.
pub(crate) fn with_config<F: AsyncFnOnce(World)>(config: &str, test: F) {
    let listen = "[server]\nlisten = \"127.0.0.1:0\"\nops_listen = \"127.0.0.1:0\"\n";
    let config = config.replace("[server]\n", "");
    let config = parse_text(&format!("{listen}{config}")).unwrap();
    actix_rt::System::new().block_on(async {
        let (world, handles) = World::start(config).await;
        test(world).await;
        for handle in handles {
            handle.stop(false).await;
        }
    });
}

/// Runs a test against a node with defaults.
pub(crate) fn run<F: AsyncFnOnce(World)>(test: F) {
    with_config("", test);
}

impl World {
    async fn start(config: Config) -> (Self, Vec<actix_web::dev::ServerHandle>) {
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::new());
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        let key = (KeyId::new("test").unwrap(), Secret::new([7; 32]));
        let store = StoreConfig {
            url: Secret::new(format!("sqlite://{}", data.path().join("db").display())),
            max_connections: 4,
        };
        let keys = KeyRing::from_keys(vec![key]).unwrap();
        let store = Store::open(store, keys, Arc::clone(&shared)).await.unwrap();
        let dial = FakeDial::default();
        let listeners = bind(&config.server).unwrap();
        let parts = parts(&config, &store, &shared, &dial, &listeners).await;
        let app = App::new(parts, &config, shared);
        let visitor = Client::new(listeners.public_address);
        let ops = Client::new(listeners.ops_address);
        let servers = serve(&app, &config.server, listeners, None).unwrap();
        let (public, private) = servers.handles();
        actix_rt::spawn(servers.public);
        actix_rt::spawn(servers.ops);
        let world = Self {
            app,
            store,
            clock,
            dial,
            visitor,
            ops,
            _data: data,
        };
        (world, vec![public, private])
    }

    /// Makes the first admin by a setup link.
    pub(crate) async fn admin(&self) -> Client {
        let token = self.app.setups().issue().await.unwrap();
        let body = json!({"token": token.encode(), "name": "admin", "password": PASSWORD});
        let answer = self.visitor.post("/api/v1/setup", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        signed_in(&self.visitor, &answer)
    }

    /// Makes a user without rights, who has chosen a password.
    pub(crate) async fn user(&self, admin: &Client, name: &str) -> Client {
        let first = "first password 1";
        let body = json!({"name": name, "password": first});
        let made = admin.post("/api/v1/users", body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let user = self.sign_in(name, first).await;
        let change = json!({"current": first, "new": PASSWORD});
        let changed = user.post("/api/v1/me/password", change).await;
        assert_eq!(changed.status, 204, "{}", changed.text());
        user
    }

    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> Client {
        let answer = self.try_sign_in(name, password).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        signed_in(&self.visitor, &answer)
    }

    pub(crate) async fn try_sign_in(&self, name: &str, password: &str) -> Answer {
        let body = json!({"name": name, "password": password});
        self.visitor.post("/api/v1/sign-in", body).await
    }

    /// Makes a target; its id.
    pub(crate) async fn target(&self, admin: &Client, name: &str) -> String {
        let body = json!({"name": name, "host": "192.0.2.1", "user_name": "ada"});
        let made = admin.post("/api/v1/targets", body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        id_of(&made.json())
    }

    /// Opens a session and waits until it is live; its id.
    pub(crate) async fn session(&self, client: &Client, target: &str) -> String {
        let body = json!({"target": target, "cols": 80, "rows": 24});
        let opened = client.post("/api/v1/sessions", body).await;
        assert_eq!(opened.status, 201, "{}", opened.text());
        let id = opened.json()["session"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/sessions/{id}");
        until("the session is live", async || {
            client.get(&path).await.json()["phase"] == "live"
        })
        .await;
        id
    }

    pub(crate) async fn id(&self, client: &Client) -> String {
        id_of(&client.get("/api/v1/me").await.json())
    }

    pub(crate) async fn grant(&self, admin: &Client, target: &str, user: &str) -> String {
        let path = format!("/api/v1/targets/{target}/grants");
        let made = admin.post(&path, json!({"user": user})).await;
        assert_eq!(made.status, 201, "{}", made.text());
        id_of(&made.json())
    }

    /// The codes of the audit trail, the latest first.
    pub(crate) async fn audit(&self, admin: &Client) -> Vec<String> {
        let rows = admin.get("/api/v1/audit?limit=200").await.json();
        let codes = rows["items"].as_array().unwrap().iter();
        codes
            .map(|row| row["code"].as_str().unwrap().to_owned())
            .collect()
    }
}

pub(crate) fn id_of(value: &Value) -> String {
    value["id"].as_str().expect("it has an id").to_owned()
}

/// A client with the cookie that an answer set.
pub(crate) fn signed_in(visitor: &Client, answer: &Answer) -> Client {
    let cookie = answer.header("set-cookie").expect("a cookie was set");
    let pair = cookie.split(';').next().unwrap_or_default();
    Client {
        cookie: Some(pair.to_owned()),
        ..visitor.clone()
    }
}

/// Waits for a condition; panics with its name when it does not come.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(15), waiting).await;
    waited.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}

async fn parts(
    config: &Config,
    store: &Store,
    clock: &Arc<dyn Clock>,
    dial: &FakeDial,
    listeners: &Listeners,
) -> AppParts {
    let passwords = Passwords::new(2);
    let auditor = Auditor::new(store.clone());
    let (idle, absolute) = (config.sign_in.idle, config.sign_in.absolute);
    let logins = Logins::new(store.clone(), Arc::clone(clock), idle, absolute);
    let limits = Limits {
        free: config.sign_in.free_attempts,
        longest: config.sign_in.max_delay,
        forget_after: config.sign_in.forget_after,
    };
    let throttle = Throttle::new(limits, None, Arc::clone(clock)).unwrap();
    let rule = PasswordRule {
        least: config.sign_in.password_min_length,
    };
    let broker = Arc::new(EmbeddedBroker::new(Arc::clone(clock)));
    let identity = Identity {
        node: NodeId::generate(),
        incarnation: IncarnationId::generate(),
    };
    let services = Services {
        ownership: Ownership::join(broker, identity).await.unwrap(),
        records: Arc::new(StoredRecords::new(store.clone(), Arc::clone(clock))),
        checkpoints: Arc::new(store.clone()),
        dial: Arc::new(dial.clone()),
        workers: Workers::start(1).unwrap(),
        clock: Arc::clone(clock),
    };
    AppParts {
        hosts: Hosts::new(
            config.server.public_url.clone(),
            listeners.public_address,
            config.server.tls.is_some(),
        ),
        store: store.clone(),
        sign_in: SignIn::new(
            store.clone(),
            passwords.clone(),
            throttle,
            logins.clone(),
            auditor.clone(),
        ),
        setups: Setups::new(store.clone(), passwords.clone(), rule, Arc::clone(clock)),
        authoriser: Authoriser::new(store.clone(), config.targets.clone()),
        directory: Directory::new(services, node::session::Limits::default()),
        tickets: Tickets::new(Arc::clone(clock)),
        readiness: Readiness::default(),
        presence: Presence::default(),
        demo_group: None,
        logins,
        auditor,
        passwords,
    }
}
