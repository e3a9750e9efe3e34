//! Where a session is in its life.

use serde::{Deserialize, Serialize};
use shared::frame;

/// A session's phase; only ever moves down this list, except that asking and connecting alternate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Waiting to become the owner.
    Claiming,
    /// Dialling the target.
    Connecting,
    /// Waiting for a person's answer.
    Asking,
    /// The target shows something and takes input.
    Live,
    /// Over; nothing leaves this phase.
    Ended,
}

impl Phase {
    /// Every phase, for metrics and exhaustive tests.
    pub const ALL: [Self; 5] = [
        Self::Claiming,
        Self::Connecting,
        Self::Asking,
        Self::Live,
        Self::Ended,
    ];

    /// The stable code used in rows, metrics and the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Claiming => "claiming",
            Self::Connecting => "connecting",
            Self::Asking => "asking",
            Self::Live => "live",
            Self::Ended => "ended",
        }
    }

    /// The phase as viewers see it.
    pub const fn to_frame(self) -> frame::Phase {
        match self {
            Self::Claiming | Self::Connecting => frame::Phase::Connecting,
            Self::Asking => frame::Phase::Asking,
            Self::Live => frame::Phase::Live,
            Self::Ended => frame::Phase::Ended,
        }
    }
}
