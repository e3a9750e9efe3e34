//! The start of a Tight rectangle: how it is filtered, compressed, and how long it is.

use super::band::{BLACK, Pixel, opaque};
use crate::driver::vnc::broken::Broken;
use crate::driver::vnc::wire::Reader;

/// Data shorter than this is not compressed.
const LEAST_COMPRESSED: usize = 12;

/// Largest JPEG, in pixels: 16 MiB once decoded. Servers cut theirs far smaller.
const MOST_JPEG: usize = 2048 * 2048;

const CORRUPT: Broken = Broken::Corrupt("a Tight rectangle");

/// What the head of a rectangle says.
#[derive(Debug)]
pub(super) struct Head {
    /// Bit per stream that starts anew.
    pub(super) resets: u8,
    pub(super) body: Body,
}

/// What follows.
#[derive(Debug)]
pub(super) enum Body {
    /// Nothing; the rectangle has one colour.
    Fill(Pixel),
    /// A JPEG of this length.
    Jpeg(usize),
    /// Rows.
    Rows(Rows),
}

/// Filtered rows.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) filter: Filter,
    /// Stream that compresses them, and the compressed length; none when they are plain.
    pub(super) packed: Option<(u8, usize)>,
}

/// How pixels became bytes.
#[derive(Debug)]
pub(super) enum Filter {
    /// Three bytes a pixel.
    Copy,
    /// A bit a pixel, each row from a byte of its own.
    Mono([Pixel; 2]),
    /// A byte a pixel.
    Palette(Box<[Pixel; 256]>),
    /// Three bytes a pixel: differences from what the neighbours suggest.
    Gradient,
}

impl Filter {
    /// Bytes of a row of `width` pixels.
    pub(super) const fn row_bytes(&self, width: usize) -> usize {
        match self {
            Self::Copy | Self::Gradient => width * 3,
            Self::Mono(_) => width.div_ceil(8),
            Self::Palette(_) => width,
        }
    }
}

/// Reads a head; `None` when its bytes have not all come.
pub(super) fn read(
    reader: &mut Reader<'_>,
    (width, height): (usize, usize),
) -> Option<Result<Head, Broken>> {
    let control = reader.u8()?;
    let resets = control & 15;
    let body = match control >> 4 {
        8 => Body::Fill(opaque(reader.array()?)),
        9 if width * height > MOST_JPEG => return Some(Err(Broken::TooLong("a JPEG"))),
        9 => Body::Jpeg(compact(reader)?),
        kind @ 0..=7 => {
            let filter = if kind & 4 == 0 {
                Filter::Copy
            } else {
                match filter(reader)? {
                    Ok(filter) => filter,
                    Err(broken) => return Some(Err(broken)),
                }
            };
            let is_plain = filter.row_bytes(width) * height < LEAST_COMPRESSED;
            let packed = if is_plain {
                None
            } else {
                Some((kind & 3, compact(reader)?))
            };
            Body::Rows(Rows { filter, packed })
        }
        10.. => return Some(Err(CORRUPT)),
    };
    Some(Ok(Head { resets, body }))
}

/// A filter and its palette.
fn filter(reader: &mut Reader<'_>) -> Option<Result<Filter, Broken>> {
    Some(match reader.u8()? {
        0 => Ok(Filter::Copy),
        1 => {
            let count = usize::from(reader.u8()?) + 1;
            let (colours, _) = reader.take(count * 3)?.as_chunks();
            Ok(palette(colours))
        }
        2 => Ok(Filter::Gradient),
        _ => Err(CORRUPT),
    })
}

fn palette(colours: &[[u8; 3]]) -> Filter {
    if let [zero, one] = colours {
        return Filter::Mono([opaque(*zero), opaque(*one)]);
    }
    // An index beyond the palette means nothing; it is black.
    let mut palette = Box::new([BLACK; 256]);
    for (place, colour) in palette.iter_mut().zip(colours) {
        *place = opaque(*colour);
    }
    Filter::Palette(palette)
}

/// A length of up to 22 bits: seven, seven and eight, lowest first.
fn compact(reader: &mut Reader<'_>) -> Option<usize> {
    let first = reader.u8()?;
    let mut length = usize::from(first & 127);
    if first & 128 != 0 {
        let second = reader.u8()?;
        length |= usize::from(second & 127) << 7;
        if second & 128 != 0 {
            length |= usize::from(reader.u8()?) << 14;
        }
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_one_to_three_bytes() {
        for (bytes, length) in [
            (&[0x7f][..], 127),
            (&[0x90, 0x4e], 10_000),
            (&[0xff, 0xff, 0xff], 0x003f_ffff),
        ] {
            assert_eq!(compact(&mut Reader::new(bytes)), Some(length));
            assert_eq!(compact(&mut Reader::new(&bytes[..bytes.len() - 1])), None);
        }
    }

    #[test]
    fn what_no_server_may_send_is_refused() {
        for bytes in [&[0xa0][..], &[0xf0], &[0x40, 3], &[0x70, 255]] {
            let head = read(&mut Reader::new(bytes), (4, 4));
            assert!(matches!(head, Some(Err(_))), "{bytes:?}");
        }
        let huge = read(&mut Reader::new(&[0x90, 1]), (4096, 4096));
        assert!(matches!(huge, Some(Err(Broken::TooLong(_)))));
    }
}
