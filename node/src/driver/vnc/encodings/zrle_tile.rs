//! One tile of ZRLE: raw, one colour, packed palette, or runs (RFC 6143 §7.7.6).

use super::band::{BLACK, Pixel, opaque};
use crate::driver::vnc::broken::Broken;
use crate::driver::vnc::wire::Reader;

/// Side of a tile, in pixels.
pub(super) const SIDE: u16 = 64;

/// Longest tile, in bytes: runs of one pixel each, or a palette and such runs.
pub(super) const LONGEST: usize = 1 + 127 * 3 + 64 * 64 * 4;

const CORRUPT: Broken = Broken::Corrupt("a ZRLE tile");

/// Reads one tile; `None` when its bytes have not all come.
pub(super) fn paint(
    reader: &mut Reader<'_>,
    tile: &mut Vec<Pixel>,
    (width, height): (usize, usize),
) -> Option<Result<(), Broken>> {
    let pixels = width * height;
    tile.clear();
    match reader.u8()? {
        0 => {
            let (colours, _) = reader.take(pixels * 3)?.as_chunks();
            tile.extend(colours.iter().copied().map(opaque));
        }
        1 => tile.resize(pixels, opaque(reader.array()?)),
        count @ 2..=16 => {
            let palette = palette(reader, count)?;
            packed(reader, tile, &palette, (width, height))?;
        }
        128 => {
            while tile.len() < pixels {
                let colour = opaque(reader.array()?);
                let length = run(reader)?;
                if let Err(broken) = push_run(tile, colour, length, pixels) {
                    return Some(Err(broken));
                }
            }
        }
        count @ 130..=255 => {
            let palette = palette(reader, count - 128)?;
            while tile.len() < pixels {
                let index = reader.u8()?;
                let length = if index & 128 == 0 { 1 } else { run(reader)? };
                let colour = pick(&palette, index & 127);
                if let Err(broken) = push_run(tile, colour, length, pixels) {
                    return Some(Err(broken));
                }
            }
        }
        17..=127 | 129 => return Some(Err(CORRUPT)),
    }
    Some(Ok(()))
}

fn palette(reader: &mut Reader<'_>, count: u8) -> Option<Vec<Pixel>> {
    let (colours, _) = reader.take(usize::from(count) * 3)?.as_chunks();
    Some(colours.iter().copied().map(opaque).collect())
}

/// A colour beyond the palette means nothing; it is black.
fn pick(palette: &[Pixel], index: u8) -> Pixel {
    palette.get(usize::from(index)).copied().unwrap_or(BLACK)
}

/// A run's length: one more than the sum of bytes up to one that is not 255.
fn run(reader: &mut Reader<'_>) -> Option<usize> {
    let mut length: usize = 1;
    loop {
        let byte = reader.u8()?;
        length = length.saturating_add(usize::from(byte));
        if byte != 255 {
            return Some(length);
        }
        // Longer than any tile: the caller refuses it, and no more need be read.
        if length > LONGEST {
            return Some(length);
        }
    }
}

fn push_run(
    tile: &mut Vec<Pixel>,
    colour: Pixel,
    length: usize,
    pixels: usize,
) -> Result<(), Broken> {
    let end = tile.len().saturating_add(length);
    if end > pixels {
        return Err(CORRUPT);
    }
    tile.resize(end, colour);
    Ok(())
}

/// Indices of one, two or four bits, each row from a byte of its own.
fn packed(
    reader: &mut Reader<'_>,
    tile: &mut Vec<Pixel>,
    palette: &[Pixel],
    (width, height): (usize, usize),
) -> Option<()> {
    let bits: usize = match palette.len() {
        0..=2 => 1,
        3..=4 => 2,
        _ => 4,
    };
    let row_bytes = (width * bits).div_ceil(8);
    let mask = u8::MAX >> (8 - bits);
    for _ in 0..height {
        let row = reader.take(row_bytes)?;
        let end = tile.len() + width;
        'row: for byte in row {
            for index in 1..=8 / bits {
                if tile.len() == end {
                    break 'row;
                }
                tile.push(pick(palette, (byte >> (8 - bits * index)) & mask));
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Pixel = [1, 2, 3, 255];
    const B: Pixel = [4, 5, 6, 255];

    fn read(bytes: &[u8], size: (usize, usize)) -> Option<Result<Vec<Pixel>, Broken>> {
        let mut tile = Vec::new();
        let mut reader = Reader::new(bytes);
        let sound = paint(&mut reader, &mut tile, size)?;
        assert!(sound.is_err() || reader.left() == 0, "all is used");
        Some(sound.map(|()| tile))
    }

    #[test]
    fn every_kind_of_tile_is_read() {
        for (bytes, size, expected) in [
            (&[0, 1, 2, 3, 4, 5, 6][..], (2, 1), vec![A, B]),
            (&[1, 1, 2, 3], (2, 1), vec![A, A]),
            (&[2, 1, 2, 3, 4, 5, 6, 0x40, 0x80], (2, 2), vec![A, B, B, A]),
            (&[128, 1, 2, 3, 1, 4, 5, 6, 0], (3, 1), vec![A, A, B]),
            (&[130, 1, 2, 3, 4, 5, 6, 1, 128, 1], (3, 1), vec![B, A, A]),
        ] {
            assert_eq!(read(bytes, size), Some(Ok(expected)), "{bytes:?}");
            for end in 0..bytes.len() {
                assert_eq!(read(&bytes[..end], size), None, "cut at {end}: {bytes:?}");
            }
        }
    }

    #[test]
    fn runs_beyond_the_tile_and_unknown_kinds_are_refused() {
        assert_eq!(read(&[128, 1, 2, 3, 2], (2, 1)), Some(Err(CORRUPT)));
        let mut endless = vec![128, 1, 2, 3];
        endless.resize(200, 255);
        assert_eq!(read(&endless, (64, 64)), Some(Err(CORRUPT)));
        assert_eq!(read(&[17], (1, 1)), Some(Err(CORRUPT)));
        assert_eq!(read(&[129], (1, 1)), Some(Err(CORRUPT)));
    }
}
