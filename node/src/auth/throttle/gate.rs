//! The throttle: this node's counters always, Redis when it answers.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use metrics::{counter, gauge};
use shared::secret::Secret;
use shared::time::Clock;

use super::counters::Counters;
use super::limits::{Limit, Limits};
use super::scope::{ScopeKey, scopes, scopes_of_address};
use super::shared_counters::SharedCounters;
use crate::metrics::{RATE_LIMITED, REDIS_UP};
use crate::telemetry::chain;

/// After a failure Redis is left alone this long: sign-in must not wait for it each time.
const REDIS_PAUSE: Duration = Duration::from_secs(2);

/// Decides who must wait. Clones share the counters.
#[derive(Clone)]
pub struct Throttle {
    inner: Arc<Inner>,
}

struct Inner {
    limits: Limits,
    clock: Arc<dyn Clock>,
    local: Mutex<Counters>,
    shared: Option<SharedCounters>,
    pause_until: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Throttle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Throttle").finish_non_exhaustive()
    }
}

/// A counted try. Say how it went; dropped, it stays counted as a failure.
#[derive(Debug)]
#[must_use = "say `succeeded` or `not_tried`, or drop it for a failure"]
pub struct Reservation {
    throttle: Throttle,
    scopes: [(ScopeKey, Limit); 3],
}

impl Throttle {
    /// A throttle; with a Redis URL it counts there as well.
    ///
    /// # Errors
    /// A URL that Redis does not understand.
    pub fn new(
        limits: Limits,
        redis: Option<&Secret<String>>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, redis::RedisError> {
        let shared = redis
            .map(|url| SharedCounters::open(url, limits.forget_after))
            .transpose()?;
        let inner = Inner {
            local: Mutex::new(Counters::new(limits.forget_after)),
            pause_until: Mutex::new(None),
            limits,
            clock,
            shared,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Counts a try to sign in as `name` from `address`.
    ///
    /// # Errors
    /// How long to wait before the next try.
    pub async fn begin(&self, name: &str, address: IpAddr) -> Result<Reservation, Duration> {
        self.reserve(scopes(&self.inner.limits, name, address))
            .await
    }

    /// Counts a try from `address` at something that has no name, such as the one-time link.
    ///
    /// # Errors
    /// How long to wait before the next try.
    pub async fn begin_nameless(
        &self,
        what: &'static str,
        address: IpAddr,
    ) -> Result<Reservation, Duration> {
        self.reserve(scopes_of_address(&self.inner.limits, what, address))
            .await
    }

    async fn reserve(&self, scopes: [(ScopeKey, Limit); 3]) -> Result<Reservation, Duration> {
        let now = self.inner.clock.instant();
        self.local(|counters| counters.begin(&scopes, now))
            .inspect_err(|_| counter!(RATE_LIMITED, "scope" => "sign_in").increment(1))?;
        let reservation = Reservation {
            throttle: self.clone(),
            scopes,
        };
        if let Some(shared) = self.shared_now() {
            match shared.begin(&reservation.scopes).await {
                Ok(wait) => {
                    gauge!(REDIS_UP).set(1.0);
                    if !wait.is_zero() {
                        reservation.undo_locally(false);
                        counter!(RATE_LIMITED, "scope" => "sign_in").increment(1);
                        return Err(wait);
                    }
                }
                Err(error) => self.pause(&error),
            }
        }
        Ok(reservation)
    }

    fn local<T>(&self, act: impl FnOnce(&mut Counters) -> T) -> T {
        // A panic while counting leaves plain numbers; they stay usable.
        act(&mut self
            .inner
            .local
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }

    fn shared_now(&self) -> Option<&SharedCounters> {
        let shared = self.inner.shared.as_ref()?;
        let until = *self
            .inner
            .pause_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_paused = until.is_some_and(|until| self.inner.clock.instant() < until);
        (!is_paused).then_some(shared)
    }

    fn pause(&self, error: &redis::RedisError) {
        gauge!(REDIS_UP).set(0.0);
        tracing::warn!(error = %chain(error), "Redis does not answer; this node counts alone");
        let until = self.inner.clock.instant() + REDIS_PAUSE;
        *self
            .inner
            .pause_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(until);
    }
}

impl Reservation {
    /// The try succeeded: the pair starts afresh, user and address lose this one try.
    pub async fn succeeded(self) {
        self.undo(true).await;
    }

    /// Nothing was tried after all (the server was busy): as if it had not been counted.
    pub async fn not_tried(self) {
        self.undo(false).await;
    }

    async fn undo(self, is_success: bool) {
        self.undo_locally(is_success);
        if let Some(shared) = self.throttle.shared_now()
            && let Err(error) = shared.undo(&self.scopes, is_success).await
        {
            self.throttle.pause(&error);
        }
    }

    fn undo_locally(&self, is_success: bool) {
        let [(pair, _), (user, _), (address, _)] = &self.scopes;
        self.throttle.local(|counters| {
            if is_success {
                counters.clear(pair);
            } else {
                counters.undo(pair);
            }
            counters.undo(user);
            counters.undo(address);
        });
    }
}
