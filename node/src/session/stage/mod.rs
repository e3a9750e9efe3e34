//! The stage: one task per session that owns the screen model and serves every viewer from it.
//!
//! It never waits for a viewer, the actor or the store: whoever is slow gets less, newer.
//!
//! ```text
//! driver events ─▶ Scene (terminal or desktop) ─▶ Feed of each viewer ─▶ Seat (http/ws)
//!                   │ replies ▶ driver control lane      Outbox ─┘
//!                   └ news ▶ actor
//! ```

mod command;
mod desktop;
mod outbox;
mod pacing;
mod reports;
mod scene;
mod seat;
mod serve;
mod task;
mod terminal;

pub(crate) use command::{Ack, Command, Dismissal, NewSeat, Outgoing, Pulse};
pub(crate) use desktop::DesktopScene;
pub(crate) use serve::ended_frame;
pub(crate) use task::{Parts, Stage};
pub(crate) use terminal::TerminalScene;
