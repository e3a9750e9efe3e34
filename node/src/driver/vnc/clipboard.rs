//! Clipboard text both ways: Latin-1 as of old, Unicode where the server knows how.
//!
//! ```text
//! server ─ notify ─▶ we request ─▶ provide ─▶ ClipboardSet
//! viewer ─ SetClipboard ─▶ notify ─▶ server requests ─▶ we provide
//! ```
//! Text is UTF-8 with CR LF and a final NUL in a zlib stream of its own ("Extended Clipboard
//! Pseudo-Encoding"); ours is plain UTF-8 with LF.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use shared::desktop::MAX_CLIPBOARD;

use super::broken::Broken;
use super::encodings::inflate_all;
use super::say;
use super::wire::Reader;

/// The one format that we exchange.
const TEXT: u32 = 1;
/// The action bits.
const CAPS: u32 = 1 << 24;
const REQUEST: u32 = 1 << 25;
const PEEK: u32 = 1 << 26;
const NOTIFY: u32 = 1 << 27;
const PROVIDE: u32 = 1 << 28;

/// Longest message that is read; longer ones are skipped. Text that does not compress grows a bit.
pub(super) const MOST_MESSAGE: usize = MAX_CLIPBOARD + MAX_CLIPBOARD / 16 + 1024;

/// Most bytes inflated from one message: every line end may take one more on the wire.
const MOST_INFLATED: usize = 2 * MAX_CLIPBOARD + 16;

/// What the server's message means for us.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Nothing,
    Text(String),
    /// It has text, but more than we take.
    TooLong,
}

/// The clipboard of one connection.
#[derive(Debug, Default)]
pub(super) struct Clipboard {
    /// Actions the server takes; none before it has said so: then only Latin-1 is understood.
    actions: Option<u32>,
    /// The text offered to the server, until it is asked for.
    offered: String,
}

impl Clipboard {
    /// Latin-1 text came (RFC 6143 §7.6.4).
    pub(super) fn hear_plain(latin1: &[u8]) -> Heard {
        let text = latin1.iter().map(|byte| char::from(*byte)).collect();
        within_limit(text)
    }

    /// A message of the extended clipboard came; replies go to `out`.
    pub(super) fn hear(&mut self, message: &[u8], out: &mut Vec<u8>) -> Result<Heard, Broken> {
        let mut reader = Reader::new(message);
        let flags = reader.u32().ok_or(Broken::Corrupt("a clipboard message"))?;
        let has_text = flags & TEXT != 0;
        if flags & CAPS != 0 {
            self.actions = Some(flags & (REQUEST | PEEK | NOTIFY | PROVIDE));
            let all = TEXT | CAPS | REQUEST | PEEK | NOTIFY | PROVIDE;
            let most = u32::try_from(MAX_CLIPBOARD).unwrap_or(u32::MAX);
            say::extended_cut_text(out, all, &most.to_be_bytes());
        } else if flags & REQUEST != 0 && has_text {
            self.provide(out);
        } else if flags & PEEK != 0 {
            self.notify(out);
        } else if flags & NOTIFY != 0 && has_text {
            say::extended_cut_text(out, REQUEST | TEXT, &[]);
        } else if flags & PROVIDE != 0 && has_text {
            let rest = reader.take(reader.left()).unwrap_or_default();
            return Ok(provided(rest));
        }
        Ok(Heard::Nothing)
    }

    /// A viewer copied text for the server.
    pub(super) fn offer(&mut self, text: String, out: &mut Vec<u8>) {
        let can = |action: u32| self.actions.is_some_and(|actions| actions & action != 0);
        if can(NOTIFY) {
            self.offered = text;
            self.notify(out);
        } else if can(PROVIDE) {
            self.offered = text;
            self.provide(out);
        } else {
            let latin1: Vec<u8> = text
                .chars()
                .map(|c| u8::try_from(c).unwrap_or(b'?'))
                .collect();
            say::cut_text(out, &latin1);
        }
    }

    fn notify(&self, out: &mut Vec<u8>) {
        let formats = if self.offered.is_empty() { 0 } else { TEXT };
        say::extended_cut_text(out, NOTIFY | formats, &[]);
    }

    fn provide(&self, out: &mut Vec<u8>) {
        let mut text = self.offered.replace("\r\n", "\n").replace('\n', "\r\n");
        text.push('\0');
        let length = u32::try_from(text.len()).unwrap_or(0);
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        // The stream is flushed but not ended: x11vnc hangs up on one that ends.
        let packed = encoder
            .write_all(&length.to_be_bytes())
            .and_then(|()| encoder.write_all(text.as_bytes()))
            .and_then(|()| encoder.flush());
        // Writing to memory does not fail.
        if packed.is_ok() {
            say::extended_cut_text(out, PROVIDE | TEXT, encoder.get_ref());
        }
    }
}

