//! One node in a test: directory, store, server, and the far end of every dial.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::header::ORIGIN;
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpServer};
use broker::Embedded;
use broker::registry::{Command, Reply};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use node::actor::Workers;
use node::checkpoint::CheckpointStore;
use node::driver::{
    AddressPolicy, Ask, DriverEnds, DriverEvent, DriverExit, DriverInput, GrantParts,
    HostKeyPolicy, Identity as Login, SshSettings, TargetAddress, TargetGrant,
};
use node::http::{Doorkeeper, Presence, Sockets, attach};
use node::ownership::{Broker, BrokerError, Identity, Ownership};
use node::session::{
    Dial, Directory, Limits, OpenError, OpenSession, Records, Services, SessionHandle,
    StoredRecords, TicketHolder, Tickets,
};
use schema::seal::{KeyId, KeyRing};
use schema::store::{NewUser, Store, StoreConfig};
use shared::close::CloseReason;
use shared::epoch::Epoch;
use shared::id::{IncarnationId, LoginId, NodeId, SessionId, UserId};
use shared::registry::Claim;
use shared::secret::Secret;
use shared::terminal::TerminalSize;
use shared::time::{Clock, SystemClock, UnixMicros};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};

/// Far longer than anything here takes; a test that reaches it says what it waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The origin of our own pages.
pub(crate) const OURS: &str = "http://baton.test";

/// Waits for a future, or says what did not happen.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(elapsed) => panic!("waited for {what}: {elapsed}"),
    }
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    within(what, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

struct Voter(Embedded);

impl Voter {
    fn say<T>(&self, command: &Command, of: impl FnOnce(Reply) -> T) -> Result<T, BrokerError> {
        match self.0.propose(command) {
            Reply::Refused(refusal) => Err(BrokerError::Refused(refusal)),
            reply => Ok(of(reply)),
        }
    }
}

const AT: UnixMicros = UnixMicros::new(1);

impl Broker for Voter {
    fn node_up(
        &self,
        node: NodeId,
        incarnation: IncarnationId,
    ) -> BoxFuture<'_, Result<(), BrokerError>> {
        let command = Command::NodeUp {
            node,
            incarnation,
            at: AT,
        };
        async move { self.say(&command, |_| ()) }.boxed()
    }

    fn node_down(
        &self,
        node: NodeId,
        incarnation: IncarnationId,
    ) -> BoxFuture<'_, Result<(), BrokerError>> {
        let command = Command::NodeDown {
            node,
            incarnation,
            at: AT,
        };
        async move { self.say(&command, |_| ()) }.boxed()
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Epoch, BrokerError>> {
        async move {
            self.say(&Command::Claim { claim, at: AT }, |reply| match reply {
                Reply::Owned(epoch) => epoch,
                Reply::Done | Reply::Refused(_) => panic!("a claim is answered by an epoch"),
            })
        }
        .boxed()
    }

    fn release(&self, session: SessionId, epoch: Epoch) -> BoxFuture<'_, Result<(), BrokerError>> {
        let command = Command::Release {
            session,
            epoch,
            at: AT,
        };
        async move { self.say(&command, |_| ()) }.boxed()
    }

    fn end(&self, session: SessionId, epoch: Epoch) -> BoxFuture<'_, Result<(), BrokerError>> {
        let command = Command::End {
            session,
            epoch,
            at: AT,
        };
        async move { self.say(&command, |_| ()) }.boxed()
    }
}

/// The far end of one dial.
pub(crate) struct Target {
    pub(crate) ends: DriverEnds,
    exit: oneshot::Sender<DriverExit>,
}

impl Target {
    pub(crate) async fn says(&self, event: DriverEvent) {
        within("room for an event", self.ends.events.send(event))
            .await
            .unwrap();
    }

    pub(crate) async fn live(&self) {
        self.says(DriverEvent::Live).await;
    }

    pub(crate) async fn prints(&self, bytes: impl Into<Bytes>) {
        self.says(DriverEvent::Output(bytes.into())).await;
    }

    pub(crate) async fn asks(&self, ask: Ask) {
        self.says(DriverEvent::Ask(ask)).await;
    }

    pub(crate) async fn is_typed(&mut self) -> Bytes {
        match within("input", self.ends.input.recv()).await {
            Some(DriverInput::Bytes(bytes)) => bytes,
            other => panic!("expected input, got {other:?}"),
        }
    }

