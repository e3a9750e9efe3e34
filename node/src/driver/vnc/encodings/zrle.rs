//! ZRLE: one zlib stream of tiles of 64 by 64 pixels (RFC 6143 §7.7.6).
//!
//! A tile's length is known only once it is read, so inflated bytes wait in a small window and a
//! tile is tried again when more have come.

use bytes::{Bytes, BytesMut};
use shared::desktop::Rect;

use super::band::{Band, Pixel, blit, row_bytes, rows};
use super::decoder::Progress;
use super::inflate::{Inflater, Streams};
use super::zrle_tile::{LONGEST, SIDE, paint};
use crate::driver::vnc::broken::Broken;
use crate::driver::vnc::wire::{Reader, length, number};

/// Inflated bytes waiting: a tile of the longest kind and as much again, so that most tiles are
/// read without moving any.
const WINDOW: usize = 2 * LONGEST;

/// A ZRLE rectangle.
#[derive(Debug)]
pub(in super::super) struct Zrle {
    rect: Rect,
    /// Compressed bytes still to come; none before the length has been read.
    left: Option<usize>,
    window: Window,
    row: u16,
    column: u16,
    band: Vec<u8>,
    tile: Vec<Pixel>,
}

/// Inflated bytes from `start` to `end` wait.
#[derive(Debug, Default)]
struct Window {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Window {
    fn waiting(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Inflates more; true when anything came.
    fn refill(
        &mut self,
        stream: &mut Inflater,
        input: &mut BytesMut,
        left: &mut usize,
    ) -> Result<bool, Broken> {
        self.bytes.resize(WINDOW, 0);
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let room = self.bytes.get_mut(self.end..).unwrap_or_default();
        let made = stream.fill(input, left, room)?;
        self.end += made;
        Ok(made > 0)
    }
}

impl Zrle {
    pub(super) fn new(rect: Rect) -> Self {
        Self {
            rect,
            left: None,
            window: Window::default(),
            row: 0,
            column: 0,
            band: Vec::new(),
            tile: Vec::new(),
        }
    }

    pub(super) fn step(
        &mut self,
        input: &mut BytesMut,
        streams: &mut Streams,
    ) -> Result<Progress, Broken> {
        let mut left = match self.left {
            Some(left) => left,
            None => match number(input) {
                Some(bytes) => length(bytes),
                None => return Ok(Progress::Starved),
            },
        };
        if self.window.bytes.is_empty() {
            self.window.bytes = std::mem::take(&mut streams.room);
        }
        let progress = self.go_on(input, &mut left, streams.zrle());
        self.left = Some(left);
        if matches!(progress, Ok(Progress::Done)) {
            streams.room = std::mem::take(&mut self.window.bytes);
        }
        progress
    }

    fn go_on(
        &mut self,
        input: &mut BytesMut,
        left: &mut usize,
        stream: &mut Inflater,
    ) -> Result<Progress, Broken> {
        let rect = rows(self.rect, self.row, SIDE);
        if rect.is_empty() {
            if !self.window.waiting().is_empty() {
                return Err(Broken::TooLong("compressed data"));
            }
            let is_over = stream.finish(input, left)?;
            return Ok(if is_over {
                Progress::Done
            } else {
                Progress::Starved
            });
        }
        let stride = row_bytes(rect);
        self.band.resize(stride * usize::from(rect.height), 0);
        while self.column < rect.width {
            let width = usize::from(SIDE.min(rect.width - self.column));
            let size = (width, usize::from(rect.height));
            let mut reader = Reader::new(self.window.waiting());
            match paint(&mut reader, &mut self.tile, size) {
                None => {
                    if !self.window.refill(stream, input, left)? {
                        return starved(*left, input);
                    }
                    continue;
                }
                Some(is_sound) => is_sound?,
            }
            self.window.start = self.window.end - reader.left();
            let x = usize::from(self.column);
            blit(&self.tile, width, &mut self.band, stride, x);
            self.column = self.column.saturating_add(SIDE);
        }
        self.column = 0;
        self.row = self.row.saturating_add(SIDE);
        let rgbx = Bytes::from(std::mem::take(&mut self.band));
        Ok(Progress::Band(Band { rect, rgbx }))
    }
}

/// Waits for more, unless no more can come or what came gives nothing.
fn starved(left: usize, input: &BytesMut) -> Result<Progress, Broken> {
    if left == 0 || !input.is_empty() {
        return Err(Broken::Corrupt("a ZRLE rectangle"));
    }
    Ok(Progress::Starved)
}
