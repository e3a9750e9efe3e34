//! The one place that dials, and the probe that only knocks.

use shared::close::CloseReason;
use shared::terminal::TerminalSize;
use tokio::select;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use super::person::Person;
use super::{AskKind, ConnectStep, DriverEnds, DriverExit, TargetGrant, VncSettings, ssh, vnc};

/// Dials the target of `grant` and runs the session to its end.
///
/// Everything happens inside this future; dropping it, or cancelling `ends.cancel`, cuts every
/// connection it has opened. Awaiting a place for an event is the back-pressure on the target.
pub async fn dial(grant: TargetGrant, mut ends: DriverEnds) -> DriverExit {
    match grant.vnc() {
        None => dial_ssh(&grant, &mut ends).await,
        Some(settings) => dial_vnc(&grant, settings, &mut ends).await,
    }
}

async fn dial_ssh(grant: &TargetGrant, ends: &mut DriverEnds) -> DriverExit {
    let cancel = ends.cancel.clone();
    let (connected, size) = {
        let mut person = Person::in_session(ends, grant.ssh().initial_size);
        let connected = select! {
            biased;
            () = cancel.cancelled() => Err(Failure::unwanted()),
            connected = ssh::establish(grant, 0, &mut person) => connected,
        };
        (connected, person.size())
    };
    match connected {
        Ok(connection) => Box::pin(ssh::run(grant, connection, ends, size)).await,
        Err(failure) => failure.into(),
    }
}

async fn dial_vnc(
    grant: &TargetGrant,
    settings: &VncSettings,
    ends: &mut DriverEnds,
) -> DriverExit {
    let cancel = ends.cancel.clone();
    let connected = {
        let mut person = Person::in_session(ends, TerminalSize::DEFAULT);
        let connected = select! {
            biased;
            () = cancel.cancelled() => Err(Failure::unwanted()),
            connected = establish_vnc(grant, settings, &mut person) => connected,
        };
        match connected {
            Ok(connection) => person
                .tell_step(ConnectStep::Opening)
                .await
                .map(|()| connection),
            Err(failure) => Err(failure),
        }
    };
    match connected {
        Ok(connection) => Box::pin(vnc::run(grant.address(), settings, connection, ends)).await,
        Err(failure) => failure.into(),
    }
}

async fn establish_vnc(
    grant: &TargetGrant,
    settings: &VncSettings,
    person: &mut Person<'_>,
) -> Result<vnc::Connection, Failure> {
    let (address, policy) = (grant.address(), grant.addresses());
    Box::pin(vnc::establish(
        address,
        policy,
        settings,
        grant.identity(),
        person,
    ))
    .await
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeReport {
    /// The target can be used, perhaps after a question.
    pub is_ok: bool,
    /// Why not.
    pub reason: Option<CloseReason>,
    /// What a session would ask the person first.
    pub would_ask: Option<AskKind>,
    /// One or two sentences for a person.
    pub text: String,
    /// SHA-256 fingerprint of the host key that the target presented.
    pub host_key: Option<String>,
}

/// Tests a target: resolves, connects, checks the host key and signs in, then leaves.
///
/// Steps go to `steps`. Nobody is asked and nothing is stored: a missing credential or an unknown
/// host key that a person could confirm counts as fine, with `would_ask` set.
pub async fn probe(
    grant: TargetGrant,
    steps: mpsc::Sender<ConnectStep>,
    cancel: CancellationToken,
) -> ProbeReport {
    let mut person = Person::absent(&steps);
    let reached = select! {
        biased;
        () = cancel.cancelled() => Err(Failure::unwanted()),
        reached = knock(&grant, &mut person) => reached,
    };
    let host_key = person.host_key.as_deref().and_then(fingerprint_of);
    let (reason, would_ask, text) = match reached {
        Ok(()) => (
            None,
            None,
            "The target accepts the connection and the sign-in.".to_owned(),
        ),
        Err(Failure::WouldAsk(kind)) => (None, Some(kind), asking(kind).to_owned()),
        Err(Failure::Ended { reason, text }) => (Some(reason), None, text),
    };
    ProbeReport {
        is_ok: reason.is_none(),
        reason,
        would_ask,
        text,
        host_key,
    }
}

/// How a host key or certificate is shown: one of a desktop is a fingerprint already.
fn fingerprint_of(line: &str) -> Option<String> {
    if line.starts_with("x509-") {
        return Some(line.to_owned());
    }
    ssh::fingerprint_of_line(line)
}

/// Connects, signs in and leaves.
async fn knock(grant: &TargetGrant, person: &mut Person<'_>) -> Result<(), Failure> {
    match grant.vnc() {
        None => ssh::establish(grant, 0, person).await?.leave().await,
        Some(settings) => establish_vnc(grant, settings, person).await?.leave().await,
    }
    Ok(())
}

const fn asking(kind: AskKind) -> &'static str {
    match kind {
        AskKind::Credentials => "The target answers; it will ask for a user name or password.",
        AskKind::KeyboardInteractive => "The target answers; it will ask questions to sign in.",
        AskKind::Passphrase => "The target answers; the passphrase of the key will be asked for.",
        AskKind::HostKey => "The target answers; its host key will have to be confirmed.",
    }
}