    pub(crate) async fn is_controlled(&mut self) -> DriverInput {
        within("control", self.ends.control.recv())
            .await
            .expect("a session")
    }

    pub(crate) fn exits(self, exit_status: u32) {
        let exit = DriverExit {
            reason: CloseReason::TargetExited,
            text: "The shell ended.".to_owned(),
            exit_status: Some(exit_status),
        };
        drop(self.ends);
        self.exit.send(exit).expect("the driver waits");
    }

    /// Makes the driver's task panic.
    pub(crate) fn breaks(self) {
        drop(self.exit);
        drop(self.ends);
    }
}

/// Hands every dial to the test; or panics in the actor's face.
#[derive(Clone)]
struct Scripted {
    dials: mpsc::Sender<Target>,
    panics: Arc<Mutex<bool>>,
}

impl Dial for Scripted {
    fn dial(&self, _grant: TargetGrant, ends: DriverEnds) -> BoxFuture<'static, DriverExit> {
        assert!(!*self.panics.lock().unwrap(), "the actor was told to panic");
        let (exit, exited) = oneshot::channel();
        let cancel = ends.cancel.clone();
        self.dials.try_send(Target { ends, exit }).unwrap();
        async move {
            tokio::select! {
                exit = exited => exit.expect("the driver was told to panic"),
                () = cancel.cancelled() => DriverExit {
                    reason: CloseReason::Cancelled,
                    text: String::new(),
                    exit_status: None,
                },
            }
        }
        .boxed()
    }
}

/// The system's clock, which can be made to panic where the stage asks it.
#[derive(Default)]
pub(crate) struct Trap {
    is_set: std::sync::atomic::AtomicBool,
}

