//! Signing in: which way to try next, and what is remembered between the tries.
//!
//! The order is none, keys, passwords, keyboard-interactive, and then a person. A server may cut
//! the connection after some failures (`MaxAuthTries`) or while a person thinks
//! (`LoginGraceTime`); what is left is then tried on a new connection.

use std::collections::VecDeque;

use russh::client::AuthResult;
use russh::{MethodKind, MethodSet};
use shared::close::CloseReason;
use shared::secret::Secret;

use super::auth::Door;
use super::connect::Shaken;
use super::gate::Gate;
use super::plan::{Left, Move, plan};
use crate::driver::failure::Failure;
use crate::driver::person::{Person, Question};
use crate::driver::text::tame_line;
use crate::driver::{
    AskField, AskKind, ConnectStep, Credential, DriverEvent, Identity, TargetAddress, TargetGrant,
};

/// How often a person may type a password.
const PASSWORD_ASKS: usize = 3;

/// How often keyboard-interactive is started.
const INTERACTIVE_TRIES: usize = 3;

/// How a connection's sign-in ended, when it did not fail.
pub(crate) enum Outcome {
    SignedIn(Shaken),
    /// Connect again and go on with what is left.
    Again,
}

/// A private key to try.
#[derive(Clone, Debug)]
pub(super) struct KeyTry {
    pub(super) pem: Secret<String>,
    pub(super) passphrase: Option<Secret<String>>,
    pub(super) is_typed: bool,
}

/// A password to try.
#[derive(Clone, Debug)]
pub(super) struct PasswordTry {
    pub(super) secret: Secret<String>,
    pub(super) is_typed: bool,
    /// It was under way once when the connection broke.
    pub(super) is_retry: bool,
}

/// A credential that a server may judge.
#[derive(Clone, Debug)]
pub(super) enum Factor {
    Key(KeyTry),
    Password(PasswordTry),
}

/// One target's sign-in, across connections.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one sign-in"
)]
pub(crate) struct SignIn<'g> {
    pub(super) address: &'g TargetAddress,
    grant: &'g TargetGrant,
    /// The target itself, not a jump host on the way.
    is_target: bool,
    pub(super) user: String,
    is_user_typed: bool,
    keys: VecDeque<KeyTry>,
    pub(super) passwords: VecDeque<PasswordTry>,
    asks: usize,
    pub(super) interactive: usize,
    /// What a server has accepted in part; needed again on a new connection.
    passed: Vec<Factor>,
    /// What is being judged.
    pub(super) under_way: Option<Factor>,
    pub(super) key_trouble: Option<String>,
    pub(super) was_refused: bool,
    was_password_refused: bool,
    has_tried: bool,
}

impl<'g> SignIn<'g> {
    pub(crate) fn new(grant: &'g TargetGrant, is_target: bool) -> Self {
        let mut sign_in = Self {
            address: grant.address(),
            grant,
            is_target,
            user: grant.identity().user.clone().unwrap_or_default(),
            is_user_typed: false,
            keys: VecDeque::new(),
            passwords: VecDeque::new(),
            asks: PASSWORD_ASKS,
            interactive: INTERACTIVE_TRIES,
            passed: Vec::new(),
            under_way: None,
            key_trouble: None,
            was_refused: false,
            was_password_refused: false,
            has_tried: false,
        };
        for credential in &grant.identity().credentials {
            sign_in.store(credential);
        }
        sign_in
    }

    fn store(&mut self, credential: &Credential) {
        match credential.clone() {
            Credential::Password(secret) => self.passwords.push_back(PasswordTry {
                secret,
                is_typed: false,
                is_retry: false,
            }),
            Credential::PrivateKey { pem, passphrase } => self.keys.push_back(KeyTry {
                pem,
                passphrase,
                is_typed: false,
            }),
        }
    }

