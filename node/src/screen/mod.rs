//! Screens: the truth about what a target shows, from which every viewer is served.
//!
//! ```text
//! target ──bytes──▶ Terminal (parser ▶ emulator ▶ grid) ──snapshot──▶ viewer
//!            └────▶ Backlog ──────────── ViewerFeed decides ──bytes──▶ viewer
//! ```
//! Desktops have a room of their own, `desktop`, with the same idea: the newest state wins.
//! Everything here is pure: no I/O, no clocks, no tasks. Bytes of targets are hostile: whatever
//! they are, time is linear in them and memory is bounded. What was decided and what cannot be
//! restored: `docs/decisions/0003-terminal-model.md`.

mod backlog;
mod desktop;
mod emulator;
mod event;
mod feed;
mod grid;
mod parser;
mod snapshot;
mod terminal;
#[cfg(test)]
mod tests;

pub use backlog::{BACKLOG_BYTES, Backlog};
pub use desktop::{Desktop, DesktopFeed, FrameAckError};
pub use event::TerminalEvent;
pub use feed::{AckError, MAX_PIECE, Next, ViewerFeed};
pub use terminal::{SCROLLBACK_LINES, Terminal};
