//! An unfinished sequence as bytes, for the end of a snapshot.
//!
//! Re-encoded from the state, not recorded: control characters that were already carried out must
//! not be carried out again, and an endless sequence must not make an endless snapshot.

use super::machine::{Parser, State};

/// Longest string (OSC, DCS) that a snapshot repeats, in bytes. A longer one is represented by an
/// introducer that nobody implements, so that the browser swallows the rest.
const MAX_STRING: usize = 4096;

impl Parser {
    /// Bytes that bring another parser into this state; at most a few kilobytes.
    pub(in crate::screen) fn pending(&self) -> Vec<u8> {
        let mut bytes = match self.state {
            State::Ground => Vec::new(),
            State::Escape => b"\x1b".to_vec(),
            State::EscapeIntermediate => [b"\x1b", &self.raw[..]].concat(),
            State::CsiEntry | State::CsiParam | State::CsiIntermediate => {
                [b"\x1b[", &self.raw[..]].concat()
            }
            State::CsiIgnore => b"\x1b[0<".to_vec(),
            State::Osc if self.is_cut || self.string.len() > MAX_STRING => b"\x1b]9999;".to_vec(),
            State::Osc => [b"\x1b]", &self.string[..]].concat(),
            State::DcsEntry | State::DcsParam | State::DcsIntermediate => {
                [b"\x1bP", &self.raw[..]].concat()
            }
            State::DcsIgnore => b"\x1bP0<".to_vec(),
            State::DcsString if self.is_cut || self.string.len() > MAX_STRING => {
                b"\x1bP0z".to_vec()
            }
            State::DcsString => [b"\x1bP", &self.raw[..], &self.string[..]].concat(),
            State::Ignored => b"\x1b_".to_vec(),
        };
        bytes.extend_from_slice(self.utf8.held());
        bytes
    }
}
