//! Logins: from a cookie's token to a person, with idle and absolute expiry.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use schema::store::{LiveLogin, Login, NewLogin, Store, StoreError, User};
use shared::id::{LoginId, UserId};
use shared::time::{Clock, UnixMicros};

use super::Token;
use super::login_cache::{Known, LoginCache};
use crate::telemetry::chain;

/// Activity is written down at most this often.
const TOUCH_EVERY: Duration = Duration::from_mins(1);

/// The database gets this long to say whose token it is.
const PATIENCE: Duration = Duration::from_millis(1500);

/// After it did not answer, it is left alone this long.
const PAUSE: Duration = Duration::from_secs(2);

/// Longest user agent kept, in characters.
const USER_AGENT: usize = 256;

/// Who is asking.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// Sign-in name.
    pub name: String,
    /// Name shown to others.
    pub display_name: String,
    /// May manage everything.
    pub is_admin: bool,
    /// Must choose a new password before anything else.
    pub must_change_password: bool,
    /// The login of this browser.
    pub login: LoginId,
    /// Where the request comes from; known to the listener.
    pub address: Option<IpAddr>,
}

impl Caller {
    fn new(user: &User, login: LoginId) -> Self {
        Self {
            user: user.id,
            name: user.name.clone(),
            display_name: user.display_name.clone(),
            is_admin: user.is_admin,
            must_change_password: user.must_change_password,
            login,
            address: None,
        }
    }
}

/// What is behind a request: only a person keeps a login alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// Somebody did something.
    Person,
    /// The page asked by itself, as it does while nobody is there.
    Page,
}

/// Begins, recognises and ends logins. Clones share the memory.
#[derive(Clone)]
pub struct Logins {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    idle: Duration,
    absolute: Duration,
    cache: Mutex<LoginCache>,
    pause_until: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Logins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logins").finish_non_exhaustive()
    }
}

impl Logins {
    /// Logins that end after `idle` without activity, and after `absolute` in any case.
    pub fn new(store: Store, clock: Arc<dyn Clock>, idle: Duration, absolute: Duration) -> Self {
        let inner = Inner {
            store,
            clock,
            idle,
            absolute,
            cache: Mutex::default(),
            pause_until: Mutex::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// How long a login lasts at most; the cookie's age.
    pub fn absolute(&self) -> Duration {
        self.inner.absolute
    }

    /// Begins a login: always a fresh token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(
        &self,
        user: &User,
        address: IpAddr,
        user_agent: &str,
    ) -> Result<(Token, Caller), StoreError> {
        let token = Token::generate();
        let now = self.inner.clock.wall();
        let agent = user_agent.chars().filter(|c| !c.is_control());
        let new = NewLogin {
            user: user.id,
            token_hash: token.hash(),
            expires_at: now.plus(self.inner.absolute),
            address: address.to_string(),
            user_agent: agent.take(USER_AGENT).collect(),
        };
        let login = self.inner.store.logins().create(new).await?;
        let mut caller = Caller::new(user, login.id);
        caller.address = Some(address);
        self.remember(token.hash(), &caller, login);
        Ok((token, caller))
    }

    /// The person behind a token; none when it is unknown, ended, expired, or the user disabled.
    /// What the page asks by itself does not count as activity.
    ///
    /// # Errors
    /// When the database fails and the token was not seen within the last quarter of an hour.
    pub async fn identify(
        &self,
        token: &Token,
        behind: Behind,
    ) -> Result<Option<Caller>, StoreError> {
        let hash = token.hash();
        let known = match self.recall_in_need(&hash) {
            Some(known) => known,
            None => match self.ask_in_time(&hash).await {
                Ok(Some(known)) => known,
                Ok(None) => return Ok(None),
                Err(error) => self.recall_after(&hash, error)?,
            },
        };
        if self.is_over(&known.login) {
            self.with(|cache| cache.forget(&hash));
            self.end_quietly(known.login.id).await;
            return Ok(None);
        }
        match behind {
            Behind::Person => self.touch(&known.login).await,
            Behind::Page => {}
        }
        Ok(Some(known.caller))
    }

    /// Counts an attached viewer as activity of its login.
    pub async fn keep_alive(&self, login: LoginId) {
        self.write_touch(login).await;
    }

    /// Which of these logins still count. Idle time is not looked at: who is asked about has a
    /// viewer attached, and that is activity.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live(&self, logins: &[LoginId]) -> Result<Vec<LiveLogin>, StoreError> {
        self.inner.store.logins().live(logins).await
    }