    /// Signs in on one connection.
    pub(crate) async fn run(
        &mut self,
        mut shaken: Shaken,
        gate: &mut Gate<'_>,
        person: &mut Person<'_>,
    ) -> Result<Outcome, Failure> {
        self.know_user(person).await?;
        let user = tame_line(&self.user, 128);
        person
            .tell_step(ConnectStep::Authenticating { user })
            .await?;
        self.has_tried = false;
        let limit = self.grant.ssh().step_timeout;
        let mut door = Door {
            shaken: &mut shaken,
            gate,
            person,
            limit,
            address: self.address,
        };
        let mut reply = door.none(&self.user).await?;
        loop {
            let offered = match reply {
                AuthResult::Success => {
                    self.announce(person).await?;
                    return Ok(Outcome::SignedIn(shaken));
                }
                AuthResult::Failure {
                    remaining_methods,
                    partial_success,
                } => {
                    self.settle(partial_success, &remaining_methods);
                    remaining_methods
                }
            };
            if offered.is_empty() {
                return self.cut_off(&mut shaken).await;
            }
            match self.next_reply(&offered, &mut door).await? {
                Some(next) => reply = next,
                None => return Ok(self.again()),
            }
        }
    }

    /// Makes moves until one is judged; `None` asks for a new connection.
    async fn next_reply(
        &mut self,
        offered: &MethodSet,
        door: &mut Door<'_, '_, '_>,
    ) -> Result<Option<AuthResult>, Failure> {
        loop {
            let left = Left {
                keys: !self.keys.is_empty(),
                passwords: !self.passwords.is_empty(),
                asks: self.asks > 0,
                interactive: self.interactive > 0,
                was_password_refused: self.was_password_refused,
            };
            let judged = match plan(offered, left) {
                Move::Key => match self.keys.pop_front() {
                    Some(key) => Box::pin(self.try_key(key, door)).await?,
                    None => None,
                },
                Move::Password => self.try_password(door).await?,
                Move::Interactive => Some(Box::pin(self.interact(door)).await?),
                Move::AskPassword => {
                    if self.ask_password(door.person).await? {
                        return Ok(None);
                    }
                    None
                }
                Move::GiveUp => return Err(self.refused(offered)),
            };
            if let Some(reply) = judged {
                self.has_tried = true;
                return Ok(Some(reply));
            }
        }
    }

    /// Notes how the credential under way was judged.
    fn settle(&mut self, is_partly_accepted: bool, remaining: &MethodSet) {
        if remaining.is_empty() {
            return; // Cut off without a verdict; `cut_off` decides.
        }
        if let Some(factor) = self.under_way.take() {
            if is_partly_accepted {
                self.passed.push(factor);
            } else {
                self.was_refused = true;
                self.was_password_refused |= matches!(factor, Factor::Password(_));
            }
        }
    }

    /// The server ended the connection instead of answering.
    async fn cut_off(&mut self, shaken: &mut Shaken) -> Result<Outcome, Failure> {
        use super::failure::Lost;
        let lost = super::auth::how_lost(&mut shaken.lost).await;
        match lost {
            Lost::NoMethod => {
                return Err(Failure::new(
                    CloseReason::AuthenticationFailed,
                    lost.text(self.address),
                ));
            }
            // A goodbye is a verdict ("too many authentication failures"); a break is none, so the
            // credential gets one more chance.
            Lost::Goodbye(_) | Lost::Violation => {
                self.was_refused |= self.under_way.take().is_some();
            }
            Lost::Silent | Lost::Broken => self.retry_under_way(),
        }
        let is_anything_left = !self.keys.is_empty()
            || !self.passwords.is_empty()
            || self.asks > 0
            || self.interactive > 0;
        if self.has_tried && is_anything_left {
            return Ok(self.again());
        }
        let reason = if self.was_refused {
            CloseReason::AuthenticationFailed
        } else {
            CloseReason::TargetLost
        };
        Err(Failure::new(reason, lost.text(self.address)))
    }

    fn retry_under_way(&mut self) {
        match self.under_way.take() {
            Some(Factor::Password(mut password)) if !password.is_retry => {
                password.is_retry = true;
                self.passwords.push_front(password);
            }
            Some(Factor::Password(_) | Factor::Key(_)) => self.was_refused = true,
            None => {}
        }
    }

    /// What was accepted in part must be shown again on the next connection.
    fn again(&mut self) -> Outcome {
        for factor in self.passed.drain(..).rev() {
            match factor {
                Factor::Key(key) => self.keys.push_front(key),
                Factor::Password(password) => self.passwords.push_front(password),
            }
        }
        Outcome::Again
    }

    async fn know_user(&mut self, person: &mut Person<'_>) -> Result<(), Failure> {
        for _ in 0..PASSWORD_ASKS {
            if !self.user.is_empty() {
                return Ok(());
            }
            let has_credentials = !self.keys.is_empty() || !self.passwords.is_empty();
            self.ask_credentials(person, "", true, !has_credentials)
                .await?;
        }
        if self.user.is_empty() {
            return Err(Failure::new(
                CloseReason::AuthenticationFailed,
                format!("{} needs a user name.", self.address),
            ));
        }
        Ok(())
    }

