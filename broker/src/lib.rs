//! The broker: which node owns which session, at which epoch.
//!
//! [`registry`] is a pure state machine; [`Embedded`] runs it inside one process. Nobody but the
//! `baton` binary and the tests depends on this crate.

mod embedded;
pub mod registry;

pub use embedded::Embedded;
