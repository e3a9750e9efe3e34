//! What a session tells its driver, whatever the protocol.

use bytes::Bytes;
use shared::secret::Secret;
use shared::terminal::TerminalSize;

use super::AskId;

/// A person's reply to an `Ask`.
#[derive(Clone, Debug)]
pub enum AskAnswer {
    /// One value per field, in order.
    Values(Vec<Secret<String>>),
    /// The person refused.
    Cancelled,
}

/// What the target should receive.
#[derive(Clone, Debug)]
pub enum DriverInput {
    /// Typed or pasted bytes (input lane).
    Bytes(Bytes),
    /// The terminal's reply to a query of the target, such as a cursor report (control lane).
    Reply(Bytes),
    /// The terminal has a new size (control lane).
    Resize(TerminalSize),
    /// A person answered (control lane).
    Answer {
        /// The question.
        ask: AskId,
        /// The reply.
        answer: AskAnswer,
    },
}
