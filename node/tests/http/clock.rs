//! A clock that stands until a test moves it.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use shared::time::{Clock, SystemClock, UnixMicros};

/// Both clocks move together.
pub(crate) struct TestClock {
    start: (UnixMicros, Instant),
    passed: Mutex<Duration>,
}

impl TestClock {
    pub(crate) fn new() -> Self {
        Self {
            start: (SystemClock.wall(), SystemClock.instant()),
            passed: Mutex::default(),
        }
    }

    pub(crate) fn advance(&self, span: Duration) {
        *self.passed.lock().unwrap() += span;
    }

    fn passed(&self) -> Duration {
        *self.passed.lock().unwrap()
    }
}

impl Clock for TestClock {
    fn wall(&self) -> UnixMicros {
        self.start.0.plus(self.passed())
    }

    fn instant(&self) -> Instant {
        self.start.1 + self.passed()
    }
}
