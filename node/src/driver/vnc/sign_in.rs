//! Signing in: what is known, what a person is asked, and what is remembered between connections.

use shared::close::CloseReason;
use shared::secret::Secret;

use super::certificate::{self, Verdict};
use super::security::Preference;
use crate::driver::failure::Failure;
use crate::driver::person::{Person, Question};
use crate::driver::text::tame_line;
use crate::driver::{
    AskField, AskKind, CertificatePolicy, Credential, DriverEvent, Identity, TargetAddress,
    VncSettings,
};

/// How often a person may type a password.
const ASKS: usize = 3;

/// Where to, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal<'g> {
    pub(super) address: &'g TargetAddress,
    pub(super) settings: &'g VncSettings,
}

/// What must be done before the next connection.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Nothing,
    Credentials,
    /// Confirm the certificate with this fingerprint.
    Certificate(String),
}

/// One target's sign-in, across connections.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one sign-in"
)]
pub(super) struct SignIn<'g> {
    goal: Goal<'g>,
    user: Option<String>,
    password: Option<Secret<String>>,
    /// A person typed them, so they are worth remembering.
    is_typed: bool,
    /// The server wants a user name as well.
    needs_user: bool,
    /// Something was shown on this connection.
    has_proven: bool,
    /// The server's words about the last proof, when it refused one.
    denial: Option<String>,
    asks: usize,
    wanted: Wanted,
    accepted: Option<String>,
    avoids_vencrypt: bool,
}

impl<'g> SignIn<'g> {
    pub(super) fn new(goal: Goal<'g>, identity: &Identity) -> Self {
        let password = identity.credentials.iter().find_map(|known| match known {
            Credential::Password(secret) => Some(secret.clone()),
            Credential::PrivateKey { .. } => None,
        });
        Self {
            goal,
            user: identity.user.clone().filter(|user| !user.is_empty()),
            password,
            is_typed: false,
            needs_user: false,
            has_proven: false,
            denial: None,
            asks: ASKS,
            wanted: Wanted::Nothing,
            accepted: None,
            avoids_vencrypt: false,
        }
    }

    pub(super) const fn preference(&self) -> Preference {
        Preference {
            has_user: self.user.is_some(),
            has_password: self.password.is_some() || self.denial.is_some(),
            needs_encryption: self.goal.settings.require_encryption,
            avoids_vencrypt: self.avoids_vencrypt,
        }
    }

    /// `VeNCrypt` has nothing for us with this server; true when other types may be tried.
    pub(super) const fn avoids_vencrypt(&mut self) -> bool {
        let is_new = !self.avoids_vencrypt && !self.goal.settings.require_encryption;
        self.avoids_vencrypt = true;
        is_new
    }

    /// What to show; `None` when a person must be asked first.
    pub(super) fn proof(&mut self, needs_user: bool) -> Option<(String, Secret<String>)> {
        self.needs_user = needs_user;
        let user = match (needs_user, &self.user) {
            (true, None) => None,
            (true, Some(user)) => Some(user.clone()),
            (false, _) => Some(String::new()),
        };
        let proof = user.zip(self.password.clone());
        if proof.is_none() {
            self.wanted = Wanted::Credentials;
        }
        self.has_proven = proof.is_some();
        proof
    }

    /// The server refused what was shown; true when a person may try again.
    pub(super) fn is_denied(&mut self, reason: &str) -> bool {
        let was_judged = std::mem::take(&mut self.has_proven);
        self.denial = Some(reason.to_owned());
        self.password = None;
        self.wanted = Wanted::Credentials;
        was_judged
    }

    /// Whether the certificate will do; false when a person must confirm it first.
    ///
    /// # Errors
    /// It is not the known one.
    pub(super) async fn accepts(
        &mut self,
        der: &[u8],
        person: &mut Person<'_>,
    ) -> Result<bool, Failure> {
        let Goal { address, settings } = self.goal;
        let offered = certificate::fingerprint(der);
        person.host_key = Some(offered.clone());
        if let Some(accepted) = &self.accepted {
            let known = vec![accepted.clone()];
            let policy = CertificatePolicy::TrustOnFirstUse { known };
            return match certificate::judge(&policy, &offered) {
                Verdict::Trusted => Ok(true),
                _ if settings.certificates == CertificatePolicy::Ignore => Ok(true),
                _ => Err(certificate::refusal(&policy, address, &offered)),
            };
        }
        match certificate::judge(&settings.certificates, &offered) {
            Verdict::Trusted => {
                self.accepted = Some(offered);
                Ok(true)
            }
            Verdict::FirstUse => {
                self.trust(offered, person).await?;
                Ok(true)
            }
            Verdict::Confirm => {
                self.wanted = Wanted::Certificate(offered);
                Ok(false)
            }
            Verdict::Changed => Err(certificate::refusal(
                &settings.certificates,
                address,
                &offered,
            )),
        }
    }

