//! Virtual users, synthetic targets, real servers and measurements; sees only `shared`.
//!
//! ```text
//! bench, up, with ──▶ node (a `baton serve` process) ──▶ target (demo, sshd)
//!        └──────────▶ viewer (a browser's stand-in over the WebSocket)
//! ```
//! Owns everything that is started beside a node. It never reaches into a node: what it knows, it
//! learns from the API, the frames, the logs and `/proc`.

pub mod api;
pub mod bench;
pub mod fixture;
pub mod node;
pub mod process;
pub mod random;
pub mod target;
pub mod until;
pub mod viewer;
