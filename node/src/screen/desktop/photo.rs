//! Photo or not: photos go as JPEG first, everything else goes exactly at once.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use shared::desktop::{PIXEL_BYTES, Rect};

use super::framebuffer::Framebuffer;

/// Share of horizontal neighbours that are equal, in per cent, below which pixels look like a
/// photo: text and widgets have long runs, sensors have noise.
const EQUAL_NEIGHBOURS: usize = 35;

/// Smaller boxes are never photos: JPEG's tables alone cost more than their pixels.
const LEAST_SIDE: u16 = 32;

/// Every how many rows one is looked at.
const SAMPLE: u16 = 4;

/// JPEG quality: artefacts are hard to see at 80, and the exact picture follows.
const QUALITY: u8 = 80;

/// Whether the pixels of a box look like a photo.
pub(super) fn is_photo(framebuffer: &Framebuffer, rect: Rect) -> bool {
    if rect.width < LEAST_SIDE || rect.height < LEAST_SIDE {
        return false;
    }
    let (mut equal, mut all) = (0, 0);
    for row in (0..rect.height).step_by(usize::from(SAMPLE)) {
        let pixels = framebuffer.row(rect.x, rect.y + row, rect.width);
        let next = pixels.get(PIXEL_BYTES..).unwrap_or_default();
        let pairs = pixels
            .chunks_exact(PIXEL_BYTES)
            .zip(next.chunks_exact(PIXEL_BYTES));
        for (one, two) in pairs {
            equal += usize::from(one == two);
            all += 1;
        }
    }
    equal * 100 < all * EQUAL_NEIGHBOURS
}

/// A rectangle as a JPEG file; none when the encoder refuses, so that it goes exactly instead.
pub(super) fn jpeg(framebuffer: &Framebuffer, rect: Rect) -> Option<Vec<u8>> {
    let mut rgbx = Vec::with_capacity(rect.pixels() * PIXEL_BYTES);
    for row in framebuffer.rows(rect) {
        rgbx.extend_from_slice(row);
    }
    let mut file = Vec::with_capacity(rect.pixels() / 4);
    let mut encoder = Encoder::new(&mut file, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder
        .encode(&rgbx, rect.width, rect.height, ColorType::Rgba)
        .ok()?;
    Some(file)
}
