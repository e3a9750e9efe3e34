//! The pixels of a desktop.

use shared::desktop::{DesktopSize, PIXEL_BYTES, Rect};

/// Side of the squares in which changes are looked for, in pixels.
pub(super) const TILE: u16 = 64;

/// Pixels, row by row, four bytes each: red, green, blue, 255.
#[derive(Clone, Debug)]
pub(super) struct Framebuffer {
    size: DesktopSize,
    pixels: Vec<u8>,
}

impl Framebuffer {
    /// A black desktop.
    pub(super) fn new(size: DesktopSize) -> Self {
        Self {
            size,
            pixels: [0, 0, 0, 255].repeat(size.pixels()),
        }
    }

    pub(super) const fn size(&self) -> DesktopSize {
        self.size
    }

    pub(super) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    fn range(&self, x: u16, y: u16, width: u16) -> std::ops::Range<usize> {
        let start =
            (usize::from(y) * usize::from(self.size.width()) + usize::from(x)) * PIXEL_BYTES;
        start..start + usize::from(width) * PIXEL_BYTES
    }

    /// Some pixels of one row; empty when they are not on the desktop.
    pub(super) fn row(&self, x: u16, y: u16, width: u16) -> &[u8] {
        self.pixels.get(self.range(x, y, width)).unwrap_or_default()
    }

    /// The rows of a rectangle.
    pub(super) fn rows(&self, rect: Rect) -> impl Iterator<Item = &[u8]> {
        (0..rect.height).map(move |row| self.row(rect.x, rect.y.saturating_add(row), rect.width))
    }

    /// Replaces pixels and tells what really changed, a box per tile. What does not fit the
    /// desktop, or has too few pixels, is ignored.
    pub(super) fn paint(&mut self, rect: Rect, rgbx: &[u8], mut changed: impl FnMut(Rect)) {
        if rect.is_empty() || !rect.fits(self.size) || rgbx.len() < rect.pixels() * PIXEL_BYTES {
            return;
        }
        let mut y = rect.y;
        while u32::from(y) < rect.bottom() {
            let height = band(y, rect.bottom());
            let mut x = rect.x;
            while u32::from(x) < rect.right() {
                let width = band(x, rect.right());
                let tile = Rect {
                    x,
                    y,
                    width,
                    height,
                };
                if let Some(found) = self.paint_tile(rect, tile, rgbx) {
                    changed(found);
                }
                x = x.saturating_add(width);
            }
            y = y.saturating_add(height);
        }
    }

    /// Copies one tile's part of new pixels; the box around what differed.
    fn paint_tile(&mut self, from: Rect, tile: Rect, rgbx: &[u8]) -> Option<Rect> {
        let mut found: Option<(u16, u16, u16, u16)> = None;
        let (left, stride) = (usize::from(tile.x - from.x), usize::from(from.width));
        for row in 0..tile.height {
            let y = tile.y + row;
            let start = (usize::from(y - from.y) * stride + left) * PIXEL_BYTES;
            let new = rgbx.get(start..start + usize::from(tile.width) * PIXEL_BYTES)?;
            let range = self.range(tile.x, y, tile.width);
            let old = self.pixels.get_mut(range)?;
            if old == new {
                continue;
            }
            let (first, last) = ends_of_difference(old, new);
            old.copy_from_slice(new);
            found = Some(found.map_or((first, y, last, y), |(x0, y0, x1, _)| {
                (x0.min(first), y0, x1.max(last), y)
            }));
        }
        found.map(|(x0, y0, x1, y1)| Rect {
            x: tile.x + x0,
            y: y0,
            width: x1 - x0 + 1,
            height: y1 - y0 + 1,
        })
    }

    /// Moves pixels; source and destination may overlap. False when either is not on the desktop.
    pub(super) fn copy(&mut self, from_x: u16, from_y: u16, to: Rect) -> bool {
        let source = Rect {
            x: from_x,
            y: from_y,
            ..to
        };
        if to.is_empty() || !to.fits(self.size) || !source.fits(self.size) {
            return false;
        }
        for index in 0..to.height {
            // Rows that will be overwritten are read first.
            let row = if from_y < to.y {
                to.height - 1 - index
            } else {
                index
            };
            let source = self.range(from_x, from_y + row, to.width);
            let target = self.range(to.x, to.y + row, to.width).start;
            self.pixels.copy_within(source, target);
        }
        true
    }
}

/// Pixels from `at` to the end of its tile, or to `end`.
fn band(at: u16, end: u32) -> u16 {
    let left = end.saturating_sub(u32::from(at));
    (TILE - at % TILE).min(u16::try_from(left).unwrap_or(TILE))
}

/// First and last pixel that differ, in rows that do.
fn ends_of_difference(old: &[u8], new: &[u8]) -> (u16, u16) {
    let differ = || {
        let pairs = old
            .chunks_exact(PIXEL_BYTES)
            .zip(new.chunks_exact(PIXEL_BYTES));
        pairs.map(|(old, new)| old != new)
    };
    let first = differ().position(|is_new| is_new).unwrap_or(0);
    let last = differ().rposition(|is_new| is_new).unwrap_or(first);
    let narrow = |at: usize| u16::try_from(at).unwrap_or(TILE - 1);
    (narrow(first), narrow(last))
}
