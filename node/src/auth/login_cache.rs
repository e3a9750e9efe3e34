//! A short memory of logins, so that a gone database does not sign everybody out at once. Pure and
//! bounded; told the time. While the database answers, the database decides.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use schema::store::Login;
use shared::id::{LoginId, UserId};
use shared::time::UnixMicros;

use super::Caller;

/// How long an answer counts while the database does not answer (LAW 3).
pub(super) const GRACE: Duration = Duration::from_mins(15);

/// Logins remembered at most: a few megabytes.
const MOST: usize = 10_000;

/// What is known about a login.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) caller: Caller,
    pub(super) login: Login,
    pub(super) fetched: Instant,
}

#[derive(Debug, Default)]
pub(super) struct LoginCache {
    by_hash: HashMap<[u8; 32], Known>,
}

impl LoginCache {
    /// What is known, if it was learned not too long ago.
    pub(super) fn recall(&self, hash: &[u8; 32], now: Instant) -> Option<Known> {
        let known = self.by_hash.get(hash)?;
        let age = now.saturating_duration_since(known.fetched);
        (age < GRACE).then(|| known.clone())
    }

    pub(super) fn remember(&mut self, hash: [u8; 32], known: Known) {
        if self.by_hash.len() >= MOST && !self.by_hash.contains_key(&hash) {
            let now = known.fetched;
            self.by_hash
                .retain(|_, old| now.saturating_duration_since(old.fetched) < GRACE);
            if self.by_hash.len() >= MOST
                && let Some(any) = self.by_hash.keys().next().copied()
            {
                self.by_hash.remove(&any);
            }
        }
        self.by_hash.insert(hash, known);
    }

    pub(super) fn seen(&mut self, login: LoginId, at: UnixMicros) {
        for known in self.by_hash.values_mut().filter(|k| k.login.id == login) {
            known.login.last_seen_at = at;
        }
    }

    pub(super) fn forget(&mut self, hash: &[u8; 32]) {
        self.by_hash.remove(hash);
    }

    pub(super) fn forget_login(&mut self, login: LoginId) {
        self.by_hash.retain(|_, known| known.login.id != login);
    }

    pub(super) fn forget_user(&mut self, user: UserId) {
        self.by_hash.retain(|_, known| known.caller.user != user);
    }
}
