//! Cursors: plain with a mask (RFC 6143 §7.8.1), and with opacity ("Cursor With Alpha").

use bytes::Bytes;
use shared::desktop::{Cursor, PIXEL_BYTES, Rect};

use super::broken::Broken;
use super::say::encoding;
use super::wire::Reader;

/// Whether the browser can show a cursor of this size; larger ones are read and ignored.
pub(super) const fn is_shown(rect: Rect) -> bool {
    rect.width <= Cursor::MAX_SIDE && rect.height <= Cursor::MAX_SIDE
}

/// Bytes of a cursor with a mask.
pub(super) fn masked_bytes(rect: Rect) -> usize {
    rect.pixels() * PIXEL_BYTES + mask_stride(rect) * usize::from(rect.height)
}

fn mask_stride(rect: Rect) -> usize {
    usize::from(rect.width).div_ceil(8)
}

/// A cursor with a mask. The rectangle's corner is the pixel that points.
pub(super) fn masked(reader: &mut Reader<'_>, rect: Rect) -> Option<Cursor> {
    let (pixels, _) = reader.take(rect.pixels() * PIXEL_BYTES)?.as_chunks();
    let mask = reader.take(mask_stride(rect) * usize::from(rect.height))?;
    let width = usize::from(rect.width).max(1);
    let mut rgba = Vec::with_capacity(rect.pixels() * PIXEL_BYTES);
    let rows = pixels
        .chunks(width)
        .zip(mask.chunks(mask_stride(rect).max(1)));
    for (row, bits) in rows {
        let bits = bits
            .iter()
            .flat_map(|byte| (0..8).map(move |bit| byte & (128 >> bit)));
        for ([red, green, blue, _], bit) in row.iter().zip(bits) {
            // What is not seen has no colour, so that equal cursors are equal.
            rgba.extend_from_slice(&if bit == 0 {
                [0; PIXEL_BYTES]
            } else {
                [*red, *green, *blue, 255]
            });
        }
    }
    Some(shape(rect, rgba))
}

/// A cursor with opacity, its colours multiplied by it on the wire.
///
/// # Errors
/// Servers may encode the pixels in any way; only raw ones are known to exist.
pub(super) fn with_alpha(reader: &mut Reader<'_>, rect: Rect) -> Option<Result<Cursor, Broken>> {
    let code = reader.i32()?;
    if code != encoding::RAW {
        return Some(Err(Broken::Encoding(code)));
    }
    let (pixels, _) = reader.take(rect.pixels() * PIXEL_BYTES)?.as_chunks();
    let rgba = pixels.iter().copied().flat_map(divided).collect();
    Some(Ok(shape(rect, rgba)))
}

/// Undoes the multiplication by opacity.
fn divided([red, green, blue, alpha]: [u8; 4]) -> [u8; 4] {
    let plain = |colour: u8| {
        let value = (u16::from(colour) * 255 + u16::from(alpha) / 2).checked_div(u16::from(alpha));
        u8::try_from(value.unwrap_or(0)).unwrap_or(255)
    };
    [plain(red), plain(green), plain(blue), alpha]
}

fn shape(rect: Rect, rgba: Vec<u8>) -> Cursor {
    let is_blank = rgba
        .chunks_exact(PIXEL_BYTES)
        .all(|pixel| pixel.ends_with(&[0]));
    if is_blank {
        return Cursor::Hidden;
    }
    Cursor::Shape {
        width: rect.width,
        height: rect.height,
        hot_x: rect.x.min(rect.width.saturating_sub(1)),
        hot_y: rect.y.min(rect.height.saturating_sub(1)),
        rgba: Bytes::from(rgba),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECT: Rect = Rect {
        x: 9,
        y: 0,
        width: 2,
        height: 1,
    };

    #[test]
    fn a_mask_hides_pixels_and_the_hot_spot_stays_inside() {
        let cursor = masked(&mut Reader::new(&[1, 2, 3, 0, 4, 5, 6, 0, 0x40]), RECT);
        let Some(Cursor::Shape { hot_x, rgba, .. }) = cursor else {
            panic!("no shape");
        };
        assert_eq!((hot_x, &rgba[..]), (1, &[0, 0, 0, 0, 4, 5, 6, 255][..]));
        let blank = masked(&mut Reader::new(&[1, 2, 3, 0, 4, 5, 6, 0, 0x3f]), RECT);
        assert_eq!(blank, Some(Cursor::Hidden));
        assert_eq!(masked(&mut Reader::new(&[0; 8]), RECT), None);
    }

    #[test]
    fn opacity_is_divided_out_of_the_colours() {
        let bytes = [0, 0, 0, 0, 64, 128, 0, 128, 9, 9, 9, 0];
        let Some(Ok(Cursor::Shape { rgba, .. })) = with_alpha(&mut Reader::new(&bytes), RECT)
        else {
            panic!("no shape");
        };
        assert_eq!(rgba[..], [128, 255, 0, 128, 0, 0, 0, 0]);
        let encoded = with_alpha(&mut Reader::new(&[0, 0, 0, 7]), RECT);
        assert_eq!(encoded, Some(Err(Broken::Encoding(7))));
    }
}
