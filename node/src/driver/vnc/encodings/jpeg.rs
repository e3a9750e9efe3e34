//! JPEG rectangles of Tight.

use bytes::Bytes;
use shared::desktop::{PIXEL_BYTES, Rect};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::band::Band;
use crate::driver::vnc::broken::Broken;

const CORRUPT: Broken = Broken::Corrupt("a JPEG");

/// Decodes a picture, which must be as large as its rectangle.
pub(super) fn decode(jpeg: &[u8], rect: Rect) -> Result<Band, Broken> {
    let (width, height) = (usize::from(rect.width), usize::from(rect.height));
    let options = DecoderOptions::default()
        .set_max_width(width)
        .set_max_height(height)
        .jpeg_set_max_scans(64)
        .jpeg_set_out_colorspace(ColorSpace::RGBA);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), options);
    decoder
        .decode_headers()
        .map_err(|_its_text_is_for_us| CORRUPT)?;
    let is_right = decoder.dimensions() == Some((width, height))
        && decoder.output_buffer_size() == Some(rect.pixels() * PIXEL_BYTES);
    if !is_right {
        return Err(CORRUPT);
    }
    let mut rgbx = vec![0; rect.pixels() * PIXEL_BYTES];
    decoder
        .decode_into(&mut rgbx)
        .map_err(|_its_text_is_for_us| CORRUPT)?;
    let rgbx = Bytes::from(rgbx);
    Ok(Band { rect, rgbx })
}

#[cfg(test)]
mod tests {
    use jpeg_encoder::{ColorType, Encoder};

    use super::*;

    const RECT: Rect = Rect {
        x: 5,
        y: 6,
        width: 33,
        height: 17,
    };

    /// A picture of one colour, as large as [`RECT`].
    fn encode(pixel: &[u8], kind: ColorType) -> Vec<u8> {
        let mut jpeg = Vec::new();
        let encoder = Encoder::new(&mut jpeg, 95);
        let pixels = pixel.repeat(RECT.pixels());
        encoder
            .encode(&pixels, RECT.width, RECT.height, kind)
            .unwrap();
        jpeg
    }

    #[test]
    fn colour_and_grey_pictures_become_opaque_pixels() {
        for (pixel, kind, expected) in [
            (&[200, 100, 50][..], ColorType::Rgb, [200, 100, 50]),
            (&[77], ColorType::Luma, [77, 77, 77]),
        ] {
            let band = decode(&encode(pixel, kind), RECT).unwrap();
            assert_eq!((band.rect, band.rgbx.len()), (RECT, RECT.pixels() * 4));
            for pixel in band.rgbx.chunks(4) {
                let off = pixel.iter().zip(expected).map(|(is, was)| is.abs_diff(was));
                assert!(off.max() < Some(4) && pixel[3] == 255, "{pixel:?}");
            }
        }
    }

    #[test]
    fn a_picture_of_another_size_and_a_damaged_one_are_refused() {
        let jpeg = encode(&[1, 2, 3], ColorType::Rgb);
        for rect in [Rect { width: 32, ..RECT }, Rect { height: 18, ..RECT }] {
            assert_eq!(decode(&jpeg, rect).unwrap_err(), CORRUPT);
        }
        assert_eq!(decode(&jpeg[..20], RECT).unwrap_err(), CORRUPT);
        assert_eq!(decode(b"", RECT).unwrap_err(), CORRUPT);
    }
}
