//! The SSH driver (RFC 4250–4254), on russh.
//!
//! ```text
//! connect: transport ─▶ handshake ─▶ sign in ─▶ connection      (again through a jump host)
//!             │             │            └ auth, key
//!             └ wire        └ gate: host_key, known_hosts
//! channel: connection ─▶ pty and program ─▶ output ⇉ events, lanes ⇉ input
//! ```
//! Everything runs inside the future of `dial`; russh adds one task per connection, which ends
//! with its `Connection` because dropping that cuts the wire.

mod algorithms;
mod auth;
mod channel;
mod connect;
mod failure;
mod gate;
mod host_key;
mod input;
mod interactive;
mod key;
mod known_hosts;
mod plan;
mod sign_in;
mod wire;

pub(crate) use channel::run;
pub(crate) use connect::{Handle, establish};
pub(crate) use host_key::fingerprint_of_line;
