//! The setup link: lets the first admin in, once, without a default password.

use std::sync::Arc;
use std::time::Duration;

use schema::store::{NewUser, SetupLinkState, Store, StoreError, User};
use shared::secret::Secret;
use shared::time::Clock;

use super::{PasswordError, PasswordRule, Passwords, Token};

/// How long a link can be used: a day, for whoever installs today and signs in tomorrow.
pub const SETUP_LINK_LIFE: Duration = Duration::from_hours(24);

/// Why a link did not let somebody in.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Somebody has used it.
    #[error("setup link was used already")]
    Used,
    /// It was not used in time.
    #[error("setup link has expired")]
    Expired,
    /// It never existed, or a newer one replaced it.
    #[error("setup link is unknown")]
    Unknown,
    /// The password is unfit, or could not be hashed.
    #[error("password is unfit")]
    Password(#[source] PasswordError),
    /// The store failed, or the name is taken.
    #[error("store failed")]
    Store(#[from] StoreError),
}

/// Makes and honours setup links.
#[derive(Clone)]
pub struct Setups {
    store: Store,
    passwords: Passwords,
    rule: PasswordRule,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Setups {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setups").finish_non_exhaustive()
    }
}

impl Setups {
    /// Puts the parts together.
    pub fn new(
        store: Store,
        passwords: Passwords,
        rule: PasswordRule,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            passwords,
            rule,
            clock,
        }
    }

    /// Whether nobody can manage Baton yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_needed(&self) -> Result<bool, StoreError> {
        Ok(!self.store.users().has_any_admin().await?)
    }

    /// Makes a link; unused older ones stop working.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issue(&self) -> Result<Token, StoreError> {
        let token = Token::generate();
        let expires_at = self.clock.wall().plus(SETUP_LINK_LIFE);
        let links = self.store.setup_links();
        links.replace(token.hash(), expires_at).await?;
        Ok(token)
    }

    /// Uses a link up and makes an admin.
    ///
    /// # Errors
    /// The link is used, expired or unknown; the name or password does not fit.
    pub async fn redeem(
        &self,
        token: &Token,
        name: &str,
        password: Secret<String>,
    ) -> Result<User, SetupError> {
        let links = self.store.setup_links();
        judge(links.state(token.hash()).await?)?;
        // Everything that can be wrong is checked before the link is used up.
        self.rule
            .check(name, password.expose())
            .map_err(SetupError::Password)?;
        if name.trim().is_empty() {
            return Err(StoreError::Conflict { what: "bad_name" }.into());
        }
        if self.store.users().by_name(name).await?.is_some() {
            return Err(StoreError::Conflict { what: "name_taken" }.into());
        }
        let hash = self.passwords.hash(password).await;
        let hash = hash.map_err(SetupError::Password)?;
        let admin = NewUser {
            name: name.to_owned(),
            display_name: String::new(),
            is_admin: true,
            password_hash: Some(hash),
            must_change_password: false,
        };
        if let Some(user) = links.redeem(token.hash(), admin).await? {
            return Ok(user);
        }
        judge(links.state(token.hash()).await?)?;
        Err(SetupError::Used)
    }
}

const fn judge(state: SetupLinkState) -> Result<(), SetupError> {
    match state {
        SetupLinkState::Usable => Ok(()),
        SetupLinkState::Used => Err(SetupError::Used),
        SetupLinkState::Expired => Err(SetupError::Expired),
        SetupLinkState::Unknown => Err(SetupError::Unknown),
    }
}
