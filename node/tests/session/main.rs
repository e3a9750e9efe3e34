//! Sessions over real sockets: a real server, a real store, and a target that does as it is told.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on stops here, and figures are worth reading"
)]

mod client;
mod ending;
mod hostile;
mod keeping;
mod typing;
mod viewing;
mod world;
