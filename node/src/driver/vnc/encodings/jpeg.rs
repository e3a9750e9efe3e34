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
