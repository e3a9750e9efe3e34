//! The fence: how often a session has changed owner.
//!
//! Only the broker mints one; everyone else compares.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Ownership count of a session; every claim raises it by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(u64);

impl Epoch {
    /// Before the first claim: nobody has ever owned the session.
    pub const UNOWNED: Self = Self(0);

    /// Wraps a stored or received epoch.
    pub const fn new(count: u64) -> Self {
        Self(count)
    }

    /// The count as stored and sent.
    pub const fn count(self) -> u64 {
        self.0
    }

    /// The epoch of the next claim.
    ///
    /// Saturates: at one claim a microsecond `u64` lasts half a million years.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "e{}", self.0)
    }
}
