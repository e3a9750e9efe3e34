//! The pure heart of a session: every decision, no socket, clock, sender or randomness.
//!
//! ```text
//! claiming ──▶ connecting ◀──▶ asking
//!                  │
//!                  ▼
//!                live ──▶ ended     (every phase may end; nothing leaves `ended`)
//! ```

mod ahead;
mod asks;
mod desktop;
mod effect;
mod event;
mod machine;
mod seating;
mod viewers;

#[cfg(test)]
mod law_tests;
#[cfg(test)]
mod tests;

pub(crate) use effect::{Audience, Effect, SeatRefusal};
pub(crate) use event::{Arrival, DriverNews, Event};
pub(crate) use machine::{Setup, State};
