//! Why a dial did not come to life, in the words that the person will read.

use shared::close::CloseReason;

use super::{AskKind, DriverExit};

/// Why a dial stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// It cannot go on.
    #[error("{text}")]
    Ended {
        /// The stable reason.
        reason: CloseReason,
        /// One sentence or two: cause and what to do.
        text: String,
    },
    /// A person would have to answer, and nobody is there (probes only).
    #[error("a person would be asked")]
    WouldAsk(AskKind),
}

impl Failure {
    pub(crate) fn new(reason: CloseReason, text: impl Into<String>) -> Self {
        Self::Ended {
            reason,
            text: text.into(),
        }
    }

    /// The session no longer listens.
    pub(crate) fn unwanted() -> Self {
        Self::new(CloseReason::Cancelled, "The connection was cancelled.")
    }
}

impl From<Failure> for DriverExit {
    fn from(failure: Failure) -> Self {
        let (reason, text) = match failure {
            Failure::Ended { reason, text } => (reason, text),
            Failure::WouldAsk(_) => (
                CloseReason::AuthenticationFailed,
                "The target needs an answer, and nobody was there to give it.".to_owned(),
            ),
        };
        Self {
            reason,
            text,
            exit_status: None,
        }
    }
}