    /// Whether a login still counts, and is an admin's where that is asked for. Its ticket is half
    /// a minute old at most; a database that does not answer takes nothing away (LAW 3).
    pub async fn still_counts(&self, login: LoginId, must_be_admin: bool) -> bool {
        if self.is_paused() {
            return true;
        }
        match tokio::time::timeout(PATIENCE, self.live(&[login])).await {
            Ok(Ok(live)) => live.iter().any(|known| known.is_admin || !must_be_admin),
            Ok(Err(error)) => {
                tracing::warn!(error = %chain(&error), "Login of a viewer cannot be checked");
                true
            }
            Err(_late) => true,
        }
    }

    /// Ends one login.
    ///
    /// # Errors
    /// `NotFound`, or when the database fails.
    pub async fn end(&self, login: LoginId) -> Result<(), StoreError> {
        self.with(|cache| cache.forget_login(login));
        self.inner.store.logins().end(login).await
    }

    /// Ends every login of a user.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_all(&self, user: UserId) -> Result<u64, StoreError> {
        self.forget(user);
        self.inner.store.logins().end_all(user).await
    }

    /// Forgets what is remembered of a user: the next request asks the database.
    pub fn forget(&self, user: UserId) {
        self.with(|cache| cache.forget_user(user));
    }

    /// Deletes logins that are over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&self) -> Result<u64, StoreError> {
        let now = self.inner.clock.wall();
        self.inner.store.logins().purge(now).await
    }

    /// When a login ends if nothing happens.
    pub fn ends_at(&self, login: &Login) -> UnixMicros {
        login
            .expires_at
            .min(login.last_seen_at.plus(self.inner.idle))
    }

    fn is_over(&self, login: &Login) -> bool {
        self.ends_at(login) <= self.inner.clock.wall()
    }

    async fn ask(&self, hash: &[u8; 32]) -> Result<Option<Known>, StoreError> {
        let found = self.inner.store.logins().by_token_hash(hash).await?;
        let Some((login, user)) = found.filter(|(_, user)| !user.is_disabled) else {
            self.with(|cache| cache.forget(hash));
            return Ok(None);
        };
        let caller = Caller::new(&user, login.id);
        Ok(Some(self.remember(*hash, &caller, login)))
    }

    fn remember(&self, hash: [u8; 32], caller: &Caller, login: Login) -> Known {
        let known = Known {
            caller: caller.clone(),
            login,
            fetched: self.inner.clock.instant(),
        };
        self.with(|cache| cache.remember(hash, known.clone()));
        known
    }

    /// Asks, but not for longer than a person waits for a page.
    async fn ask_in_time(&self, hash: &[u8; 32]) -> Result<Option<Known>, StoreError> {
        let answer = tokio::time::timeout(PATIENCE, self.ask(hash)).await;
        answer.unwrap_or_else(|late| Err(StoreError::Unavailable(Box::new(late))))
    }

    /// While the database has just failed to answer, what is known counts without asking again.
    fn recall_in_need(&self, hash: &[u8; 32]) -> Option<Known> {
        let now = self.inner.clock.instant();
        self.is_paused()
            .then(|| self.with(|cache| cache.recall(hash, now)))?
    }

    /// Whether the database has failed to answer just now.
    fn is_paused(&self) -> bool {
        let until = *locked(&self.inner.pause_until);
        until.is_some_and(|until| self.inner.clock.instant() < until)
    }

    /// What is known, after the database failed to answer.
    fn recall_after(&self, hash: &[u8; 32], error: StoreError) -> Result<Known, StoreError> {
        match error {
            StoreError::Unavailable(_) | StoreError::Locked => {
                let now = self.inner.clock.instant();
                *locked(&self.inner.pause_until) = Some(now + PAUSE);
                self.with(|cache| cache.recall(hash, now)).ok_or(error)
            }
            other => Err(other),
        }
    }

    async fn touch(&self, login: &Login) {
        let every = TOUCH_EVERY.min(self.inner.idle.checked_div(4).unwrap_or(TOUCH_EVERY));
        if self.inner.clock.wall().since(login.last_seen_at) >= every {
            self.write_touch(login.id).await;
        }
    }

    async fn write_touch(&self, login: LoginId) {
        let now = self.inner.clock.wall();
        self.with(|cache| cache.seen(login, now));
        match self.inner.store.logins().touch(login).await {
            Ok(()) | Err(StoreError::NotFound) => {}
            Err(error) => {
                tracing::warn!(error = %chain(&error), "Activity of a login was not written down");
            }
        }
    }

    async fn end_quietly(&self, login: LoginId) {
        match self.inner.store.logins().end(login).await {
            Ok(()) | Err(StoreError::NotFound) => {}
            Err(error) => tracing::warn!(error = %chain(&error), "Expired login was not removed"),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut LoginCache) -> T) -> T {
        act(&mut locked(&self.inner.cache))
    }
}

/// What is guarded stays usable after a panic: plain values.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
