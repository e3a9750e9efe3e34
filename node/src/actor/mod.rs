//! Tasks: the one place that spawns them, so that each is named, tracked, caught and awaited at drain.
//!
//! ```text
//! spawn, spawn_local ─┐
//! Workers::spawn ─────┴─▶ Task<T> ──▶ Exit::{Finished, Panicked, Cancelled}
//! drain(deadline)     waits for all of them
//! ```

mod task;
mod workers;

pub use task::{Exit, Task, catch, drain, running, spawn, spawn_local};
pub use workers::Workers;
