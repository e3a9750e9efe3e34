//! The pure registry: commands in, replies out; time is a field of a command.
//!
//! ```text
//! Command ──▶ State::apply ──▶ Reply          (the only way anything changes)
//! ```

mod command;
mod state;

#[cfg(test)]
mod law_tests;
#[cfg(test)]
mod tests;

pub use command::{Command, Reply};
pub use state::{NodeEntry, NodeState, SessionEntry, State};
