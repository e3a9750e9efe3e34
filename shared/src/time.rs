//! Time as a value: UTC microseconds for what is stored, `Instant` for what is waited for.
//!
//! Nothing outside `SystemClock` reads a clock; decisions take `now` as an argument.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMicros(i64);

impl UnixMicros {
    /// Wraps a stored count of microseconds.
    pub const fn new(micros: i64) -> Self {
        Self(micros)
    }

    /// The count as stored and sent.
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// This moment plus `span`, saturating.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// This moment minus `span`, saturating.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// Time since `earlier`; zero when `earlier` lies ahead (clocks jump).
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// Where `now` comes from.
pub trait Clock: Send + Sync {
    /// Wall time, for rows and logs.
    fn wall(&self) -> UnixMicros;

    /// Monotonic time, for deadlines.
    fn instant(&self) -> Instant;
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the wall clock"
    )]
    fn wall(&self) -> UnixMicros {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        UnixMicros::new(0).plus(since_epoch)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the monotonic clock"
    )]
    fn instant(&self) -> Instant {
        Instant::now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_that_lies_ahead_is_zero_ago() {
        let now = UnixMicros::new(5);
        assert_eq!(now.since(UnixMicros::new(9)), Duration::ZERO);
        assert_eq!(now.since(UnixMicros::new(2)), Duration::from_micros(3));
    }

    #[test]
    fn adding_an_absurd_span_saturates() {
        assert_eq!(UnixMicros::new(1).plus(Duration::MAX).as_i64(), i64::MAX);
    }
}
