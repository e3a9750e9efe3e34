//! The single tries of a sign-in, each with its time limit (RFC 4252).

use std::time::Duration;

use russh::client::{AuthResult, KeyboardInteractiveAuthResponse};
use russh::keys::{HashAlg, PrivateKeyWithHashAlg};
use russh::{Error, MethodSet};
use shared::close::CloseReason;
use shared::secret::Secret;
use tokio::sync::watch;
use tokio::time::timeout;

use super::connect::Shaken;
use super::failure::Lost;
use super::gate::Gate;
use super::key::{self, KeyError};
use super::sign_in::{Factor, KeyTry, SignIn, field};
use crate::driver::failure::Failure;
use crate::driver::person::{Person, Question};
use crate::driver::{AskKind, DriverEvent, TargetAddress};

/// How long a connection's task may take to say how it ended.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How often a person may type a passphrase.
const PASSPHRASE_ASKS: usize = 3;

/// Rounds of keyboard-interactive may wait for a phone to be tapped.
const INTERACTIVE_PATIENCE: u32 = 6;

/// Everything a try needs.
pub(super) struct Door<'a, 'g, 'p> {
    pub(super) shaken: &'a mut Shaken,
    pub(super) gate: &'a mut Gate<'g>,
    pub(super) person: &'a mut Person<'p>,
    pub(super) limit: Duration,
    pub(super) address: &'a TargetAddress,
}

/// How a connection ended; `Broken` when its task does not say.
pub(super) async fn how_lost(lost: &mut watch::Receiver<Option<Lost>>) -> Lost {
    match timeout(LAST_WORDS, lost.wait_for(Option::is_some)).await {
        Ok(Ok(said)) => said.clone().unwrap_or(Lost::Broken),
        Ok(Err(_)) | Err(_) => Lost::Broken,
    }
}

/// Stands for "the connection ended instead of an answer".
fn cut_off() -> AuthResult {
    AuthResult::Failure {
        remaining_methods: MethodSet::empty(),
        partial_success: false,
    }
}

impl Door<'_, '_, '_> {
    pub(super) async fn none(&mut self, user: &str) -> Result<AuthResult, Failure> {
        let work = self.shaken.handle.authenticate_none(user);
        let served = self
            .gate
            .serve(work, self.limit, &mut self.shaken.calls, self.person);
        let served = Box::pin(served).await?;
        self.judged(served, "the sign-in")
    }

    async fn password(
        &mut self,
        user: &str,
        secret: &Secret<String>,
    ) -> Result<AuthResult, Failure> {
        let work = self
            .shaken
            .handle
            .authenticate_password(user, secret.expose());
        let served = self
            .gate
            .serve(work, self.limit, &mut self.shaken.calls, self.person);
        // russh does not show a demand to change the password (RFC 4252 §8): it looks like silence.
        let served = Box::pin(served).await?;
        self.judged(
            served,
            "the password; it may want the password changed first, which needs another SSH client",
        )
    }

    async fn key(&mut self, user: &str, key: PrivateKeyWithHashAlg) -> Result<AuthResult, Failure> {
        let work = self.shaken.handle.authenticate_publickey(user, key);
        let served = self
            .gate
            .serve(work, self.limit, &mut self.shaken.calls, self.person);
        let served = Box::pin(served).await?;
        self.judged(served, "the private key")
    }

    pub(super) async fn start_interactive(
        &mut self,
        user: &str,
    ) -> Result<KeyboardInteractiveAuthResponse, Failure> {
        let work = self
            .shaken
            .handle
            .authenticate_keyboard_interactive_start(user, None);
        let served = self
            .gate
            .serve(work, self.limit, &mut self.shaken.calls, self.person);
        let served = Box::pin(served).await?;
        self.replied(served)
    }

    pub(super) async fn respond(
        &mut self,
        answers: Vec<String>,
    ) -> Result<KeyboardInteractiveAuthResponse, Failure> {
        let limit = self.limit.saturating_mul(INTERACTIVE_PATIENCE);
        let work = self
            .shaken
            .handle
            .authenticate_keyboard_interactive_respond(answers);
        let served = self
            .gate
            .serve(work, limit, &mut self.shaken.calls, self.person);
        let served = Box::pin(served).await?;
        self.replied(served)
    }

    /// The hash to sign with: what the server says it takes, else the strongest.
    async fn rsa_hash(&mut self) -> Option<HashAlg> {
        match self.shaken.handle.best_supported_rsa_hash().await {
            Ok(Some(hash)) => hash,
            Ok(None) | Err(_) => Some(HashAlg::Sha512),
        }
    }

    fn judged(
        &self,
        served: Option<Result<AuthResult, Error>>,
        what: &str,
    ) -> Result<AuthResult, Failure> {
        match served {
            Some(Ok(result)) => Ok(result),
            Some(Err(_)) => Ok(cut_off()),
            None => Err(self.unanswered(what)),
        }
    }

    fn replied(
        &self,
        served: Option<Result<KeyboardInteractiveAuthResponse, Error>>,
    ) -> Result<KeyboardInteractiveAuthResponse, Failure> {
        match served {
            Some(Ok(response)) => Ok(response),
            Some(Err(_)) => Ok(KeyboardInteractiveAuthResponse::Failure {
                remaining_methods: MethodSet::empty(),
                partial_success: false,
            }),
            None => Err(self.unanswered("the answers")),
        }
    }

    fn unanswered(&self, what: &str) -> Failure {
        Failure::new(
            CloseReason::TimedOut,
            format!("{} did not answer {what}.", self.address),
        )
    }
}

