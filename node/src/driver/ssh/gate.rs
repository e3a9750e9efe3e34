//! The gate: russh's callbacks brought into the dial's own future, and what is decided there.
//!
//! russh calls its handler in a task of its own. [`Proxy`] forwards the two calls that matter (a
//! host key to judge, a banner) and refuses every channel that a server tries to open towards us.
//! [`Gate`] answers while the dial waits for russh, so that a person can be asked in between.

use std::pin::pin;
use std::time::Duration;

use russh::client::{ChannelOpenHandle, DisconnectReason, Handler, Msg, Session};
use russh::keys::{Algorithm, PublicKey, PublicKeyOrCertificate};
use russh::{Channel, Error};
use tokio::select;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep};

use super::failure::Lost;
use super::host_key::{self, Verdict};
use crate::driver::failure::Failure;
use crate::driver::person::{Person, Question};
use crate::driver::text::tame;
use crate::driver::{AskKind, DriverEvent, HostKeyPolicy, TargetAddress, TargetGrant};

/// Characters of banner shown per dial; servers have legal texts, not books.
const MOST_BANNER: usize = 8 * 1024;

/// What russh wants decided or told.
#[derive(Debug)]
pub(crate) enum Call {
    HostKey {
        key: Box<PublicKey>,
        reply: oneshot::Sender<bool>,
    },
    Banner(String),
}

/// Calls in flight; the server waits while a person decides.
pub(crate) const CALLS: usize = 4;

/// Forwards what matters from russh's task.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) calls: mpsc::Sender<Call>,
    pub(crate) lost: watch::Sender<Option<Lost>>,
}

impl Handler for Proxy {
    type Error = Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Error> {
        let (reply, answer) = oneshot::channel();
        let key = Box::new(key.public_key());
        let is_heard = self.calls.send(Call::HostKey { key, reply }).await.is_ok();
        Ok(is_heard && answer.await.unwrap_or(false))
    }

    async fn auth_banner(&mut self, banner: &str, _session: &mut Session) -> Result<(), Error> {
        // Nobody listens once the session is live, and no banner may come then.
        drop(
            self.calls
                .send(Call::Banner(tame(banner, MOST_BANNER)))
                .await,
        );
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Error>) -> Result<(), Error> {
        let lost = match &reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                Lost::from_goodbye(&info.reason_code, &info.message)
            }
            DisconnectReason::Error(error) => Lost::from_error(error),
        };
        self.lost.send_replace(Some(lost));
        Ok(())
    }

    // A server has no business opening channels towards us; dropping the handle refuses.

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _channel: Channel<Msg>,
        _connected_address: &str,
        _connected_port: u32,
        _originator_address: &str,
        _originator_port: u32,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _channel: Channel<Msg>,
        _socket_path: &str,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _channel: Channel<Msg>,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _channel: Channel<Msg>,
        _host_to_connect: &str,
        _port_to_connect: u32,
        _originator_address: &str,
        _originator_port: u32,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _channel: Channel<Msg>,
        _socket_path: &str,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_x11(
        &mut self,
        _channel: Channel<Msg>,
        _originator_address: &str,
        _originator_port: u32,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }
}

/// Decides over one target's host keys, for all connections of one dial.
#[derive(Debug)]
pub(crate) struct Gate<'g> {
    policy: &'g HostKeyPolicy,
    address: &'g TargetAddress,
    accepted: Option<PublicKey>,
    refused: Option<Failure>,
    /// Algorithms of keys that did not match while another key of the server still might.
    avoid: Vec<Algorithm>,
    banner_left: usize,
}

impl<'g> Gate<'g> {
    pub(crate) fn new(grant: &'g TargetGrant) -> Self {
        Self {
            policy: &grant.ssh().host_keys,
            address: grant.address(),
            accepted: None,
            refused: None,
            avoid: Vec::new(),
            banner_left: MOST_BANNER,
        }
    }

    pub(crate) fn known_algorithms(&self) -> Vec<Algorithm> {
        match &self.accepted {
            Some(key) => vec![key.algorithm()],
            None => host_key::known_algorithms(self.policy, self.address),
        }
    }

    pub(crate) fn avoided(&self) -> &[Algorithm] {
        &self.avoid
    }

    /// Why the last host key was refused.
    pub(crate) const fn refusal(&self) -> Option<&Failure> {
        self.refused.as_ref()
    }

    /// Banners of a later connection would only repeat those of the first.
    pub(crate) const fn hush(&mut self) {
        self.banner_left = 0;
    }

    /// Whether showing another key might still satisfy the policy: then the one refused is
    /// avoided, and the caller connects again.
    pub(crate) fn tries_another_key(&mut self, refused: &PublicKey) -> bool {
        let algorithm = refused.algorithm();
        if !host_key::knows_bare_fingerprints(self.policy) || self.avoid.contains(&algorithm) {
            return false;
        }
        self.avoid.push(algorithm);
        true
    }

