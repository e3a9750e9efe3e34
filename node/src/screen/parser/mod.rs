//! Bytes → what they mean to a terminal: text, control functions, strings.
//!
//! Owns the state machine of xterm.js 6 (`EscapeSequenceParser.ts`, after Paul Williams' VT500
//! parser), its UTF-8 decoder and the limits on what an unfinished sequence may hold. It never
//! touches a screen. Agreement with xterm.js matters more than with any standard: the browser parses
//! the same bytes, and a snapshot may be followed by the rest of a sequence.

mod machine;
mod params;
mod pending;
mod utf8;

pub(super) use machine::{Actions, Ident, Parser};
pub(super) use params::Params;
