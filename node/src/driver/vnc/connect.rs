//! From an address to an open desktop: dial, handshake, TLS, sign-in; again when refused.
//!
//! RFB has no second try on a connection, and some servers serve nobody else while one is in its
//! handshake: so the connection is given up before a person is asked, and dialled anew after.

use std::time::Duration;

use bytes::BytesMut;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::select;
use tokio::time::{Instant, timeout, timeout_at};

use super::broken::Broken;
use super::failure::{closed_early, explain, no_tls, silent};
use super::handshake::{Handshake, Need, Opened};
use super::sign_in::{Goal, SignIn};
use super::tls;
use crate::driver::failure::Failure;
use crate::driver::person::Person;
use crate::driver::{AddressPolicy, ConnectStep, Identity, TargetAddress, VncSettings, connect};

/// Connections one sign-in may use: a certificate to confirm, a fallback, three passwords.
const MOST_CONNECTIONS: usize = 8;

/// First bytes kept to name whoever answers instead.
const OPENING: usize = 16;

/// Bytes read at once during the handshake, whose messages are short.
const CHUNK: usize = 4096;

/// Silence after which the system asks whether the peer is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Longest wait for a goodbye.
const GOODBYE: Duration = Duration::from_millis(300);

/// Anything that carries bytes both ways.
pub(super) trait Carrier: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Carrier for T {}

/// An open desktop; dropping it cuts the connection.
pub(crate) struct Connection {
    pub(super) carrier: Box<dyn Carrier>,
    /// Bytes read beyond the handshake.
    pub(super) input: BytesMut,
    pub(super) opened: Opened,
}

impl Connection {
    /// Closes in good order; RFB has no word for it.
    pub(crate) async fn leave(mut self) {
        drop(timeout(GOODBYE, self.carrier.shutdown()).await);
    }
}

/// Connects and signs in.
///
/// # Errors
/// Whatever keeps the desktop from opening, in words for a person.
pub(crate) async fn establish(
    address: &TargetAddress,
    policy: &AddressPolicy,
    settings: &VncSettings,
    identity: &Identity,
    person: &mut Person<'_>,
) -> Result<Connection, Failure> {
    let goal = Goal { address, settings };
    let mut sign_in = SignIn::new(goal, identity);
    for _ in 0..MOST_CONNECTIONS {
        let stream = connect::connect(address, policy, settings.step_timeout, person).await?;
        keep_alive(&stream);
        person.tell_step(ConnectStep::Handshaking).await?;
        let attempt = Attempt {
            goal,
            handshake: Handshake::new(sign_in.preference(), settings.is_shared),
            wire: Wire::Plain(stream),
            input: BytesMut::new(),
            opening: Vec::new(),
        };
        if let Some(connection) = Box::pin(attempt.run(&mut sign_in, person)).await? {
            sign_in.announce(person).await?;
            return Ok(connection);
        }
        sign_in.prepare(person).await?;
    }
    Err(sign_in.refused())
}

/// A peer that has silently gone would otherwise look like a desktop on which nothing changes.
fn keep_alive(stream: &TcpStream) {
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE)
        .with_interval(KEEPALIVE / 3);
    // Without it the peer's loss is merely noticed later.
    drop(SockRef::from(stream).set_tcp_keepalive(&keepalive));
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<dyn Carrier>),
    /// Between the two.
    Gone,
}

impl Wire {
    fn carrier(&mut self) -> Option<&mut dyn Carrier> {
        match self {
            Self::Plain(stream) => Some(stream),
            Self::Tls(stream) => Some(stream),
            Self::Gone => None,
        }
    }
}

/// One connection on its way to an open desktop.
struct Attempt<'g> {
    goal: Goal<'g>,
    handshake: Handshake,
    wire: Wire,
    input: BytesMut,
    opening: Vec<u8>,
}