/// Text may be damaged without harm to the rest of the conversation; then there is none.
fn provided(packed: &[u8]) -> Heard {
    let inflated = match inflate_all(packed, MOST_INFLATED) {
        Ok(inflated) => inflated,
        Err(Broken::TooLong(_)) => return Heard::TooLong,
        Err(_) => return Heard::Nothing,
    };
    let mut reader = Reader::new(&inflated);
    let text = reader.length().and_then(|length| reader.take(length));
    let Some(text) = text else {
        return Heard::Nothing;
    };
    let text = String::from_utf8_lossy(text.strip_suffix(&[0]).unwrap_or(text));
    within_limit(text.replace("\r\n", "\n"))
}

fn within_limit(text: String) -> Heard {
    if text.len() > MAX_CLIPBOARD {
        Heard::TooLong
    } else {
        Heard::Text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The flags and the rest of the one message in `out`.
    fn message(out: &[u8]) -> (u32, Vec<u8>) {
        let mut reader = Reader::new(out);
        assert_eq!(reader.u32(), Some(0x0600_0000));
        let length = reader.i32().unwrap().unsigned_abs() as usize;
        assert_eq!(length, reader.left());
        (
            reader.u32().unwrap(),
            reader.take(length - 4).unwrap().to_vec(),
        )
    }

    fn with_caps() -> Clipboard {
        let mut clipboard = Clipboard::default();
        let caps = CAPS | REQUEST | PEEK | NOTIFY | PROVIDE | TEXT;
        let mut bytes = caps.to_be_bytes().to_vec();
        bytes.extend([0; 4]);
        let mut out = Vec::new();
        assert_eq!(clipboard.hear(&bytes, &mut out), Ok(Heard::Nothing));
        assert_eq!(message(&out), (caps, vec![0, 0x10, 0, 0]));
        clipboard
    }

    #[test]
    fn unicode_goes_there_and_back_with_the_wires_line_ends() {
        let (mut ours, mut out) = (with_caps(), Vec::new());
        ours.offer("Grüße\n你好 🙂".to_owned(), &mut out);
        assert_eq!(message(&out), (NOTIFY | TEXT, vec![]));

        out.clear();
        ours.hear(&(REQUEST | TEXT).to_be_bytes(), &mut out)
            .unwrap();
        let (flags, packed) = message(&out);
        assert_eq!(flags, PROVIDE | TEXT);
        let inflated = inflate_all(&packed, 1000).unwrap();
        assert_eq!(&inflated[4..], "Grüße\r\n你好 🙂\0".as_bytes());

        let mut theirs = (PROVIDE | TEXT).to_be_bytes().to_vec();
        theirs.extend(packed);
        let heard = with_caps().hear(&theirs, &mut Vec::new()).unwrap();
        assert_eq!(heard, Heard::Text("Grüße\n你好 🙂".to_owned()));
    }

    #[test]
    fn a_server_without_the_extension_gets_latin1() {
        let (mut clipboard, mut out) = (Clipboard::default(), Vec::new());
        clipboard.offer("é€".to_owned(), &mut out);
        assert_eq!(out, [6, 0, 0, 0, 0, 0, 0, 2, 0xe9, b'?']);
        assert_eq!(Clipboard::hear_plain(&[0xe9]), Heard::Text("é".to_owned()));
    }

    #[test]
    fn what_the_server_has_is_asked_for_and_bombs_are_refused() {
        let (mut clipboard, mut out) = (with_caps(), Vec::new());
        clipboard
            .hear(&(NOTIFY | TEXT).to_be_bytes(), &mut out)
            .unwrap();
        assert_eq!(message(&out), (REQUEST | TEXT, vec![]));

        let mut bomb = ZlibEncoder::new(Vec::new(), Compression::fast());
        bomb.write_all(&vec![b'a'; MOST_INFLATED + 1]).unwrap();
        let mut message = (PROVIDE | TEXT).to_be_bytes().to_vec();
        message.extend(bomb.finish().unwrap());
        assert_eq!(clipboard.hear(&message, &mut out), Ok(Heard::TooLong));
        message.truncate(20);
        assert_eq!(clipboard.hear(&message, &mut out), Ok(Heard::Nothing));
    }
}
