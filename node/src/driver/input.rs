//! What a session tells its driver, whatever the protocol.

use bytes::Bytes;
use shared::desktop::{DesktopSize, Key, Pointer};
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
    /// A key of a desktop's keyboard (input lane).
    Key(Key),
    /// Let go of every key and button that is held (either lane).
    ReleaseKeys,
    /// The pointer of a desktop (input lane).
    Pointer(Pointer),
    /// A person copied text for the target (input lane, so that a paste finds it).
    SetClipboard(String),
    /// A viewer would like a desktop of this size (control lane); the target may refuse.
    ResizeDesktop(DesktopSize),
    /// A person answered (control lane).
    Answer {
        /// The question.
        ask: AskId,
        /// The reply.
        answer: AskAnswer,
    },
}
