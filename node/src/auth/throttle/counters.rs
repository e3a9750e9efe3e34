//! Counters of this node: pure, bounded, told the time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::limits::Limit;
use super::scope::ScopeKey;

/// Most counters kept: at about 64 bytes each this bounds the memory to a few megabytes.
const MOST: usize = 50_000;

#[derive(Clone, Copy, Debug)]
struct Counter {
    failures: u32,
    last: Instant,
}

/// Failures by scope.
#[derive(Debug)]
pub(super) struct Counters {
    forget_after: Duration,
    by_key: HashMap<ScopeKey, Counter>,
    swept: Option<Instant>,
}

impl Counters {
    pub(super) fn new(forget_after: Duration) -> Self {
        Self {
            forget_after,
            by_key: HashMap::new(),
            swept: None,
        }
    }

    /// Counts a try in every scope, or says how long to wait and counts nothing.
    pub(super) fn begin(
        &mut self,
        scopes: &[(ScopeKey, Limit)],
        now: Instant,
    ) -> Result<(), Duration> {
        let wait = scopes
            .iter()
            .map(|(key, limit)| self.wait(key, *limit, now))
            .max()
            .unwrap_or_default();
        if !wait.is_zero() {
            return Err(wait);
        }
        for (key, _) in scopes {
            self.make_room(now);
            let forget_after = self.forget_after;
            let counter = self.by_key.entry(*key).or_insert(Counter {
                failures: 0,
                last: now,
            });
            if now.duration_since(counter.last) >= forget_after {
                counter.failures = 0;
            }
            counter.failures = counter.failures.saturating_add(1);
            counter.last = now;
        }
        Ok(())
    }

    /// Takes one try back.
    pub(super) fn undo(&mut self, key: &ScopeKey) {
        if let Some(counter) = self.by_key.get_mut(key) {
            counter.failures = counter.failures.saturating_sub(1);
            if counter.failures == 0 {
                self.by_key.remove(key);
            }
        }
    }

    /// Forgets a scope.
    pub(super) fn clear(&mut self, key: &ScopeKey) {
        self.by_key.remove(key);
    }

    fn wait(&self, key: &ScopeKey, limit: Limit, now: Instant) -> Duration {
        let Some(counter) = self.by_key.get(key) else {
            return Duration::ZERO;
        };
        let passed = now.duration_since(counter.last);
        if passed >= self.forget_after {
            return Duration::ZERO;
        }
        limit.delay(counter.failures).saturating_sub(passed)
    }

    /// Drops what is forgotten, at most once a second; when that is not enough, drops any one.
    fn make_room(&mut self, now: Instant) {
        if self.by_key.len() < MOST {
            return;
        }
        let may_sweep = self
            .swept
            .is_none_or(|at| now.duration_since(at) >= Duration::from_secs(1));
        if may_sweep {
            self.swept = Some(now);
            let forget_after = self.forget_after;
            self.by_key
                .retain(|_, counter| now.duration_since(counter.last) < forget_after);
        }
        if self.by_key.len() >= MOST
            && let Some(any) = self.by_key.keys().next().copied()
        {
            self.by_key.remove(&any);
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.by_key.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        free: 2,
        longest: Duration::from_secs(8),
    };

    #[expect(clippy::disallowed_methods, reason = "any instant will do")]
    fn start() -> Instant {
        Instant::now()
    }

    fn key(n: u32) -> ScopeKey {
        u128::from(n).to_be_bytes()
    }

    #[test]
    fn free_tries_pass_then_delays_double_and_waiting_counts_nothing() {
        let mut counters = Counters::new(Duration::from_mins(1));
        let (now, scopes) = (start(), [(key(1), LIMIT)]);
        assert_eq!(counters.begin(&scopes, now), Ok(()));
        assert_eq!(counters.begin(&scopes, now), Ok(()));
        for _ in 0..5 {
            let wait = counters.begin(&scopes, now);
            assert_eq!(wait, Err(Duration::from_secs(1)));
        }
        let later = now + Duration::from_secs(1);
        assert_eq!(counters.begin(&scopes, later), Ok(()));
        assert_eq!(counters.begin(&scopes, later), Err(Duration::from_secs(2)));
    }

    #[test]
    fn a_quiet_time_forgets_and_success_clears() {
        let mut counters = Counters::new(Duration::from_mins(1));
        let (now, scopes) = (start(), [(key(1), LIMIT)]);
        assert_eq!(counters.begin(&scopes, now), Ok(()));
        assert_eq!(counters.begin(&scopes, now), Ok(()));
        assert!(counters.begin(&scopes, now).is_err());
        assert_eq!(
            counters.begin(&scopes, now + Duration::from_mins(1)),
            Ok(())
        );
        assert_eq!(
            counters.begin(&scopes, now + Duration::from_mins(1)),
            Ok(())
        );
        counters.clear(&key(1));
        assert_eq!(counters.len(), 0);
    }

    #[test]
    fn memory_stays_bounded_under_a_flood_of_names() {
        let mut counters = Counters::new(Duration::from_mins(1));
        let now = start();
        for n in 0..u32::try_from(MOST).unwrap() + 1000 {
            assert_eq!(counters.begin(&[(key(n), LIMIT)], now), Ok(()));
        }
        assert!(counters.len() <= MOST);
    }
}
