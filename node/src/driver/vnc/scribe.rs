//! The server's side of a conversation, written by hand for tests: every encoding we read.

use flate2::{Compress, Compression, FlushCompress};
use shared::desktop::Rect;

/// A colour.
pub(super) type Rgb = [u8; 3];

/// Writes what a server says.
pub(super) struct Scribe {
    pub(super) bytes: Vec<u8>,
    tight: [Compress; 4],
    zrle: Compress,
}

fn deflate(stream: &mut Compress, plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(plain.len() * 2 + 1000);
    let before = stream.total_in();
    stream
        .compress_vec(plain, &mut packed, FlushCompress::Sync)
        .unwrap();
    assert_eq!(stream.total_in() - before, plain.len() as u64);
    packed
}

fn width(rect: Rect) -> usize {
    usize::from(rect.width)
}

impl Scribe {
    /// Greets as 3.8, asks for no proof, and opens a desktop.
    pub(super) fn new(width: u16, height: u16) -> Self {
        let mut bytes = b"RFB 003.008\n\x01\x01\0\0\0\0".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([0; 16]);
        bytes.extend([0, 0, 0, 4]);
        bytes.extend(b"desk");
        let stream = || Compress::new(Compression::fast(), true);
        Self {
            bytes,
            tight: [stream(), stream(), stream(), stream()],
            zrle: stream(),
        }
    }

    pub(super) fn update(&mut self, rects: u16) {
        self.bytes.extend([0, 0]);
        self.bytes.extend(rects.to_be_bytes());
    }

    pub(super) fn header(&mut self, rect: Rect, encoding: i32) {
        for side in [rect.x, rect.y, rect.width, rect.height] {
            self.bytes.extend(side.to_be_bytes());
        }
        self.bytes.extend(encoding.to_be_bytes());
    }

    pub(super) fn raw(&mut self, rect: Rect, pixels: &[Rgb]) {
        self.header(rect, 0);
        for [red, green, blue] in pixels {
            self.bytes.extend([*red, *green, *blue, 0]);
        }
    }

    pub(super) fn copy(&mut self, rect: Rect, x: u16, y: u16) {
        self.header(rect, 1);
        self.bytes.extend(x.to_be_bytes());
        self.bytes.extend(y.to_be_bytes());
    }

    pub(super) fn fill(&mut self, rect: Rect, [red, green, blue]: Rgb) {
        self.header(rect, 7);
        self.bytes.extend([0x80, red, green, blue]);
    }

    /// Tight with the copy filter, by the given stream, which may start anew.
    pub(super) fn tight(&mut self, rect: Rect, pixels: &[Rgb], stream: u8, is_reset: bool) {
        self.header(rect, 7);
        if is_reset {
            self.tight[usize::from(stream)].reset();
        }
        self.bytes.push(stream << 4 | u8::from(is_reset) << stream);
        self.body(stream, pixels.as_flattened());
    }

    /// Tight with the gradient filter.
    pub(super) fn gradient(&mut self, rect: Rect, pixels: &[Rgb]) {
        self.header(rect, 7);
        self.bytes.extend([0x60, 2]);
        let wide = width(rect);
        let at = |row: Option<usize>, column: Option<usize>| match row.zip(column) {
            Some((row, column)) => pixels[row * wide + column],
            None => [0; 3],
        };
        let mut plain = Vec::new();
        for row in 0..usize::from(rect.height) {
            for column in 0..wide {
                let (up, back) = (row.checked_sub(1), column.checked_sub(1));
                let (left, above) = (at(Some(row), back), at(up, Some(column)));
                let (corner, own) = (at(up, back), at(Some(row), Some(column)));
                for colour in 0..3 {
                    let sum = i16::from(left[colour]) + i16::from(above[colour])
                        - i16::from(corner[colour]);
                    plain.push(own[colour].wrapping_sub(sum.clamp(0, 255) as u8));
                }
            }
        }
        self.body(2, &plain);
    }