    /// Asks for a password, and for the user name where a person typed it; true when the name is
    /// another now, which takes a new connection (RFC 4252 §5).
    async fn ask_password(&mut self, person: &mut Person<'_>) -> Result<bool, Failure> {
        self.asks = self.asks.saturating_sub(1);
        let text = if self.was_refused {
            "The target refused the last credentials."
        } else {
            ""
        };
        let before = self.user.clone();
        let asked = self
            .ask_credentials(person, text, self.is_user_typed, true)
            .await;
        match asked {
            Err(Failure::WouldAsk(_)) if self.was_refused => Err(self.refused_everything()),
            Err(failure) => Err(failure),
            Ok(()) => Ok(self.user != before),
        }
    }

    async fn ask_credentials(
        &mut self,
        person: &mut Person<'_>,
        text: &str,
        wants_user: bool,
        wants_password: bool,
    ) -> Result<(), Failure> {
        let mut fields = Vec::new();
        if wants_user {
            fields.push(field("User name", false, &self.user));
        }
        if wants_password {
            fields.push(field("Password", true, ""));
        }
        let title = if wants_user {
            format!("Sign in to {}", self.address)
        } else {
            format!(
                "Password of {} at {}",
                tame_line(&self.user, 64),
                self.address
            )
        };
        let kind = AskKind::Credentials;
        let text = text.to_owned();
        let question = Question {
            kind,
            title,
            text,
            fields,
        };
        let mut values = person.ask(question).await?.into_iter();
        if wants_user {
            let name = values.next().map(|name| name.expose().trim().to_owned());
            self.user = name.unwrap_or_default();
            self.is_user_typed = true;
        }
        let typed = values.next().filter(|secret| !secret.expose().is_empty());
        if let Some(secret) = typed.filter(|_| wants_password) {
            self.passwords.push_back(PasswordTry {
                secret,
                is_typed: true,
                is_retry: false,
            });
        }
        Ok(())
    }

    /// Tells which typed credentials were right.
    async fn announce(&mut self, person: &mut Person<'_>) -> Result<(), Failure> {
        let mut is_typed = self.is_user_typed;
        let mut credentials = Vec::new();
        for factor in self.passed.drain(..).chain(self.under_way.take()) {
            match factor {
                Factor::Key(key) if key.is_typed => credentials.push(Credential::PrivateKey {
                    pem: key.pem,
                    passphrase: key.passphrase,
                }),
                Factor::Password(password) if password.is_typed => {
                    credentials.push(Credential::Password(password.secret));
                }
                Factor::Key(_) | Factor::Password(_) => {}
            }
        }
        is_typed |= !credentials.is_empty();
        if !is_typed || !self.is_target {
            return Ok(());
        }
        let user = Some(self.user.clone());
        person
            .tell(DriverEvent::CredentialsAccepted(Identity {
                user,
                credentials,
            }))
            .await
    }

    fn refused(&self, offered: &[MethodKind]) -> Failure {
        let names: Vec<&str> = offered.iter().map(<&str>::from).collect();
        let offers = names.join(", ");
        let who = format!("{} at {}", tame_line(&self.user, 64), self.address);
        let text = if self.was_refused {
            format!("The target refused every credential for {who} (it accepts {offers}).")
        } else {
            format!("There is nothing to sign in with as {who}: the target accepts only {offers}.")
        };
        self.failed(text)
    }

    /// The person and the stored credentials are all used up.
    pub(crate) fn refused_everything(&self) -> Failure {
        let who = format!("{} at {}", tame_line(&self.user, 64), self.address);
        self.failed(format!("The target refused the credentials for {who}."))
    }

    fn failed(&self, mut text: String) -> Failure {
        if let Some(trouble) = &self.key_trouble {
            text.push_str(" Besides, ");
            text.push_str(trouble);
            text.push('.');
        }
        Failure::new(CloseReason::AuthenticationFailed, text)
    }
}

pub(super) fn field(label: &str, is_secret: bool, value: &str) -> AskField {
    AskField {
        label: label.to_owned(),
        is_secret,
        value: value.to_owned(),
    }
}
