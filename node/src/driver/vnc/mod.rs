//! The VNC driver: our own small RFB client (RFC 6143 and the community's extensions).
//!
//! ```text
//! connect: dial ─▶ handshake ─▶ [tls, certificate] ─▶ proof ─▶ Connection   (again when refused)
//!                     └ security, vnc_auth             └ sign_in
//! run:     socket ─▶ desk: client ─▶ events      lanes ─▶ desk: input ─▶ client.out ─▶ socket
//!                            └ update, encodings, cursor, clipboard, layout
//! ```
//! `handshake` and `client` do no I/O: bytes in, events and bytes out, resumable at any cut.
//! `connect`, `tls` and `run` have the socket and decide nothing about bytes.

mod broken;
mod certificate;
mod client;
mod clipboard;
mod connect;
mod cursor;
mod desk;
mod encodings;
mod failure;
mod handshake;
mod input;
mod layout;
mod replay;
mod run;
mod say;
#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what a test writes fits by construction"
)]
mod scribe;
mod security;
mod sign_in;
#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "made-up pixels wrap")]
mod tests;
mod tls;
mod update;
mod vnc_auth;
mod wire;

pub(crate) use connect::{Connection, establish};
pub use replay::{RfbReplay, replay_rfb};
pub(crate) use run::run;