    /// Runs `work`, answering russh meanwhile; `None` when it took longer than `limit`, not
    /// counting the time a person needs.
    pub(crate) async fn serve<T>(
        &mut self,
        work: impl Future<Output = T>,
        limit: Duration,
        calls: &mut mpsc::Receiver<Call>,
        person: &mut Person<'_>,
    ) -> Result<Option<T>, Failure> {
        let mut work = pin!(work);
        let mut timer = pin!(sleep(limit));
        loop {
            let call = select! {
                biased;
                // First, so that a flood of banners does not keep it from being looked at.
                () = &mut timer => return Ok(None),
                Some(call) = calls.recv() => call,
                done = &mut work => return Ok(Some(done)),
                () = person.attend() => return Err(Failure::unwanted()),
            };
            // A person was asked, perhaps. A banner is no progress: a server could send them for ever.
            let is_question = matches!(call, Call::HostKey { .. });
            self.answer(call, person).await?;
            if is_question {
                timer.as_mut().reset(Instant::now() + limit);
            }
        }
    }

    async fn answer(&mut self, call: Call, person: &mut Person<'_>) -> Result<(), Failure> {
        match call {
            Call::HostKey { key, reply } => {
                let is_accepted = self.judge(&key, person).await?;
                // The connection may have gone meanwhile; the wait for it will tell.
                let _gone = reply.send(is_accepted);
                Ok(())
            }
            Call::Banner(banner) => self.show_banner(banner, person).await,
        }
    }

    async fn show_banner(
        &mut self,
        banner: String,
        person: &mut Person<'_>,
    ) -> Result<(), Failure> {
        let text = tame(&banner, self.banner_left);
        if text.trim().is_empty() {
            return Ok(());
        }
        self.banner_left = self.banner_left.saturating_sub(text.chars().count());
        let code = "banner";
        person.tell(DriverEvent::Notice { code, text }).await
    }

    async fn judge(&mut self, key: &PublicKey, person: &mut Person<'_>) -> Result<bool, Failure> {
        person.host_key = Some(host_key::line(key));
        if let Some(accepted) = &self.accepted {
            if accepted.key_data() == key.key_data() {
                return Ok(true);
            }
            let known = vec![host_key::fingerprint(accepted)];
            self.refused = host_key::refusal(&Verdict::Changed { known }, self.address, key);
            return Ok(false);
        }
        let verdict = host_key::judge(self.policy, self.address, key);
        self.refused = host_key::refusal(&verdict, self.address, key);
        if self.refused.is_some() {
            return Ok(false);
        }
        let is_new = matches!(verdict, Verdict::FirstUse | Verdict::Confirm);
        if verdict == Verdict::Confirm {
            self.confirm(key, person).await?;
        }
        if is_new {
            person.tell(self.trusted(key)).await?;
        }
        self.accepted = Some(key.clone());
        Ok(true)
    }

    async fn confirm(&self, key: &PublicKey, person: &mut Person<'_>) -> Result<(), Failure> {
        let question = Question {
            kind: AskKind::HostKey,
            title: format!("Is this {}?", self.address),
            text: format!(
                "Nobody has connected to {} before. Its {} key has the fingerprint\n{}\nCompare it \
                 with what the server's admin says before you accept it.",
                self.address,
                key.algorithm(),
                host_key::fingerprint(key)
            ),
            fields: Vec::new(),
        };
        person.ask(question).await.map(drop)
    }

    fn trusted(&self, key: &PublicKey) -> DriverEvent {
        DriverEvent::HostKeyTrusted {
            host: self.address.host.clone(),
            port: self.address.port,
            public_key: host_key::line(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::id::{SessionId, UserId};
    use shared::terminal::TerminalSize;

    use super::*;
    use crate::driver::{AddressPolicy, GrantParts, Identity, SshSettings, link};

    const LIMIT: Duration = Duration::from_secs(10);

    fn grant() -> TargetGrant {
        TargetGrant::issue(GrantParts {
            session: SessionId::generate(),
            user: UserId::generate(),
            target: None,
            address: TargetAddress {
                host: "chatty.example".to_owned(),
                port: 22,
            },
            addresses: AddressPolicy::metadata_denied(),
            vnc: None,
            ssh: SshSettings {
                host_keys: HostKeyPolicy::TrustOnFirstUse { known: Vec::new() },
                term: "xterm".to_owned(),
                environment: std::collections::BTreeMap::new(),
                command: None,
                keepalive: Duration::ZERO,
                step_timeout: LIMIT,
                allow_legacy_algorithms: false,
                files: false,
                initial_size: TerminalSize::DEFAULT,
            },
            identity: Identity {
                user: None,
                credentials: Vec::new(),
            },
            jump: None,
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_only_sends_banners_times_out_all_the_same() {
        let grant = grant();
        let mut gate = Gate::new(&grant);
        let (mut session, mut ends) = link();
        let mut person = Person::in_session(&mut ends, TerminalSize::DEFAULT);
        let (told, mut calls) = mpsc::channel(CALLS);
        let talk = async {
            loop {
                sleep(LIMIT * 9 / 10).await;
                drop(told.send(Call::Banner("wait".to_owned())).await);
            }
        };
        let listen = async { while session.events.recv().await.is_some() {} };
        let start = Instant::now();

        let served = gate.serve(std::future::pending::<()>(), LIMIT, &mut calls, &mut person);
        let outcome = tokio::select! {
            served = tokio::time::timeout(10 * LIMIT, served) => served,
            () = talk => unreachable!("it talks for ever"),
            () = listen => unreachable!("the driver's end is held"),
        };

        let outcome = outcome.expect("banners keep the dial alive");
        assert!(matches!(outcome, Ok(None)));
        assert_eq!(start.elapsed(), LIMIT);
    }
}