    async fn trust(&mut self, offered: String, person: &mut Person<'_>) -> Result<(), Failure> {
        let address = self.goal.address;
        self.accepted = Some(offered.clone());
        let trusted = DriverEvent::HostKeyTrusted {
            host: address.host.clone(),
            port: address.port,
            public_key: offered,
        };
        person.tell(trusted).await
    }

    /// Asks what the last connection found missing.
    pub(super) async fn prepare(&mut self, person: &mut Person<'_>) -> Result<(), Failure> {
        match std::mem::replace(&mut self.wanted, Wanted::Nothing) {
            Wanted::Nothing => Ok(()),
            Wanted::Certificate(offered) => {
                self.confirm(&offered, person).await?;
                self.trust(offered, person).await
            }
            Wanted::Credentials if self.asks == 0 => Err(self.refused()),
            Wanted::Credentials => {
                self.asks -= 1;
                let asked = self.ask(person).await;
                match asked {
                    Err(Failure::WouldAsk(_)) if self.denial.is_some() => Err(self.refused()),
                    other => other,
                }
            }
        }
    }

    async fn confirm(&self, offered: &str, person: &mut Person<'_>) -> Result<(), Failure> {
        let address = self.goal.address;
        let question = Question {
            kind: AskKind::HostKey,
            title: format!("Is this {address}?"),
            text: format!(
                "Nobody has connected to {address} before. Its certificate has the fingerprint\n\
                 {offered}\nCompare it with what the server's admin says before you accept it."
            ),
            fields: Vec::new(),
        };
        person.ask(question).await.map(drop)
    }

    async fn ask(&mut self, person: &mut Person<'_>) -> Result<(), Failure> {
        let address = self.goal.address;
        let mut fields = Vec::new();
        if self.needs_user {
            fields.push(AskField {
                label: "User name".to_owned(),
                is_secret: false,
                value: self.user.clone().unwrap_or_default(),
            });
        }
        fields.push(AskField {
            label: "Password".to_owned(),
            is_secret: true,
            value: String::new(),
        });
        let question = Question {
            kind: AskKind::Credentials,
            title: format!("Sign in to {address}"),
            text: self.denial.as_deref().map(denied).unwrap_or_default(),
            fields,
        };
        let mut values = person.ask(question).await?.into_iter();
        if self.needs_user {
            let user = values.next().map(|user| user.expose().trim().to_owned());
            self.user = user.filter(|user| !user.is_empty());
        }
        self.password = values.next();
        self.is_typed = true;
        Ok(())
    }

    /// Tells which typed credentials were right.
    pub(super) async fn announce(&self, person: &mut Person<'_>) -> Result<(), Failure> {
        let password = self.password.clone();
        let Some(password) = password.filter(|_| self.is_typed && self.has_proven) else {
            return Ok(());
        };
        let accepted = Identity {
            user: self.user.clone().filter(|_| self.needs_user),
            credentials: vec![Credential::Password(password)],
        };
        person
            .tell(DriverEvent::CredentialsAccepted(accepted))
            .await
    }

    /// Everything is used up.
    pub(super) fn refused(&self) -> Failure {
        let said = self.denial.as_deref().unwrap_or_default();
        let said = said.trim_end_matches('.');
        let address = self.goal.address;
        let text = if said.is_empty() {
            format!("{address} refused the credentials.")
        } else {
            format!(
                "{address} refused the credentials ({}).",
                tame_line(said, 300)
            )
        };
        Failure::new(CloseReason::AuthenticationFailed, text)
    }
}

fn denied(reason: &str) -> String {
    let reason = reason.trim_end_matches('.');
    if reason.is_empty() {
        return "The target refused the last credentials.".to_owned();
    }
    format!(
        "The target refused the last credentials: {}.",
        tame_line(reason, 300)
    )
}