impl Attempt<'_> {
    /// Runs the handshake; `None` asks for another connection once `sign_in` is prepared.
    async fn run(
        mut self,
        sign_in: &mut SignIn<'_>,
        person: &mut Person<'_>,
    ) -> Result<Option<Connection>, Failure> {
        let mut deadline = self.deadline();
        loop {
            let need = match self.handshake.poll(&mut self.input) {
                Ok(need) => need,
                Err(broken) => return self.give_up(&broken, sign_in),
            };
            self.flush(deadline).await?;
            match need {
                Need::Bytes => {
                    if !self.read(deadline, person).await? {
                        return self.closed(sign_in);
                    }
                    continue;
                }
                Need::Tls => {
                    let certificate = self.begin_tls(deadline, person).await?;
                    if !sign_in.accepts(&certificate, person).await? {
                        return Ok(None);
                    }
                    self.handshake.tls_is_up();
                }
                Need::Password | Need::UserAndPassword => {
                    let needs_user = need == Need::UserAndPassword;
                    let Some((user, password)) = sign_in.proof(needs_user) else {
                        return Ok(None);
                    };
                    let step = ConnectStep::Authenticating { user: user.clone() };
                    self.handshake.prove(&user, &password);
                    person.tell_step(step).await?;
                }
                Need::Nothing(opened) => return self.open(opened).map(Some),
            }
            deadline = self.deadline();
        }
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.goal.settings.step_timeout
    }

    fn late(&self) -> Failure {
        silent(self.goal.address, self.handshake.has_begun())
    }

    fn open(self, opened: Opened) -> Result<Connection, Failure> {
        let carrier: Box<dyn Carrier> = match self.wire {
            Wire::Plain(stream) => Box::new(stream),
            Wire::Tls(stream) => stream,
            Wire::Gone => return Err(closed_early(self.goal.address, true)),
        };
        Ok(Connection {
            carrier,
            input: self.input,
            opened,
        })
    }

    async fn flush(&mut self, deadline: Instant) -> Result<(), Failure> {
        let out = std::mem::take(&mut self.handshake.out);
        let Some(carrier) = self.wire.carrier().filter(|_| !out.is_empty()) else {
            return Ok(());
        };
        let writing = async {
            carrier.write_all(&out).await?;
            carrier.flush().await
        };
        match timeout_at(deadline, writing).await {
            // A failed write shows again, and better explained, as the end of what can be read.
            Ok(Ok(()) | Err(_)) => Ok(()),
            Err(_) => Err(self.late()),
        }
    }

    /// Reads some; false at the end.
    async fn read(&mut self, deadline: Instant, person: &mut Person<'_>) -> Result<bool, Failure> {
        let Some(carrier) = self.wire.carrier() else {
            return Ok(false);
        };
        self.input.reserve(CHUNK);
        let before = self.input.len();
        let read = select! {
            biased;
            read = timeout_at(deadline, carrier.read_buf(&mut self.input)) => read,
            () = person.attend() => return Err(Failure::unwanted()),
        };
        let room = OPENING.saturating_sub(self.opening.len());
        let fresh = self.input.get(before..).unwrap_or_default();
        self.opening.extend(fresh.iter().take(room));
        match read {
            Ok(Ok(count)) => Ok(count > 0),
            Ok(Err(_)) => Ok(false),
            Err(_) => Err(self.late()),
        }
    }

    async fn begin_tls(
        &mut self,
        deadline: Instant,
        person: &mut Person<'_>,
    ) -> Result<Vec<u8>, Failure> {
        let address = self.goal.address;
        let Wire::Plain(stream) = std::mem::replace(&mut self.wire, Wire::Gone) else {
            return Err(closed_early(address, true));
        };
        let begun = select! {
            biased;
            begun = timeout_at(deadline, tls::begin(stream, address.bare_host())) => begun,
            () = person.attend() => return Err(Failure::unwanted()),
        };
        match begun {
            Ok(Ok((stream, certificate))) => {
                self.wire = Wire::Tls(stream);
                Ok(certificate.to_vec())
            }
            Ok(Err(error)) => Err(no_tls(address, &error)),
            Err(_) => Err(self.late()),
        }
    }

    /// The conversation broke: is there another way?
    fn give_up(
        &self,
        broken: &Broken,
        sign_in: &mut SignIn<'_>,
    ) -> Result<Option<Connection>, Failure> {
        match broken {
            Broken::Denied { reason } if sign_in.is_denied(reason) => Ok(None),
            Broken::AnonymousOnly {
                has_others: true, ..
            } if sign_in.avoids_vencrypt() => Ok(None),
            other => Err(explain(other, self.goal.address, &self.opening)),
        }
    }

    /// The server hung up. While it judges a proof that is its verdict.
    fn closed(&self, sign_in: &mut SignIn<'_>) -> Result<Option<Connection>, Failure> {
        if self.handshake.is_judged() {
            let reason = String::new();
            return self.give_up(&Broken::Denied { reason }, sign_in);
        }
        if self.handshake.is_refused() {
            let reason = String::new();
            return self.give_up(&Broken::Refused { reason }, sign_in);
        }
        Err(closed_early(self.goal.address, self.handshake.has_begun()))
    }
}
