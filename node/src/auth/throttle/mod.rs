//! Throttling: how often somebody may try, per user, per address and per pair of both.
//!
//! ```text
//! Throttle::begin ─▶ Counters (this node, always) ─▶ Shared (Redis, when it answers)
//! ```
//! A try is counted before it is made and taken back when it succeeds, so that tries in parallel
//! gain nothing. Without Redis each node counts alone: limited, never open.

mod counters;
mod gate;
mod limits;
mod scope;
mod shared_counters;

pub use gate::{Reservation, Throttle};
pub use limits::Limits;
