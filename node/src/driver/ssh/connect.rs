//! From a grant to a signed-in connection: transport, handshake, sign-in, and again through jumps.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use russh::keys::PublicKey;
use russh::{ChannelOpenFailure, Disconnect, Error, SshId, client};
use shared::close::CloseReason;
use shared::limits::MOST_JUMPS;
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::algorithms;
use super::failure::{Lost, handshake_failed, handshake_timed_out, is_busy};
use super::gate::{CALLS, Call, Gate, Proxy};
use super::host_key;
use super::sign_in::{Outcome, SignIn};
use super::wire::{Carrier, Opening, Wire};
use crate::driver::failure::Failure;
use crate::driver::person::Person;
use crate::driver::{ConnectStep, DriverEvent, SshSettings, TargetGrant, connect};

/// A russh connection.
pub(crate) type Handle = client::Handle<Proxy>;

/// Connections one sign-in may use: servers cut after a few wrong answers (`MaxAuthTries`).
const MOST_CONNECTIONS: usize = 8;

/// How often a busy server is tried again; the waits double from [`FIRST_WAIT`].
const BUSY_TRIES: u32 = 5;

/// First wait for a busy server.
const FIRST_WAIT: Duration = Duration::from_millis(150);

/// Receive window: what a fast target may have in flight (OpenSSH uses the same).
const WINDOW_BYTES: u32 = 2 * 1024 * 1024;

/// Largest packet we take; the least every implementation must support (RFC 4253 §6.1).
const PACKET_BYTES: u32 = 32 * 1024;

/// Messages of one channel waiting for us; packets of a pty are small, so the window is reached
/// by count before it is by size.
const CHANNEL_MESSAGES: usize = 256;

/// Keepalives that may go unanswered.
const KEEPALIVES: usize = 3;

/// Longest wait for a goodbye to be flushed.
const GOODBYE: Duration = Duration::from_millis(300);

/// A connection past its handshake, not yet signed in.
pub(crate) struct Shaken {
    pub(crate) handle: Handle,
    pub(crate) calls: mpsc::Receiver<Call>,
    pub(crate) lost: watch::Receiver<Option<Lost>>,
    cut: DropGuard,
}

/// A signed-in connection; dropping it cuts the wire at once.
pub(crate) struct Connection {
    pub(crate) handle: Arc<Handle>,
    pub(crate) lost: watch::Receiver<Option<Lost>>,
    // Fields drop in order: the inner wire is cut before the jump that carries it.
    _cut: DropGuard,
    _via: Option<Box<Connection>>,
}

impl Connection {
    /// Says goodbye, and waits a moment for it to be sent.
    pub(crate) async fn leave(mut self) {
        let goodbye = async {
            let told = self.handle.disconnect(Disconnect::ByApplication, "", "");
            if told.await.is_ok() {
                drop(self.lost.wait_for(Option::is_some).await);
            }
        };
        drop(timeout(GOODBYE, goodbye).await);
    }
}

/// Connects and signs in, through jump hosts where the grant names them.
pub(crate) fn establish<'a>(
    grant: &'a TargetGrant,
    depth: usize,
    person: &'a mut Person<'_>,
) -> BoxFuture<'a, Result<Connection, Failure>> {
    async move {
        let via = match grant.jump() {
            Some(_) if depth >= MOST_JUMPS => {
                return Err(Failure::new(
                    CloseReason::TargetUnreachable,
                    format!("More than {MOST_JUMPS} jump hosts in a row are not supported."),
                ));
            }
            Some(jump) => Some(Box::new(establish(jump, depth + 1, person).await?)),
            None => None,
        };
        let mut gate = Gate::new(grant);
        let mut sign_in = SignIn::new(grant, depth == 0);
        warn_of_authorities(grant, person).await?;
        for _ in 0..MOST_CONNECTIONS {
            let shaken = shake(grant, via.as_deref(), &mut gate, person).await?;
            match Box::pin(sign_in.run(shaken, &mut gate, person)).await? {
                Outcome::SignedIn(shaken) => {
                    return Ok(Connection {
                        handle: Arc::new(shaken.handle),
                        lost: shaken.lost,
                        _cut: shaken.cut,
                        _via: via,
                    });
                }
                Outcome::Again => gate.hush(),
            }
        }
        Err(sign_in.refused_everything())
    }
    .boxed()
}

async fn warn_of_authorities(grant: &TargetGrant, person: &mut Person<'_>) -> Result<(), Failure> {
    if !host_key::names_authorities(&grant.ssh().host_keys, grant.address()) {
        return Ok(());
    }
    let code = "cert_authority_ignored";
    let text = format!(
        "The known hosts of {} name a certificate authority; host certificates are not supported, \
         so the line is ignored.",
        grant.address()
    );
    person.tell(DriverEvent::Notice { code, text }).await
}

/// How a handshake did not succeed.
enum Unshaken {
    /// The server is busy; wait and try again.
    Busy(Failure),
    /// Another host key of the server may be the known one; try again at once.
    OtherKey,
    Failed(Failure),
}