    /// Tight with a palette; `pixels` hold indices.
    pub(super) fn palette(&mut self, rect: Rect, palette: &[Rgb], pixels: &[u8]) {
        self.header(rect, 7);
        self.bytes.extend([0x50, 1, (palette.len() - 1) as u8]);
        self.bytes.extend(palette.as_flattened());
        let plain = match palette.len() {
            2 => packed(pixels, width(rect), 1),
            _ => pixels.to_vec(),
        };
        self.body(1, &plain);
    }

    fn body(&mut self, stream: u8, plain: &[u8]) {
        if plain.len() < 12 {
            self.bytes.extend(plain);
            return;
        }
        let body = deflate(&mut self.tight[usize::from(stream)], plain);
        let mut length = body.len();
        while length > 127 {
            self.bytes.push(length as u8 | 128);
            length >>= 7;
        }
        self.bytes.push(length as u8);
        self.bytes.extend(body);
    }

    /// ZRLE with the kinds of tile in turn: raw, runs, one colour where there is only one.
    pub(super) fn zrle(&mut self, rect: Rect, pixels: &[Rgb]) {
        self.header(rect, 16);
        let mut plain = Vec::new();
        for (number, tile) in tiles(rect, pixels, 64).into_iter().enumerate() {
            if tile.iter().all(|pixel| *pixel == tile[0]) {
                plain.push(1);
                plain.extend(tile[0]);
            } else if number % 2 == 0 {
                plain.push(0);
                plain.extend(tile.as_flattened());
            } else {
                plain.push(128);
                for run in tile.chunk_by(|one, next| one == next) {
                    plain.extend(run[0]);
                    let mut more = run.len() - 1;
                    while more >= 255 {
                        plain.push(255);
                        more -= 255;
                    }
                    plain.push(more as u8);
                }
            }
        }
        let body = deflate(&mut self.zrle, &plain);
        self.bytes.extend((body.len() as u32).to_be_bytes());
        self.bytes.extend(body);
    }

    /// Hextile with the kinds of tile in turn: raw, and a background with coloured parts.
    pub(super) fn hextile(&mut self, rect: Rect, pixels: &[Rgb]) {
        self.header(rect, 5);
        let mut left = rect.height;
        let mut column = 0;
        for (number, tile) in tiles(rect, pixels, 16).into_iter().enumerate() {
            let wide = usize::from((rect.width - column).min(16));
            let parts = tile.iter().enumerate().skip(1);
            if number % 2 == 0 || tile.len() > 200 {
                self.bytes.push(1);
                self.bytes
                    .extend(tile.iter().flat_map(|[r, g, b]| [*r, *g, *b, 0]));
            } else {
                let [red, green, blue] = tile[0];
                self.bytes
                    .extend([2 | 8 | 16, red, green, blue, 0, tile.len() as u8 - 1]);
                for (at, [red, green, blue]) in parts {
                    let (x, y) = (at % wide, at / wide);
                    self.bytes
                        .extend([*red, *green, *blue, 0, (x << 4 | y) as u8, 0]);
                }
            }
            column += 16;
            if column >= rect.width {
                column = 0;
                left = left.saturating_sub(16);
            }
        }
        assert_eq!(left, 0);
    }
}

/// Indices packed into bits, each row from a byte of its own.
fn packed(pixels: &[u8], width: usize, bits: usize) -> Vec<u8> {
    let bytes = pixels.chunks(width).flat_map(|row| {
        row.chunks(8 / bits).map(|eight| {
            let places = eight.iter().enumerate();
            places.fold(0, |byte, (at, index)| byte | index << (8 - bits * (at + 1)))
        })
    });
    bytes.collect()
}

/// The tiles of a rectangle, row by row.
fn tiles(rect: Rect, pixels: &[Rgb], side: usize) -> Vec<Vec<Rgb>> {
    let mut tiles = Vec::new();
    for rows in pixels.chunks(width(rect) * side) {
        for x in (0..width(rect)).step_by(side) {
            let rows = rows.chunks(width(rect));
            let tile = rows.flat_map(|row| row.iter().skip(x).take(side).copied());
            tiles.push(tile.collect());
        }
    }
    tiles
}
