//! What must hold for any bytes. Shared by the fuzz targets and by `node/tests/regressions.rs`,
//! which replays every input that ever broke something.
#![allow(dead_code, reason = "each target uses one of these")]

use bytes::Bytes;
use node::screen::Terminal;
use prost::Message as _;
use shared::desktop::{MAX_CLIPBOARD, PIXEL_BYTES, Rect};
use shared::terminal::TerminalSize;

/// Lines of scrollback: enough to scroll, few enough to be quick.
const SCROLLBACK: usize = 30;

/// Largest snapshot, in bytes per cell and fixed: a cell's attributes, text and marks; links, title
/// and unfinished sequences.
const PER_CELL: usize = 250;
const FIXED: usize = 1024 * 1024;

/// Most bytes a VNC client says: replies up to their bound, and one more of each kind.
const MOST_SAID: usize = 512 * 1024;

/// Frames of viewers: decoding never panics, and what decodes survives encoding.
pub fn viewer_frame(bytes: &[u8]) {
    let Ok(body) = shared::frame::decode_client(Bytes::copy_from_slice(bytes)) else {
        return;
    };
    let frame = shared::frame::ClientFrame { body: Some(body) };
    let encoded = shared::frame::encode(&frame);
    assert_eq!(encoded.len(), frame.encoded_len());
    let again = shared::frame::decode_client(encoded).expect("what was encoded decodes");
    assert_eq!(Some(again), frame.body);
}

/// Configuration: parsing never panics, and says something when it refuses.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Err(error) = node::config::parse_text(text) {
        assert!(!error.to_string().is_empty());
    }
}

/// VNC servers: the first byte is the size of pieces and whether a user name is known.
///
/// 1. Every picture and copy lies on the desktop as last announced, and has all of its bytes.
/// 2. Cutting the bytes elsewhere changes nothing but when damage is noticed.
/// 3. What is said in return, and what waits for more bytes, is bounded.
pub fn rfb(bytes: &[u8]) {
    use node::driver::{DesktopEvent, replay_rfb};
    let [choice, bytes @ ..] = bytes else {
        return;
    };
    let (piece, has_user) = (usize::from(choice >> 1) + 1, choice & 1 != 0);
    let whole = replay_rfb(bytes, usize::MAX, has_user);
    let mut size = None;
    for event in &whole.events {
        match event {
            DesktopEvent::Resized(new) => size = Some(*new),
            DesktopEvent::Pixels { rect, rgbx } => {
                assert!(
                    size.is_some_and(|size| rect.fits(size)),
                    "{rect:?} on {size:?}"
                );
                assert_eq!(rgbx.len(), rect.pixels() * PIXEL_BYTES);
                assert!(rgbx.len() <= DesktopEvent::MAX_PIXEL_BYTES && !rgbx.is_empty());
            }
            DesktopEvent::Copied { from_x, from_y, to } => {
                let from = Rect {
                    x: *from_x,
                    y: *from_y,
                    ..*to
                };
                let fits = |rect: Rect| size.is_some_and(|size| rect.fits(size));
                assert!(fits(*to) && fits(from), "{from:?} to {to:?} on {size:?}");
            }
            DesktopEvent::ClipboardSet(text) => assert!(text.len() <= MAX_CLIPBOARD),
            DesktopEvent::Updated
            | DesktopEvent::CursorChanged(_)
            | DesktopEvent::LedsChanged { .. }
            | DesktopEvent::Named(_)
            | DesktopEvent::Bell => {}
        }
    }
    assert!(
        whole.said.len() <= MOST_SAID,
        "{} bytes said",
        whole.said.len()
    );
    let cut = replay_rfb(bytes, piece, has_user);
    assert!(cut.agrees_with(&whole), "cut into {piece}");
}

/// Terminals: the first two bytes are a size; `FF n m` within the rest resizes (no UTF-8 has FF).
///
/// 1. A snapshot fed to a fresh terminal gives the same snapshot.
/// 2. It does so over another terminal's state as well.
/// 3. Cutting the bytes elsewhere changes nothing.
/// 4. Snapshots and answers are bounded.
pub fn terminal(bytes: &[u8]) {
    let [cols, rows, rest @ ..] = bytes else {
        return;
    };
    let mut whole = blank(size(*cols, *rows));
    let mut pieces = blank(size(*cols, *rows));
    let mut parts = rest.split(|byte| *byte == 0xff);
    if let Some(first) = parts.next() {
        feed_both(&mut whole, &mut pieces, first);
    }
    for part in parts {
        if let [cols, rows, bytes @ ..] = part {
            check_snapshot(&whole);
            for terminal in [&mut whole, &mut pieces] {
                terminal.resize(size(*cols, *rows));
            }
            feed_both(&mut whole, &mut pieces, bytes);
        }
    }
    assert_same(
        "cut into single bytes",
        &whole.snapshot(),
        &pieces.snapshot(),
    );
    check_snapshot(&whole);
}

fn size(cols: u8, rows: u8) -> TerminalSize {
    TerminalSize::clamped(u32::from(cols % 40) + 2, u32::from(rows % 12) + 2)
}

fn blank(size: TerminalSize) -> Terminal {
    Terminal::new(size, SCROLLBACK)
}

fn feed_both(whole: &mut Terminal, pieces: &mut Terminal, bytes: &[u8]) {
    whole.feed(bytes);
    for byte in bytes {
        pieces.feed(std::slice::from_ref(byte));
    }
}

fn check_snapshot(terminal: &Terminal) {
    let snapshot = terminal.snapshot();
    let (cols, rows) = (
        usize::from(terminal.size().cols()),
        usize::from(terminal.size().rows()),
    );
    let cells = cols * (2 * rows + SCROLLBACK);
    assert!(
        snapshot.len() <= FIXED + PER_CELL * cells,
        "{} bytes",
        snapshot.len()
    );

    let mut fresh = blank(terminal.size());
    fresh.feed(&snapshot);
    assert_same(
        "restored into a fresh terminal",
        &snapshot,
        &fresh.snapshot(),
    );
    let answers: usize = fresh
        .take_events()
        .iter()
        .map(|event| format!("{event:?}").len())
        .sum();
    assert!(answers < 20_000, "a snapshot asks nothing");

    let mut dirty = blank(terminal.size());
    dirty.feed(b"\x1b[31;44;4mdirt\r\n\x1b[2;3r\x1b[?6;45;1;1003;1016;2004;1004h\x1b[4h\x1b[3g\x1b(0\x1b)A\x0e\x1b7");
    dirty.feed(b"\x1b]8;;http://dirt/\x1b\\\x1b[1\"q\x1b[?1049h\x1b[2;3rdirt\x1b7\x1b[?7;25l\x1b[3 q\x1b]0;cut");
    dirty.feed(&snapshot);
    assert_same("restored over other content", &snapshot, &dirty.snapshot());
}

fn assert_same(what: &str, expected: &[u8], actual: &[u8]) {
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).escape_debug().to_string();
    assert!(
        expected == actual,
        "{what}:\n{}\n{}",
        show(expected),
        show(actual)
    );
}
