//! Signing in: throttle, check, begin a login. One message for every way to be wrong.

use std::net::IpAddr;
use std::time::Duration;

use metrics::counter;
use schema::store::{Store, StoreError, User};
use serde_json::json;
use shared::secret::Secret;

use super::{Auditor, Caller, Event, Logins, PasswordError, Passwords, Throttle, Token, Verdict};
use crate::metrics::AUTH_ATTEMPTS;
use crate::telemetry::chain;

/// Why somebody was not let in, split by what the caller answers.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown name, wrong password, disabled user: nobody learns which.
    #[error("name or password is wrong")]
    Wrong,
    /// Too many tries; wait this long.
    #[error("too many tries")]
    Throttled(Duration),
    /// The password pool failed.
    #[error("password could not be checked")]
    Password(#[source] PasswordError),
    /// The store failed.
    #[error("store failed")]
    Store(#[from] StoreError),
}

/// A try to sign in.
#[derive(Debug)]
pub struct SignInRequest {
    /// The name as typed.
    pub name: String,
    /// The password as typed.
    pub password: Secret<String>,
    /// Where from.
    pub address: IpAddr,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// Checks people. Clones share everything.
#[derive(Clone, Debug)]
pub struct SignIn {
    store: Store,
    passwords: Passwords,
    throttle: Throttle,
    logins: Logins,
    auditor: Auditor,
}

impl SignIn {
    /// Puts the parts together.
    pub const fn new(
        store: Store,
        passwords: Passwords,
        throttle: Throttle,
        logins: Logins,
        auditor: Auditor,
    ) -> Self {
        Self {
            store,
            passwords,
            throttle,
            logins,
            auditor,
        }
    }

    /// What counts tries; other ways in count there as well.
    pub const fn throttle(&self) -> &Throttle {
        &self.throttle
    }

    /// Lets a person in, or says why not.
    ///
    /// # Errors
    /// Wrong, throttled, busy, or a store that does not answer.
    pub async fn sign_in(&self, request: SignInRequest) -> Result<(Token, Caller), SignInError> {
        let SignInRequest {
            name,
            password,
            address,
            user_agent,
        } = request;
        let user = match self.check(&name, password, address).await {
            Ok(user) => user,
            Err(error) => {
                self.note_failure(&name, address, &error).await;
                return Err(error);
            }
        };
        let (token, caller) = self.logins.begin(&user, address, &user_agent).await?;
        self.store.users().record_sign_in(user.id).await?;
        counter!(AUTH_ATTEMPTS, "method" => "password", "result" => "ok").increment(1);
        self.auditor
            .record(Event::new("user.login").by(&caller))
            .await;
        Ok((token, caller))
    }

    /// Checks a password without beginning a login, with the same throttle.
    ///
    /// # Errors
    /// As [`SignIn::sign_in`].
    pub async fn check(
        &self,
        name: &str,
        password: Secret<String>,
        address: IpAddr,
    ) -> Result<User, SignInError> {
        let reservation = self
            .throttle
            .begin(name, address)
            .await
            .map_err(SignInError::Throttled)?;
        let found = match self.store.users().by_name(name).await {
            Ok(found) => found.filter(|user| !user.is_disabled),
            Err(error) => {
                reservation.not_tried().await;
                return Err(error.into());
            }
        };
        let stored = found.as_ref().and_then(|user| user.password_hash.clone());
        match (self.passwords.verify(password, stored).await, found) {
            (Ok(Verdict::Right { renewed }), Some(user)) => {
                reservation.succeeded().await;
                self.renew(&user, renewed).await;
                Ok(user)
            }
            (Ok(Verdict::Right { .. } | Verdict::Wrong), _) => Err(SignInError::Wrong),
            (Err(error), _) => {
                reservation.not_tried().await;
                Err(SignInError::Password(error))
            }
        }
    }

    async fn renew(&self, user: &User, renewed: Option<Secret<String>>) {
        let Some(hash) = renewed else { return };
        let users = self.store.users();
        let write = users.set_password(user.id, hash, user.must_change_password);
        if let Err(error) = write.await {
            tracing::warn!(error = %chain(&error), "Renewed password hash was not stored");
        }
    }

    async fn note_failure(&self, name: &str, address: IpAddr, error: &SignInError) {
        let (result, code) = match error {
            SignInError::Wrong => ("wrong", "user.login.fail"),
            SignInError::Throttled(_) => ("throttled", "rate_limit.hit"),
            SignInError::Password(_) | SignInError::Store(_) => ("failed", "user.login.fail"),
        };
        counter!(AUTH_ATTEMPTS, "method" => "password", "result" => result).increment(1);
        // A flood of throttled tries must not become a flood of rows.
        if matches!(error, SignInError::Throttled(_)) {
            tracing::warn!(%address, "Sign-in throttled");
            return;
        }
        let event = Event::new(code)
            .by_stranger(None, name, address)
            .detail(json!({ "reason": result }));
        self.auditor.record(event.denied()).await;
    }
}