impl From<Failure> for Unshaken {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

async fn shake(
    grant: &TargetGrant,
    via: Option<&Connection>,
    gate: &mut Gate<'_>,
    person: &mut Person<'_>,
) -> Result<Shaken, Failure> {
    let mut busy = 0;
    loop {
        let carrier = transport(grant, via, person).await?;
        match Box::pin(handshake(grant, carrier, gate, person)).await {
            Ok(shaken) => return Ok(shaken),
            Err(Unshaken::Busy(_)) if busy < BUSY_TRIES => {
                sleep(wait_for_busy(busy)).await;
                busy += 1;
            }
            Err(Unshaken::OtherKey) => {}
            Err(Unshaken::Busy(failure) | Unshaken::Failed(failure)) => return Err(failure),
        }
    }
}

/// A doubling wait, between half of it and all of it, so that a herd spreads out.
fn wait_for_busy(tries: u32) -> Duration {
    let whole = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(tries));
    let mut byte = [0_u8];
    // Without randomness the wait is merely less spread.
    let _unfilled = getrandom::fill(&mut byte);
    let [byte] = byte;
    whole / 2 + whole / 2 * u32::from(byte) / 255
}

async fn transport(
    grant: &TargetGrant,
    via: Option<&Connection>,
    person: &mut Person<'_>,
) -> Result<Box<dyn Carrier>, Failure> {
    let (address, limit) = (grant.address(), grant.ssh().step_timeout);
    let Some(via) = via else {
        let stream = connect::connect(address, grant.addresses(), limit, person).await?;
        return Ok(Box::new(stream));
    };
    connect::check_literal(address, grant.addresses())?;
    person
        .tell_step(ConnectStep::Connecting {
            address: address.to_string(),
        })
        .await?;
    let opening = via.handle.channel_open_direct_tcpip(
        address.bare_host(),
        u32::from(address.port),
        "127.0.0.1",
        0,
    );
    match timeout(limit, opening).await {
        Ok(Ok(channel)) => Ok(Box::new(channel.into_stream())),
        Ok(Err(error)) => Err(jump_failed(&error, grant)),
        Err(_) => Err(Failure::new(
            CloseReason::TimedOut,
            format!("The jump host could not reach {address} in time."),
        )),
    }
}

fn jump_failed(error: &Error, grant: &TargetGrant) -> Failure {
    let address = grant.address();
    match error {
        Error::ChannelOpenFailure(ChannelOpenFailure::ConnectFailed) => Failure::new(
            CloseReason::TargetUnreachable,
            format!("The jump host cannot reach {address}; is its SSH server running?"),
        ),
        Error::ChannelOpenFailure(_) => Failure::new(
            CloseReason::Refused,
            format!("The jump host does not allow connections to {address}."),
        ),
        _ => Failure::new(
            CloseReason::TargetLost,
            "The connection to the jump host was lost.",
        ),
    }
}

async fn handshake(
    grant: &TargetGrant,
    carrier: Box<dyn Carrier>,
    gate: &mut Gate<'_>,
    person: &mut Person<'_>,
) -> Result<Shaken, Unshaken> {
    person.tell_step(ConnectStep::Handshaking).await?;
    let settings = grant.ssh();
    let (opening, cut) = (Opening::default(), CancellationToken::new());
    let wire = Wire::new(carrier, cut.clone(), opening.clone());
    let (calls_tx, mut calls) = mpsc::channel(CALLS);
    let (lost_tx, lost) = watch::channel(None);
    let proxy = Proxy {
        calls: calls_tx,
        lost: lost_tx,
    };
    let cut = cut.drop_guard();
    let config = Arc::new(config(settings, gate));
    let shaking = client::connect_stream(config, wire, proxy);
    let serving = gate.serve(shaking, settings.step_timeout, &mut calls, person);
    let shaken = Box::pin(serving).await?;
    match shaken {
        Some(Ok(handle)) => Ok(Shaken {
            handle,
            calls,
            lost,
            cut,
        }),
        Some(Err(error)) => Err(explain(&error, &opening.bytes(), grant, gate, person)),
        None => Err(handshake_timed_out(&opening.bytes(), grant.address()).into()),
    }
}

fn explain(
    error: &Error,
    opening: &[u8],
    grant: &TargetGrant,
    gate: &mut Gate<'_>,
    person: &Person<'_>,
) -> Unshaken {
    if let Some(refusal) = gate.refusal().cloned() {
        let presented = person.host_key.as_deref();
        let is_key = matches!(error, Error::UnknownKey);
        let key = presented.and_then(|line| PublicKey::from_openssh(line).ok());
        if is_key && key.is_some_and(|key| gate.tries_another_key(&key)) {
            return Unshaken::OtherKey;
        }
        return Unshaken::Failed(refusal);
    }
    let failure = handshake_failed(error, opening, grant.address());
    let is_cut = matches!(
        error,
        Error::IO(_) | Error::Disconnect | Error::HUP | Error::Version
    );
    if is_cut && is_busy(opening) {
        Unshaken::Busy(failure)
    } else {
        Unshaken::Failed(failure)
    }
}

fn config(settings: &SshSettings, gate: &Gate<'_>) -> client::Config {
    let known = gate.known_algorithms();
    let keepalive = settings.keepalive;
    client::Config {
        client_id: SshId::Standard(concat!("SSH-2.0-Baton_", env!("CARGO_PKG_VERSION")).into()),
        window_size: WINDOW_BYTES,
        maximum_packet_size: PACKET_BYTES,
        channel_buffer_size: CHANNEL_MESSAGES,
        preferred: algorithms::preferred(settings.allow_legacy_algorithms, &known, gate.avoided()),
        inactivity_timeout: None,
        keepalive_interval: (!keepalive.is_zero()).then_some(keepalive),
        keepalive_max: KEEPALIVES,
        gex: algorithms::groups(),
        nodelay: true,
        ..client::Config::default()
    }
}
