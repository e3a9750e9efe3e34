//! Bands of pixels: how large, how painted, how cut into events.

use bytes::Bytes;
use shared::desktop::{PIXEL_BYTES, Rect};

use crate::driver::DesktopEvent;

/// One pixel: red, green, blue, 255.
pub(super) type Pixel = [u8; PIXEL_BYTES];

/// Black, opaque.
pub(super) const BLACK: Pixel = [0, 0, 0, 255];

/// A whole pixel from the three colours on the wire.
pub(super) const fn opaque([red, green, blue]: [u8; 3]) -> Pixel {
    [red, green, blue, 255]
}

/// Some whole rows of a rectangle.
#[derive(Debug)]
pub(in super::super) struct Band {
    pub(super) rect: Rect,
    pub(super) rgbx: Bytes,
}

/// Bytes of one row of a rectangle.
pub(super) fn row_bytes(rect: Rect) -> usize {
    usize::from(rect.width) * PIXEL_BYTES
}

/// Rows of a rectangle that fit one event; at least one, since no row is longer than that.
pub(super) fn rows_per_event(rect: Rect) -> u16 {
    let rows = DesktopEvent::MAX_PIXEL_BYTES / row_bytes(rect).max(1);
    u16::try_from(rows).unwrap_or(u16::MAX).max(1)
}

/// The rows from `row` on, at most `most`, as a rectangle of their own.
pub(super) fn rows(rect: Rect, row: u16, most: u16) -> Rect {
    Rect {
        x: rect.x,
        y: rect.y.saturating_add(row),
        width: rect.width,
        height: rect.height.saturating_sub(row).min(most),
    }
}

/// Copies a tile of `width` pixels a row into a band, from column `x` of the band on.
pub(super) fn blit(tile: &[Pixel], width: usize, band: &mut [u8], stride: usize, x: usize) {
    let from = x * PIXEL_BYTES;
    let length = width * PIXEL_BYTES;
    let rows = band.chunks_exact_mut(stride.max(1));
    for (row, source) in rows.zip(tile.chunks_exact(width.max(1))) {
        if let Some(place) = row.get_mut(from..from + length) {
            place.copy_from_slice(source.as_flattened());
        }
    }
}

/// A band being handed out in events of bounded size, without copying.
#[derive(Debug)]
pub(in super::super) struct Slices {
    band: Band,
}

impl Slices {
    pub(in super::super) const fn new(band: Band) -> Self {
        Self { band }
    }

    /// The next event; none when the band is used up.
    pub(in super::super) fn next(&mut self) -> Option<DesktopEvent> {
        let rect = self.band.rect;
        if rect.is_empty() {
            return None;
        }
        let slice = rows(rect, 0, rows_per_event(rect));
        let length = row_bytes(slice) * usize::from(slice.height);
        self.band.rect.y = slice.y.saturating_add(slice.height);
        self.band.rect.height = rect.height.saturating_sub(slice.height);
        let rgbx = self.band.rgbx.split_to(length.min(self.band.rgbx.len()));
        Some(DesktopEvent::Pixels { rect: slice, rgbx })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_band_becomes_events_that_cover_it_once() {
        let rect = Rect {
            x: 3,
            y: 5,
            width: 1280,
            height: 120,
        };
        let rgbx = Bytes::from(vec![7; rect.pixels() * PIXEL_BYTES]);
        let mut slices = Slices::new(Band { rect, rgbx });
        let (mut y, mut events) = (5, 0);
        while let Some(DesktopEvent::Pixels { rect, rgbx }) = slices.next() {
            assert_eq!((rect.x, rect.y, rect.width), (3, y, 1280));
            assert_eq!(rgbx.len(), rect.pixels() * PIXEL_BYTES);
            assert!(rgbx.len() <= DesktopEvent::MAX_PIXEL_BYTES);
            y += rect.height;
            events += 1;
        }
        assert_eq!((y, events), (125, 3));
    }
}
