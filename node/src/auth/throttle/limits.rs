//! The policy: how many tries are free and how the delays grow.

use std::time::Duration;

/// The first delay; each further failure doubles it.
pub(super) const FIRST_DELAY: Duration = Duration::from_secs(1);

/// Limits of one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    /// Failures before delays begin.
    pub(super) free: u32,
    /// Longest delay.
    pub(super) longest: Duration,
}

impl Limit {
    /// The delay after `failures`.
    pub(super) fn delay(&self, failures: u32) -> Duration {
        let Some(beyond) = failures.checked_sub(self.free) else {
            return Duration::ZERO;
        };
        let factor = 1_u32.checked_shl(beyond).unwrap_or(u32::MAX);
        FIRST_DELAY.saturating_mul(factor).min(self.longest)
    }
}

/// The configured limits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Failures per pair of user and address before delays begin.
    pub free: u32,
    /// Longest delay.
    pub longest: Duration,
    /// Failures are forgotten after this long.
    pub forget_after: Duration,
}

impl Limits {
    /// Per pair: the tightest.
    pub(super) const fn pair(&self) -> Limit {
        Limit {
            free: self.free,
            longest: self.longest,
        }
    }

    /// Per user: wide and with short delays, so that a stranger cannot lock somebody out
    /// (OWASP ASVS 5.0, 6.1.1).
    pub(super) fn user(&self) -> Limit {
        Limit {
            free: self.free.saturating_mul(10),
            longest: self
                .longest
                .checked_div(10)
                .unwrap_or(FIRST_DELAY)
                .max(FIRST_DELAY),
        }
    }

    /// Per address: wide, since offices share one.
    pub(super) const fn address(&self) -> Limit {
        Limit {
            free: self.free.saturating_mul(20),
            longest: self.longest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_begin_after_the_free_tries_and_double_up_to_the_longest() {
        let limit = Limit {
            free: 3,
            longest: Duration::from_secs(10),
        };
        let delays: Vec<u64> = (0..9).map(|n| limit.delay(n).as_secs()).collect();
        assert_eq!(delays, [0, 0, 0, 1, 2, 4, 8, 10, 10]);
        assert_eq!(limit.delay(u32::MAX), Duration::from_secs(10));
    }
}
