//! Decoders of rectangles: bytes of one rectangle in, bands of pixels out, resumable at any byte.
//!
//! ```text
//! input ─▶ Decoder::step ─▶ Band (some whole rows) ─▶ Slices (events of bounded size)
//!              └ streams: zlib states that outlive a rectangle
//! ```
//! A decoder holds at most one band and never allocates before a length is checked.

mod band;
mod decoder;
mod fill;
mod hextile;
mod inflate;
mod jpeg;
mod raw;
mod tight;
mod tight_filter;
mod tight_head;
mod zrle;
mod zrle_tile;

pub(super) use band::Slices;
pub(super) use decoder::{Decoder, Progress};
pub(super) use inflate::{Streams, inflate_all};
