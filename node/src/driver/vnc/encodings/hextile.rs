//! Hextile: tiles of 16 by 16 pixels made of rectangles (RFC 6143 §7.7.4).

use bytes::{Bytes, BytesMut};
use shared::desktop::{PIXEL_BYTES, Rect};

use super::band::{BLACK, Band, Pixel, blit, row_bytes, rows};
use super::decoder::Progress;
use crate::driver::vnc::broken::Broken;
use crate::driver::vnc::wire::{Reader, parse};

/// Side of a tile, in pixels.
const SIDE: u16 = 16;

/// Bits of a tile's first byte.
const IS_RAW: u8 = 1;
const HAS_BACKGROUND: u8 = 2;
const HAS_FOREGROUND: u8 = 4;
const HAS_PARTS: u8 = 8;
const ARE_COLOURED: u8 = 16;

/// A hextile rectangle.
#[derive(Debug)]
pub(in super::super) struct Hextile {
    rect: Rect,
    row: u16,
    column: u16,
    band: Vec<u8>,
    tile: Vec<Pixel>,
    colours: Colours,
}

/// Colours that go on from tile to tile.
#[derive(Clone, Copy, Debug)]
struct Colours {
    background: Pixel,
    foreground: Pixel,
}

impl Hextile {
    pub(super) const fn new(rect: Rect) -> Self {
        Self {
            rect,
            row: 0,
            column: 0,
            band: Vec::new(),
            tile: Vec::new(),
            colours: Colours {
                background: BLACK,
                foreground: BLACK,
            },
        }
    }

    pub(super) fn step(&mut self, input: &mut BytesMut) -> Result<Progress, Broken> {
        let rect = rows(self.rect, self.row, SIDE);
        if rect.is_empty() {
            return Ok(Progress::Done);
        }
        let stride = row_bytes(rect);
        self.band.resize(stride * usize::from(rect.height), 0);
        while self.column < rect.width {
            let width = usize::from(SIDE.min(rect.width - self.column));
            let height = usize::from(rect.height);
            let mut colours = self.colours;
            let read = parse(input, |reader| {
                paint(reader, &mut self.tile, &mut colours, (width, height))
            });
            match read {
                None => return Ok(Progress::Starved),
                Some(is_sound) => is_sound?,
            }
            self.colours = colours;
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

fn pixel(reader: &mut Reader<'_>) -> Option<Pixel> {
    let [red, green, blue, _] = reader.array()?;
    Some([red, green, blue, 255])
}

/// Reads one tile; `None` when its bytes have not all come.
fn paint(
    reader: &mut Reader<'_>,
    tile: &mut Vec<Pixel>,
    colours: &mut Colours,
    (width, height): (usize, usize),
) -> Option<Result<(), Broken>> {
    let kind = reader.u8()?;
    tile.clear();
    if kind & IS_RAW != 0 {
        let (pixels, _) = reader.take(width * height * PIXEL_BYTES)?.as_chunks();
        tile.extend(pixels.iter().map(|[r, g, b, _]| [*r, *g, *b, 255]));
        return Some(Ok(()));
    }
    if kind & HAS_BACKGROUND != 0 {
        colours.background = pixel(reader)?;
    }
    if kind & HAS_FOREGROUND != 0 {
        colours.foreground = pixel(reader)?;
    }
    tile.resize(width * height, colours.background);
    if kind & HAS_PARTS == 0 {
        return Some(Ok(()));
    }
    for _ in 0..reader.u8()? {
        let colour = if kind & ARE_COLOURED == 0 {
            colours.foreground
        } else {
            pixel(reader)?
        };
        let [at, size] = reader.array()?;
        let (x, y) = (usize::from(at >> 4), usize::from(at & 15));
        let (w, h) = (usize::from(size >> 4) + 1, usize::from(size & 15) + 1);
        if x + w > width || y + h > height {
            return Some(Err(Broken::Corrupt("a hextile")));
        }
        for row in tile.chunks_exact_mut(width).skip(y).take(h) {
            row.iter_mut().skip(x).take(w).for_each(|p| *p = colour);
        }
    }
    Some(Ok(()))
}
