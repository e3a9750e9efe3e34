//! What a terminal tells its session.

use bytes::Bytes;

/// Something that happened while bytes were parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalEvent {
    /// The title changed: plain text without control characters, at most 4 KiB.
    Title(String),
    /// Answers to the target's queries, to be written to it.
    Reply(Bytes),
    /// The target set the clipboard (OSC 52), at most 1 MiB.
    Clipboard(String),
    /// The bell rang, once or many times.
    Bell,
}