impl SignIn<'_> {
    pub(super) async fn try_password(
        &mut self,
        door: &mut Door<'_, '_, '_>,
    ) -> Result<Option<AuthResult>, Failure> {
        let Some(password) = self.passwords.pop_front() else {
            return Ok(None);
        };
        let secret = password.secret.clone();
        self.under_way = Some(Factor::Password(password));
        door.password(&self.user, &secret).await.map(Some)
    }

    /// Tries one key; `None` when it cannot be used, which is told.
    pub(super) async fn try_key(
        &mut self,
        mut key: KeyTry,
        door: &mut Door<'_, '_, '_>,
    ) -> Result<Option<AuthResult>, Failure> {
        for asked in 0..=PASSPHRASE_ASKS {
            match key::read(key.pem.clone(), key.passphrase.clone()).await {
                Ok(read) => {
                    let hash = if read.algorithm().is_rsa() {
                        door.rsa_hash().await
                    } else {
                        None
                    };
                    self.under_way = Some(Factor::Key(key));
                    let key = PrivateKeyWithHashAlg::new(read, hash);
                    return door.key(&self.user, key).await.map(Some);
                }
                Err(error @ (KeyError::Locked | KeyError::WrongPassphrase))
                    if asked < PASSPHRASE_ASKS =>
                {
                    key.passphrase = Some(self.ask_passphrase(&error, door.person).await?);
                    key.is_typed = true;
                }
                Err(error) => {
                    self.key_trouble = Some(error.to_string());
                    let code = "key_unusable";
                    let text = format!("The private key cannot be used: {error}.");
                    door.person.tell(DriverEvent::Notice { code, text }).await?;
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    async fn ask_passphrase(
        &self,
        why: &KeyError,
        person: &mut Person<'_>,
    ) -> Result<Secret<String>, Failure> {
        let text = match why {
            KeyError::WrongPassphrase => "That passphrase does not open the key.",
            KeyError::Locked | KeyError::Unusable(_) => "The private key is protected.",
        };
        let question = Question {
            kind: AskKind::Passphrase,
            title: format!("Passphrase of the key for {}", self.address),
            text: text.to_owned(),
            fields: vec![field("Passphrase", true, "")],
        };
        let is_wrong = *why == KeyError::WrongPassphrase;
        match person.ask(question).await {
            Ok(values) => Ok(values
                .into_iter()
                .next()
                .unwrap_or_else(|| Secret::new(String::new()))),
            // Nobody is there, and what is stored is wrong: that is a failure, not a question.
            Err(Failure::WouldAsk(_)) if is_wrong => Err(Failure::new(
                CloseReason::AuthenticationFailed,
                "The stored passphrase does not open the private key.",
            )),
            Err(failure) => Err(failure),
        }
    }
}
