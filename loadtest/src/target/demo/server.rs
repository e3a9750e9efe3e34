//! Accepts, authenticates, and gives every channel a seat of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Session, run_stream};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::seat;
use crate::random;
use crate::target::users;

/// Connections at once; far above what a demo needs, far below what a machine notices.
const MAX_CONNECTIONS: usize = 512;

/// Channels waiting for their seat within one connection; a client opens few at a time.
const NEW_CHANNELS: usize = 8;

/// Channels at once within one connection.
const MAX_CHANNELS: usize = 32;

/// How long programs may take to end after their connection has ended.
const FAREWELL: Duration = Duration::from_secs(5);

/// What a person may choose about a demo target.
#[derive(Clone, Debug, Default)]
pub struct DemoOptions {
    /// Port on loopback; 0 lets the operating system choose.
    pub port: u16,
    /// Password; `None` makes a random one.
    pub password: Option<String>,
    /// Where the host key's seed is kept, so that a restart is recognised; `None` makes a new key.
    pub host_key: Option<PathBuf>,
}

/// A running demo target. Dropping it ends it and every program it started.
#[derive(Debug)]
pub struct DemoTarget {
    address: SocketAddr,
    user: String,
    password: String,
    _tasks: JoinSet<()>,
}

/// What every connection needs to know.
#[derive(Debug)]
pub(super) struct House {
    user: String,
    password: String,
    pub(super) home: PathBuf,
    pub(super) shell: PathBuf,
}

impl House {
    pub(super) fn user(&self) -> &str {
        &self.user
    }
}

impl DemoTarget {
    /// Listens on loopback.
    ///
    /// # Errors
    /// The port is taken or the current user has no account.
    pub async fn start(options: DemoOptions) -> anyhow::Result<Self> {
        let account = users::current()?;
        let house = Arc::new(House {
            user: account.name.clone(),
            password: options.password.unwrap_or_else(|| random::hex(16)),
            home: account.dir,
            shell: account.shell,
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))
            .await
            .with_context(|| format!("listen on 127.0.0.1:{}", options.port))?;
        let address = listener.local_addr()?;
        let config = Arc::new(config(options.host_key.as_deref())?);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, config, Arc::clone(&house)));
        Ok(Self {
            address,
            user: account.name,
            password: house.password.clone(),
            _tasks: tasks,
        })
    }

    /// `ssh://user:password@127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("ssh://{}:{}@{}", self.user, self.password, self.address)
    }

    /// Port on loopback.
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// Who to sign in as.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The password.
    pub fn password(&self) -> &str {
        &self.password
    }
}

/// The stored seed, or a new one that is stored when there is a place for it.
fn seed(file: Option<&Path>) -> anyhow::Result<[u8; 32]> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let Some(file) = file else {
        return Ok(random::seed());
    };
    if let Ok(known) = std::fs::read(file) {
        let known = known.as_slice().try_into();
        return known.with_context(|| format!("{} is not a seed of ours", file.display()));
    }
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let seed = random::seed();
    let mut options = std::fs::OpenOptions::new();
    let mut place = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    std::io::Write::write_all(&mut place, &seed)?;
    Ok(seed)
}

fn config(host_key: Option<&Path>) -> anyhow::Result<Config> {
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&seed(host_key)?));
    Ok(Config {
        server_id: russh::SshId::Standard("SSH-2.0-BatonDemo".into()),
        methods: MethodSet::from(&[MethodKind::Password][..]),
        auth_rejection_time: Duration::from_secs(1),
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![key],
        max_auth_attempts: 6,
        inactivity_timeout: None,
        keepalive_interval: Some(Duration::from_secs(15)),
        nodelay: true,
        ..Config::default()
    })
}

async fn accept(listener: TcpListener, config: Arc<Config>, house: Arc<House>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // Out of file descriptors: wait until a connection ends rather than spin.
            if connections.join_next().await.is_none() {
                return;
            }
            continue;
        };
        while connections.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tracing::warn!(%peer, "refused a connection: all places are taken");
            continue;
        };
        let (config, house) = (Arc::clone(&config), Arc::clone(&house));
        connections.spawn(async move {
            if let Err(error) = serve(stream, config, house).await {
                tracing::debug!(%peer, error = format!("{error:#}"), "connection ended");
            }
            drop(place);
        });
    }
}

/// Serves one connection until it ends and its programs have been told.
async fn serve(stream: TcpStream, config: Arc<Config>, house: Arc<House>) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let (new_channels, mut channels) = mpsc::channel(NEW_CHANNELS);
    let visitor = Visitor {
        house: Arc::clone(&house),
        new_channels,
    };
    let running = run_stream(config, stream, visitor).await?;
    let handle = running.handle();
    let mut seats = JoinSet::new();
    tokio::pin!(running);
    let outcome = loop {
        tokio::select! {
            outcome = &mut running => break outcome,
            Some(channel) = channels.recv() => {
                if seats.len() < MAX_CHANNELS {
                    seats.spawn(seat::serve(channel, handle.clone(), Arc::clone(&house)));
                }
            }
            Some(_) = seats.join_next() => {}
        }
    };
    let farewell = async { while seats.join_next().await.is_some() {} };
    let _too_slow_is_killed = tokio::time::timeout(FAREWELL, farewell).await;
    outcome
}

/// The client's side of one connection, as far as russh asks about it.
struct Visitor {
    house: Arc<House>,
    new_channels: mpsc::Sender<Channel<Msg>>,
}

impl Handler for Visitor {
    type Error = anyhow::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let welcome = user == self.house.user && same(password, &self.house.password);
        Ok(if welcome {
            Auth::Accept
        } else {
            Auth::reject()
        })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        // A full lane drops `reply`, which refuses the channel.
        if self.new_channels.try_send(channel).is_ok() {
            reply.accept().await;
        }
        Ok(())
    }

    // Answered here and not by the seat: clients send several requests at once, and russh forgets
    // that an earlier one wanted an answer when it reads the next.

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(russh::Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        Ok(session.channel_success(channel)?)
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if seat::may_set(name, value) {
            session.channel_success(channel)?;
        } else {
            session.channel_failure(channel)?;
        }
        Ok(())
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        Ok(session.channel_success(channel)?)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        Ok(session.channel_success(channel)?)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if name == seat::SFTP {
            session.channel_success(channel)?;
        } else {
            session.channel_failure(channel)?;
        }
        Ok(())
    }
}

/// Compares without telling by its duration where the first difference is.
fn same(ours: &str, theirs: &str) -> bool {
    ours.len() == theirs.len()
        && ours
            .bytes()
            .zip(theirs.bytes())
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}
