//! The configuration as the rooms use it: typed, checked, with units in the types.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use shared::secret::Secret;

use super::{Network, PublicUrl};

/// Everything configurable.
#[derive(Clone, Debug)]
pub struct Config {
    /// Listeners.
    pub server: Server,
    /// The data directory.
    pub data: Data,
    /// The store.
    pub database: Database,
    /// Sealing keys.
    pub keys: Keys,
    /// Shared counters.
    pub redis: Redis,
    /// Logins, passwords and throttling.
    pub sign_in: SignIn,
    /// Limits of sessions.
    pub sessions: Sessions,
    /// How long the past is kept.
    pub retention: Retention,
    /// What may be dialled.
    pub targets: Targets,
    /// Logs.
    pub log: Log,
}

/// The listeners.
#[derive(Clone, Debug)]
pub struct Server {
    /// Public listener.
    pub listen: SocketAddr,
    /// How browsers reach us.
    pub public_url: Option<PublicUrl>,
    /// Operations listener.
    pub ops_listen: SocketAddr,
    /// TLS, when both files are given.
    pub tls: Option<TlsFiles>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// HTTP threads.
    pub workers: usize,
    /// Time for the head of a request.
    pub request_timeout: Duration,
    /// How long an idle connection stays.
    pub keep_alive: Duration,
    /// Largest API body, in bytes.
    pub max_body: usize,
}

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain, PEM.
    pub cert: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
}

/// The data directory.
#[derive(Clone, Debug)]
pub struct Data {
    /// Where it is.
    pub directory: PathBuf,
}

/// The store.
#[derive(Clone, Debug)]
pub struct Database {
    /// Connection URL; the embedded default is already filled in.
    pub url: Secret<String>,
    /// Connections at most.
    pub max_connections: u32,
}

/// Sealing keys.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The key file; the default is already filled in.
    pub file: PathBuf,
}

/// Shared counters.
#[derive(Clone, Debug)]
pub struct Redis {
    /// Connection URL.
    pub url: Option<Secret<String>>,
}

/// Logins, passwords and throttling.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// A login ends after this long without activity.
    pub idle: Duration,
    /// A login ends after this long.
    pub absolute: Duration,
    /// Shortest new password, in characters.
    pub password_min_length: usize,
    /// Failures per user and address before delays begin.
    pub free_attempts: u32,
    /// Longest delay.
    pub max_delay: Duration,
    /// Failures are forgotten after this long.
    pub forget_after: Duration,
}

/// Limits of sessions.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// Life with no viewer.
    pub detached_limit: Duration,
    /// At once, per user.
    pub max_per_user: usize,
    /// At once, on this node.
    pub max_total: usize,
    /// Lines above the screen.
    pub scrollback_lines: usize,
    /// Time to end when the node stops.
    pub stop_deadline: Duration,
}

/// How long the past is kept; `None` for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Sessions that are over.
    pub history: Option<Duration>,
    /// Who did what.
    pub audit: Option<Duration>,
}

/// What may be dialled.
#[derive(Clone, Debug)]
pub struct Targets {
    /// Sessions to any allowed address.
    pub quick_connect: bool,
    /// Never dialled.
    pub deny: Vec<Network>,
    /// Dialled even where `deny` matches.
    pub allow: Vec<Network>,
}

/// Logs.
#[derive(Clone, Debug)]
pub struct Log {
    /// Text or JSON.
    pub format: LogFormat,
    /// Filter directive.
    pub level: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}
