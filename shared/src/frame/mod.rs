//! Frames between browser and node: generated types, limits, and the one place bytes become frames.
//!
//! `../proto/baton.proto` is the source; `make fix` regenerates, `make check` refuses drift.

mod codec;
#[rustfmt::skip]
#[expect(missing_docs, clippy::pedantic, reason = "generated from baton.proto")]
mod generated;

pub use codec::{FrameError, MAX_CLIENT_FRAME, decode_client, decode_server, encode};
pub use generated::*;

/// The version of this vocabulary; raised only when an old peer would misread it.
pub const PROTOCOL_VERSION: u32 = 1;

/// Output a viewer may leave unacknowledged, in bytes (measured best of echo and throughput).
pub const OUTPUT_WINDOW: u64 = 256 * 1024;

/// How often a viewer should acknowledge at least, in bytes of output.
pub const ACK_EVERY: u64 = 64 * 1024;

/// Input a viewer may have unacknowledged, in bytes.
pub const INPUT_WINDOW: u64 = 64 * 1024;
