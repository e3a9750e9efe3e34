//! The words every room shares: ids, the fence, time, secrets, reasons, frames.
//!
//! Owns vocabulary only. It never does I/O, starts tasks, or knows who uses it.

pub mod close;
pub mod desktop;
pub mod epoch;
pub mod frame;
pub mod id;
pub mod limits;
pub mod registry;
pub mod secret;
pub mod terminal;
pub mod time;
