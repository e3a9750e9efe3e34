//! The stage: one task per session that owns the screen model and serves every viewer from it.
//!
//! It never waits for a viewer, the actor or the store: whoever is slow gets less, newer.
//!
//! ```text
//! driver events ─▶ feed ─▶ Terminal, Backlog ─▶ ViewerFeed ─▶ Outbox ─▶ Seat (http/ws)
//!                   │ replies ▶ driver control lane
//!                   └ news ▶ actor
//! ```

mod command;
mod outbox;
mod pacing;
mod reports;
mod seat;
mod serve;
mod task;

pub(crate) use command::{Ack, Command, Dismissal, NewSeat, Outgoing, Pulse};
pub(crate) use serve::ended_frame;
pub(crate) use task::{Parts, Stage};
