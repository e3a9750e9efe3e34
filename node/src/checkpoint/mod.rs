//! Checkpoints: the durable state from which another owner can resume a session.
//!
//! Owns the body and how it is stored. When to write is the session's decision; what a stale
//! owner writes is refused by the store, in the same statement.

mod body;
mod store;

pub use body::{Body, BodyError, MAX_TERMINAL_BYTES};
pub use store::{CheckpointError, CheckpointStore, Loaded};
