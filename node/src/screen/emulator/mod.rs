//! What control functions do to the buffers: the behaviour of xterm.js 6 (`InputHandler.ts`).
//!
//! Owns the state that is not cells: pen, modes, character sets, colours, title, answers to queries.
//! Where xterm.js differs from xterm, xterm.js wins, because the browser shows what it computes from
//! the same bytes; what the node answers to the target is the exception (`reply`).

mod charset;
mod colors;
mod control;
mod cursor;
mod erase;
mod modes;
mod osc;
mod outbox;
mod print;
mod reply;
mod sgr;
mod state;
mod width;
#[rustfmt::skip]
mod width_table;

pub(super) use charset::Charset;
pub(super) use colors::Slot;
pub(super) use modes::{MouseEncoding, MouseProtocol};
pub(super) use state::Emulator;
