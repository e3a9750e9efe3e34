//! The HTTP side in one process: real sockets, a real SQLite, a clock that tests move, and a
//! driver that only pretends.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail loudly as tests may"
)]

#[path = "../../src/bin/baton/embedded_broker.rs"]
mod embedded_broker;

mod client;
mod clock;
mod errors;
mod fake;
mod files;
mod guard;
mod health;
mod logins;
mod matrix;
mod pages;
mod people;
mod sessions;
mod setup;
mod sign_in;
mod targets;
mod throttle;
mod viewers;
mod world;
