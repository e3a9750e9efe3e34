//! One colour for a whole rectangle, made band by band so that twelve bytes cost no gigabyte.

use bytes::Bytes;
use shared::desktop::Rect;

use super::band::{Band, Pixel, rows, rows_per_event};
use super::decoder::Progress;

/// A rectangle of one colour.
#[derive(Debug)]
pub(super) struct Fill {
    rect: Rect,
    pixel: Pixel,
    row: u16,
}

impl Fill {
    pub(super) const fn new(rect: Rect, pixel: Pixel) -> Self {
        Self {
            rect,
            pixel,
            row: 0,
        }
    }

    pub(super) fn step(&mut self) -> Progress {
        let rect = rows(self.rect, self.row, rows_per_event(self.rect));
        if rect.is_empty() {
            return Progress::Done;
        }
        self.row = self.row.saturating_add(rect.height);
        let rgbx = Bytes::from(self.pixel.repeat(rect.pixels()));
        Progress::Band(Band { rect, rgbx })
    }
}