impl Trap {
    pub(crate) fn set(&self) {
        self.is_set.store(true, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for Trap {
    fn wall(&self) -> UnixMicros {
        let is_worker = std::thread::current().name() == Some("baton-worker");
        let is_set = self.is_set.load(std::sync::atomic::Ordering::SeqCst);
        assert!(!(is_worker && is_set), "the stage was told to panic");
        SystemClock.wall()
    }

    fn instant(&self) -> std::time::Instant {
        SystemClock.instant()
    }
}

/// One node.
pub(crate) struct World {
    pub(crate) directory: Directory,
    pub(crate) tickets: Tickets,
    pub(crate) store: Store,
    pub(crate) address: SocketAddr,
    pub(crate) holder: TicketHolder,
    pub(crate) clock: Arc<Trap>,
    pub(crate) detached_limit: Duration,
    dials: mpsc::Receiver<Target>,
    panics: Arc<Mutex<bool>>,
    server: ServerHandle,
    _data: TempDir,
}

/// What a test may want otherwise.
#[derive(Default)]
pub(crate) struct Wishes {
    pub(crate) limits: Limits,
    pub(crate) checkpoints: Option<Arc<dyn CheckpointStore>>,
    pub(crate) records: Option<Arc<dyn Records>>,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Wishes::default()).await
    }

    pub(crate) async fn with(wishes: Wishes) -> Self {
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::new(Trap::default());
        let (store, user) = store_with_user(&data).await;
        let dyn_clock: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let identity = Identity {
            node: NodeId::generate(),
            incarnation: IncarnationId::generate(),
        };
        let voter = Arc::new(Voter(Embedded::new()));
        let (dials_to, dials) = mpsc::channel(64);
        let panics = Arc::new(Mutex::new(false));
        let scripted = Scripted {
            dials: dials_to,
            panics: Arc::clone(&panics),
        };
        let services = Services {
            ownership: Ownership::join(voter, identity).await.unwrap(),
            records: wishes.records.unwrap_or_else(|| {
                Arc::new(StoredRecords::new(store.clone(), Arc::clone(&dyn_clock)))
            }),
            checkpoints: wishes
                .checkpoints
                .unwrap_or_else(|| Arc::new(store.clone())),
            dial: Arc::new(scripted),
            workers: Workers::start(2).unwrap(),
            clock: Arc::clone(&dyn_clock),
        };
        let directory = Directory::new(services, wishes.limits);
        let tickets = Tickets::new(Arc::clone(&dyn_clock));
        let (server, address) = serve(&directory, &tickets, dyn_clock);
        let login = LoginId::generate();
        let holder = TicketHolder {
            user,
            user_name: "ada".to_owned(),
            login,
        };
        Self {
            directory,
            tickets,
            store,
            address,
            holder,
            clock,
            detached_limit: Duration::from_mins(1),
            dials,
            panics,
            server,
            _data: data,
        }
    }

    /// Opens a session and gives both ends of it.
    pub(crate) async fn open(&mut self) -> (SessionHandle, Target) {
        let handle = self.try_open().await.unwrap();
        let target = within("a dial", self.dials.recv()).await.unwrap();
        (handle, target)
    }

    /// Opens a session whose target is live.
    pub(crate) async fn live(&mut self) -> (SessionHandle, Target) {
        let (handle, target) = self.open().await;
        target.live().await;
        let phase = || handle.phase() == node::session::Phase::Live;
        until("the session is live", async || phase()).await;
        (handle, target)
    }

    pub(crate) async fn try_open(&self) -> Result<SessionHandle, OpenError> {
        let id = SessionId::generate();
        let open = OpenSession {
            id,
            user: self.holder.user,
            user_name: self.holder.user_name.clone(),
            title: "web 1".to_owned(),
            grant: grant(id, self.holder.user),
            size: TerminalSize::DEFAULT,
            detached_limit: self.detached_limit,
            may_remember: false,
        };
        self.directory.open(open).await
    }

    /// The next dial panics inside the actor.
    pub(crate) fn break_the_next_dial(&self, breaks: bool) {
        *self.panics.lock().unwrap() = breaks;
    }

    pub(crate) fn ticket(&self, session: SessionId, is_read_only: bool) -> [u8; 32] {
        let holder = self.holder.clone();
        self.tickets.issue(session, holder, is_read_only).unwrap()
    }

    /// Ends everything this world has started.
    pub(crate) async fn stop(self) {
        assert!(
            self.directory
                .stop_all(CloseReason::NodeStopping, PATIENCE)
                .await
        );
        self.server.stop(false).await;
    }
}

async fn store_with_user(data: &TempDir) -> (Store, UserId) {
    let path = data.path().join("baton.db");
    let config = StoreConfig {
        url: Secret::new(format!("sqlite://{}", path.display())),
        max_connections: 4,
    };
    let keys = vec![(KeyId::new("k1").unwrap(), Secret::new([7; 32]))];
    let ring = KeyRing::from_keys(keys).unwrap();
    let store = Store::open(config, ring, Arc::new(SystemClock))
        .await
        .unwrap();
    let new = NewUser {
        name: "ada".to_owned(),
        display_name: String::new(),
        is_admin: true,
        password_hash: None,
        must_change_password: false,
    };
    let user = store.users().create(new).await.unwrap().id;
    (store, user)
}

fn serve(
    directory: &Directory,
    tickets: &Tickets,
    clock: Arc<dyn Clock>,
) -> (ServerHandle, SocketAddr) {
    let sockets = Sockets {
        directory: directory.clone(),
        tickets: tickets.clone(),
        origins: Arc::new(|request: &HttpRequest| {
            request
                .headers()
                .get(ORIGIN)
                .is_some_and(|origin| origin == OURS)
        }),
        address_of: Arc::new(|request: &HttpRequest| {
            request.peer_addr().expect("a peer has an address").ip()
        }),
        clock,
        doorkeeper: Doorkeeper::default(),
        presence: Presence::default(),
        verify: Arc::new(|_, _| Box::pin(std::future::ready(true))),
    };
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::new(sockets.clone()))
            .route("/api/v1/attach", web::get().to(attach))
    })
    .workers(1)
    .tcp_nodelay(true)
    .disable_signals()
    .bind(("127.0.0.1", 0))
    .unwrap();
    let address = *server.addrs().first().unwrap();
    let server = server.run();
    let handle = server.handle();
    actix_rt::spawn(server);
    (handle, address)
}

fn grant(session: SessionId, user: UserId) -> TargetGrant {
    TargetGrant::issue(GrantParts {
        session,
        user,
        target: None,
        address: TargetAddress {
            host: "web1.test".to_owned(),
            port: 22,
        },
        addresses: AddressPolicy::default(),
        vnc: None,
        ssh: SshSettings {
            host_keys: HostKeyPolicy::AskOnFirstUse { known: Vec::new() },
            term: "xterm-256color".to_owned(),
            environment: std::collections::BTreeMap::new(),
            command: None,
            keepalive: Duration::ZERO,
            step_timeout: Duration::from_secs(10),
            allow_legacy_algorithms: false,
            files: false,
            initial_size: TerminalSize::DEFAULT,
        },
        identity: Login::default(),
        jump: None,
    })
}
