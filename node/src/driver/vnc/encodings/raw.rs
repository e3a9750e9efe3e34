//! Raw: the pixels themselves (RFC 6143 §7.7.1), taken from the input without copying.

use bytes::BytesMut;
use shared::desktop::{PIXEL_BYTES, Rect};

use super::band::{Band, row_bytes, rows, rows_per_event};
use super::decoder::Progress;

/// A raw rectangle.
#[derive(Debug)]
pub(in super::super) struct Raw {
    rect: Rect,
    row: u16,
}

impl Raw {
    pub(super) const fn new(rect: Rect) -> Self {
        Self { rect, row: 0 }
    }

    pub(super) fn step(&mut self, input: &mut BytesMut) -> Progress {
        let rect = rows(self.rect, self.row, rows_per_event(self.rect));
        if rect.is_empty() {
            return Progress::Done;
        }
        let length = row_bytes(rect) * usize::from(rect.height);
        if input.len() < length {
            return Progress::Starved;
        }
        let mut pixels = input.split_to(length);
        for pixel in pixels.chunks_exact_mut(PIXEL_BYTES) {
            if let [.., spare] = pixel {
                *spare = 255;
            }
        }
        self.row = self.row.saturating_add(rect.height);
        let rgbx = pixels.freeze();
        Progress::Band(Band { rect, rgbx })
    }
}
