//! Desktops: the picture a target paints, and what each viewer is sent of it.
//!
//! ```text
//! target ──▶ Desktop (framebuffer) ──what changed──▶ DesktopFeed (damage, copies) ──frame──▶ viewer
//! ```
//! Pure: no I/O, no clocks, no tasks. A viewer that is slow gets fewer and newer pictures; nothing
//! is queued for it. What changed is found once, however many watch. Pixels go through one zstd
//! stream per viewer, whose window remembers earlier frames; photo-like parts go as JPEG first and
//! exactly when it is quiet (`docs/decisions/0013-desktop-frames.md`).

mod damage;
mod feed;
mod framebuffer;
mod photo;
mod picture;
mod stream;
#[cfg(test)]
mod tests;

pub use feed::{DesktopFeed, FrameAckError};
pub use picture::Desktop;
