//! From filtered rows of a Tight rectangle to pixels.

use shared::desktop::PIXEL_BYTES;

use super::band::{BLACK, Pixel};
use super::tight_head::Filter;

/// Turns whole filtered rows into pixels. `above` is the row before, for the gradient.
pub(super) fn unfilter(
    filter: &Filter,
    width: usize,
    rows: &[u8],
    above: &mut Vec<[u8; 3]>,
    pixels: &mut [u8],
) {
    match filter {
        Filter::Copy => copy(rows, pixels),
        Filter::Mono(colours) => mono(*colours, width, rows, pixels),
        Filter::Palette(palette) => indexed(palette, rows, pixels),
        Filter::Gradient => gradient(width, rows, above, pixels),
    }
}

fn copy(rows: &[u8], pixels: &mut [u8]) {
    let (places, _) = pixels.as_chunks_mut::<PIXEL_BYTES>();
    let (colours, _) = rows.as_chunks::<3>();
    for (place, [red, green, blue]) in places.iter_mut().zip(colours) {
        *place = [*red, *green, *blue, 255];
    }
}

fn mono([zero, one]: [Pixel; 2], width: usize, rows: &[u8], pixels: &mut [u8]) {
    let (places, _) = pixels.as_chunks_mut::<PIXEL_BYTES>();
    let bits = rows.chunks_exact(width.div_ceil(8).max(1));
    for (row, bits) in places.chunks_exact_mut(width.max(1)).zip(bits) {
        for (eight, byte) in row.chunks_mut(8).zip(bits) {
            let mut byte = *byte;
            for place in eight {
                *place = if byte & 128 == 0 { zero } else { one };
                byte <<= 1;
            }
        }
    }
}

fn indexed(palette: &[Pixel; 256], rows: &[u8], pixels: &mut [u8]) {
    let (places, _) = pixels.as_chunks_mut::<PIXEL_BYTES>();
    for (place, index) in places.iter_mut().zip(rows) {
        *place = palette.get(usize::from(*index)).copied().unwrap_or(BLACK);
    }
}

/// Each colour is a difference from `left + above - above left`, kept within 0 to 255.
fn gradient(width: usize, rows: &[u8], above: &mut Vec<[u8; 3]>, pixels: &mut [u8]) {
    above.resize(width, [0; 3]);
    let (places, _) = pixels.as_chunks_mut::<PIXEL_BYTES>();
    let (differences, _) = rows.as_chunks::<3>();
    let rows = places.chunks_exact_mut(width.max(1));
    for (row, differences) in rows.zip(differences.chunks_exact(width.max(1))) {
        let (mut left, mut above_left) = ([0_u8; 3], [0_u8; 3]);
        for ((place, difference), above) in row.iter_mut().zip(differences).zip(above.iter_mut()) {
            let colour = next(*difference, left, *above, above_left);
            let [red, green, blue] = colour;
            *place = [red, green, blue, 255];
            above_left = *above;
            left = colour;
            *above = colour;
        }
    }
}

fn next(difference: [u8; 3], left: [u8; 3], above: [u8; 3], above_left: [u8; 3]) -> [u8; 3] {
    let mut colour = difference;
    let suggestions = left.iter().zip(above).zip(above_left);
    for (value, ((left, above), above_left)) in colour.iter_mut().zip(suggestions) {
        let sum = i16::from(*left) + i16::from(above) - i16::from(above_left);
        let suggested = u8::try_from(sum.clamp(0, 255)).unwrap_or(0);
        *value = value.wrapping_add(suggested);
    }
    colour
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(filter: &Filter, width: usize, rows: &[u8]) -> Vec<u8> {
        let height = rows.len() / filter.row_bytes(width);
        let mut pixels = vec![0; width * height * PIXEL_BYTES];
        unfilter(filter, width, rows, &mut Vec::new(), &mut pixels);
        pixels
    }

    #[test]
    fn bits_start_anew_with_each_row() {
        let (a, b) = ([1, 1, 1, 255], [2, 2, 2, 255]);
        let rows = pixels(&Filter::Mono([a, b]), 9, &[0x80, 0x80, 0, 0x7f]);
        let (rows, _) = rows.as_chunks::<4>();
        assert_eq!(rows, [b, a, a, a, a, a, a, a, b, a, a, a, a, a, a, a, a, a]);
    }

    #[test]
    fn the_gradient_is_undone_over_rows_and_bands() {
        let rows = [10, 20, 250, 5, 0, 10, 1, 1, 1, 255, 0, 0];
        let whole = pixels(&Filter::Gradient, 2, &rows);
        assert_eq!(
            whole,
            [
                10, 20, 250, 255, 15, 20, 4, 255, 11, 21, 251, 255, 15, 21, 5, 255
            ]
        );
        let (mut above, mut cut) = (Vec::new(), vec![0; 16]);
        let (first, second) = cut.split_at_mut(8);
        unfilter(&Filter::Gradient, 2, &rows[..6], &mut above, first);
        unfilter(&Filter::Gradient, 2, &rows[6..], &mut above, second);
        assert_eq!(cut, whole);
    }
}
