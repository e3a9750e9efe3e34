//! The demo target: an SSH server of our own on loopback with a real shell of the current user.
//!
//! ```text
//! server (accept, authenticate) ──▶ seat (one channel: what it asks for) ──▶ shell (PTY or pipes)
//!                                                                     └────▶ files (SFTP)
//! ```
//! It touches no account, key or setting of the machine. It never listens beyond loopback, and
//! whoever knows its random password has exactly the rights of the user who started it.

mod files;
mod paths;
mod pump;
mod seat;
mod server;
mod shell;

pub use server::{DemoOptions, DemoTarget};
