//! Messages of the client (RFC 6143 §7.5 and the community's extensions), appended to a buffer.

use shared::desktop::{DesktopSize, Rect};

use super::layout::Screen;

/// Encodings, best first, then pseudo-encodings (`rfbproto`, "Encodings").
pub(super) mod encoding {
    pub(in super::super) const RAW: i32 = 0;
    pub(in super::super) const COPY_RECT: i32 = 1;
    pub(in super::super) const HEXTILE: i32 = 5;
    pub(in super::super) const TIGHT: i32 = 7;
    pub(in super::super) const ZRLE: i32 = 16;
    pub(in super::super) const JPEG_QUALITY_0: i32 = -32;
    pub(in super::super) const DESKTOP_SIZE: i32 = -223;
    pub(in super::super) const LAST_RECT: i32 = -224;
    pub(in super::super) const CURSOR: i32 = -239;
    pub(in super::super) const COMPRESSION_0: i32 = -256;
    pub(in super::super) const QEMU_KEY: i32 = -258;
    pub(in super::super) const LED_STATE: i32 = -261;
    pub(in super::super) const DESKTOP_NAME: i32 = -307;
    pub(in super::super) const EXTENDED_DESKTOP_SIZE: i32 = -308;
    pub(in super::super) const FENCE: i32 = -312;
    pub(in super::super) const CONTINUOUS_UPDATES: i32 = -313;
    pub(in super::super) const CURSOR_WITH_ALPHA: i32 = -314;
    /// `0xC0A1E5CE` as the wire's signed number.
    pub(in super::super) const EXTENDED_CLIPBOARD: i32 =
        i32::from_be_bytes([0xc0, 0xa1, 0xe5, 0xce]);
}

/// Everything we understand, best first.
const ENCODINGS: [i32; 16] = [
    encoding::TIGHT,
    encoding::ZRLE,
    encoding::HEXTILE,
    encoding::COPY_RECT,
    encoding::RAW,
    encoding::CURSOR_WITH_ALPHA,
    encoding::CURSOR,
    encoding::EXTENDED_DESKTOP_SIZE,
    encoding::DESKTOP_SIZE,
    encoding::LAST_RECT,
    encoding::FENCE,
    encoding::CONTINUOUS_UPDATES,
    encoding::EXTENDED_CLIPBOARD,
    encoding::QEMU_KEY,
    encoding::LED_STATE,
    encoding::DESKTOP_NAME,
];

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

fn put_rect(out: &mut Vec<u8>, rect: Rect) {
    for value in [rect.x, rect.y, rect.width, rect.height] {
        put16(out, value);
    }
}

/// 32 bits a pixel, little endian, red lowest: the bytes are red, green, blue and one spare, as
/// the screen model keeps them (RFC 6143 §7.5.1).
pub(super) fn pixel_format(out: &mut Vec<u8>) {
    out.extend_from_slice(&[0, 0, 0, 0]);
    out.extend_from_slice(&[32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16, 0, 0, 0]);
}

/// What we understand and how we like it (RFC 6143 §7.5.2); `quality` none means lossless.
pub(super) fn encodings(out: &mut Vec<u8>, quality: Option<u8>, compression: u8) {
    let level = |base: i32, level: u8| base + i32::from(level.min(9));
    let mut list = ENCODINGS.to_vec();
    list.push(level(encoding::COMPRESSION_0, compression));
    list.extend(quality.map(|quality| level(encoding::JPEG_QUALITY_0, quality)));
    out.extend_from_slice(&[2, 0]);
    put16(out, u16::try_from(list.len()).unwrap_or(0));
    for code in list {
        out.extend_from_slice(&code.to_be_bytes());
    }
}

/// Asks for an update (RFC 6143 §7.5.3).
pub(super) fn request(out: &mut Vec<u8>, is_incremental: bool, size: DesktopSize) {
    out.extend_from_slice(&[3, u8::from(is_incremental)]);
    put_rect(out, size.rect());
}

/// A key (RFC 6143 §7.5.4).
pub(super) fn key(out: &mut Vec<u8>, keysym: u32, is_down: bool) {
    out.extend_from_slice(&[4, u8::from(is_down), 0, 0]);
    put32(out, keysym);
}

/// A key by meaning and place ("QEMU Extended Key Event Message").
pub(super) fn placed_key(out: &mut Vec<u8>, keysym: u32, place: u32, is_down: bool) {
    out.extend_from_slice(&[255, 0]);
    put16(out, u16::from(is_down));
    put32(out, keysym);
    put32(out, place);
}

/// The pointer (RFC 6143 §7.5.5).
pub(super) fn pointer(out: &mut Vec<u8>, buttons: u8, x: u16, y: u16) {
    out.extend_from_slice(&[5, buttons]);
    put16(out, x);
    put16(out, y);
}

/// Clipboard text in Latin-1 (RFC 6143 §7.5.6).
pub(super) fn cut_text(out: &mut Vec<u8>, latin1: &[u8]) {
    out.extend_from_slice(&[6, 0, 0, 0]);
    put32(out, u32::try_from(latin1.len()).unwrap_or(0));
    out.extend_from_slice(latin1);
}

/// A message of the extended clipboard: a negative length, then flags and more.
pub(super) fn extended_cut_text(out: &mut Vec<u8>, flags: u32, rest: &[u8]) {
    let length = i32::try_from(rest.len() + 4).unwrap_or(4);
    out.extend_from_slice(&[6, 0, 0, 0]);
    out.extend_from_slice(&(-length).to_be_bytes());
    put32(out, flags);
    out.extend_from_slice(rest);
}

/// A fence (`ClientFence`); at most 64 bytes of payload.
pub(super) fn fence(out: &mut Vec<u8>, flags: u32, payload: &[u8]) {
    out.extend_from_slice(&[248, 0, 0, 0]);
    put32(out, flags);
    out.push(u8::try_from(payload.len()).unwrap_or(0));
    out.extend_from_slice(payload);
}

/// Updates without requests, for the whole desktop (`EnableContinuousUpdates`).
pub(super) fn continuous_updates(out: &mut Vec<u8>, size: DesktopSize) {
    out.extend_from_slice(&[150, 1]);
    put_rect(out, size.rect());
}

/// Asks for a desktop of one screen (`SetDesktopSize`).
pub(super) fn desktop_size(out: &mut Vec<u8>, size: DesktopSize, screen: Screen) {
    out.extend_from_slice(&[251, 0]);
    put16(out, size.width());
    put16(out, size.height());
    out.extend_from_slice(&[1, 0]);
    put32(out, screen.id);
    put_rect(out, size.rect());
    put32(out, screen.flags);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_encodings_says_quality_only_where_loss_is_fine() {
        let (mut lossless, mut lossy) = (Vec::new(), Vec::new());
        encodings(&mut lossless, None, 1);
        encodings(&mut lossy, Some(9), 99);
        assert_eq!(lossless[..8], [2, 0, 0, 17, 0, 0, 0, 7]);
        assert_eq!(lossless[68..], (-255_i32).to_be_bytes());
        assert_eq!(lossy[68..72], (-247_i32).to_be_bytes());
        assert_eq!(lossy[72..], (-23_i32).to_be_bytes());
    }

    #[test]
    fn a_message_of_the_extended_clipboard_has_a_negative_length() {
        let mut out = Vec::new();
        extended_cut_text(&mut out, 0x0200_0001, &[]);
        assert_eq!(out, [6, 0, 0, 0, 0xff, 0xff, 0xff, 0xfc, 2, 0, 0, 1]);
    }
}
