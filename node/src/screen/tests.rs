//! Tests of the terminal as its users see it: bytes in, snapshot and events out.

use shared::terminal::TerminalSize;

use super::{Terminal, TerminalEvent};

fn terminal(cols: u32, rows: u32) -> Terminal {
    Terminal::new(TerminalSize::clamped(cols, rows), 100)
}

fn fed(cols: u32, rows: u32, bytes: &[u8]) -> Terminal {
    let mut terminal = terminal(cols, rows);
    terminal.feed(bytes);
    terminal
}

/// Feeds a terminal's snapshot to a fresh one, which must then be in the same state.
fn assert_restores(original: &Terminal) {
    let snapshot = original.snapshot();
    let mut copy = Terminal::new(original.size(), 1000);
    copy.feed(&snapshot);
    let again = copy.snapshot();
    assert_eq!(
        String::from_utf8_lossy(&again).escape_debug().to_string(),
        String::from_utf8_lossy(&snapshot)
            .escape_debug()
            .to_string(),
    );
}

#[test]
fn text_and_colours_are_restored() {
    assert_restores(&fed(
        20,
        5,
        b"plain \x1b[1;31mred\x1b[0m\r\n\x1b[44mblue\x1b[K\x1b[m\r\nlast",
    ));
}

#[test]
fn wrapped_lines_are_restored_as_wrapped() {
    assert_restores(&fed(10, 4, &b"0123456789".repeat(7)));
}

#[test]
fn both_screens_are_restored() {
    assert_restores(&fed(
        20,
        5,
        b"shell\r\n$ vim\r\n\x1b[?1049h\x1b[2J\x1b[Halt\x1b[3;4r\x1b[?25l",
    ));
}

#[test]
fn replies_are_answered_and_bounded() {
    let mut terminal = terminal(80, 24);
    terminal.feed(b"\x1b[c\x1b[6n");
    let events = terminal.take_events();
    assert_eq!(
        events,
        [TerminalEvent::Reply(bytes::Bytes::from_static(
            b"\x1b[?1;2c\x1b[1;1R"
        ))]
    );

    for _ in 0..100_000 {
        terminal.feed(b"\x1b[6n");
    }
    let [TerminalEvent::Reply(bytes)] = &terminal.take_events()[..] else {
        panic!("one event");
    };
    assert!(bytes.len() <= 16 * 1024);
}

#[test]
fn cutting_the_bytes_anywhere_changes_nothing() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/recordings");
    let mut recordings = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let whole = fed(80, 24, &bytes).snapshot();
        for size in [1, 2, 3, 7, 64, 1000] {
            let mut pieces = terminal(80, 24);
            for piece in bytes.chunks(size) {
                pieces.feed(piece);
            }
            assert!(
                pieces.snapshot() == whole,
                "{} in pieces of {size}",
                path.display()
            );
        }
        assert_restores(&fed(80, 24, &bytes));
        recordings += 1;
    }
    assert!(recordings >= 13);
}

#[test]
fn snapshots_may_be_taken_within_any_sequence() {
    let bytes: &[u8] =
        b"a\x1b[1;3\n1mred\x1b]0;t\xc3\xa9st\x07\x1b(0q\xe6\xbc\xa2\x1bP$qm\x1b\\e\xcc\x81";
    for cut in 0..=bytes.len() {
        let (before, after) = bytes.split_at(cut);
        let mut original = fed(20, 5, before);
        let mut copy = fed(20, 5, &original.snapshot());
        original.feed(after);
        copy.feed(after);
        assert_eq!(copy.snapshot(), original.snapshot(), "cut at {cut}");
    }
}

#[test]
fn an_endless_string_is_represented_by_its_introducer() {
    for introducer in [
        &b"\x1b]0;"[..],
        b"\x1b]52;c;",
        b"\x1bPq",
        b"\x1b_",
        b"\x1b]1337;",
    ] {
        let mut endless = fed(20, 5, introducer);
        for _ in 0..400 {
            endless.feed(&[b'x'; 10_000]);
        }
        let snapshot = endless.snapshot();
        assert!(snapshot.len() < 8192, "{}", snapshot.len());
        let mut copy = fed(20, 5, &snapshot);
        copy.feed(b"still inside\x1b\\outside");
        let text = String::from_utf8_lossy(&copy.snapshot()).into_owned();
        assert!(!text.contains("still inside"), "{}", text.escape_debug());
        assert!(text.contains("outside"), "{}", text.escape_debug());
    }
}

#[test]
fn absurd_parameters_cost_nothing() {
    let mut terminal = terminal(80, 24);
    terminal.feed(b"x");
    for last in b"@ABCDEFGHIJKLMPSTXZ`abdefghlmnrstu" {
        for _ in 0..200 {
            terminal.feed(b"x\x1b[2147483647;2147483647");
            terminal.feed(&[*last]);
        }
    }
    for middle in [" @", " A", "'}", "'~"] {
        terminal.feed(format!("\x1b[999999999{middle}").as_bytes());
    }
    terminal.feed(&b"\x1b[1;2;3;4;5;6;7;8;9".repeat(1000));
    terminal.feed(b"\x1b[");
    terminal.feed(&b"1;".repeat(100_000));
    terminal.feed(b"H");
    assert_restores(&terminal);
}

#[test]
fn titles_are_plain_and_short() {
    let mut terminal = terminal(80, 24);
    terminal.feed(b"\x1b]0;one\x07\x1b]2;two\ttabs\x07");
    assert_eq!(terminal.title(), "twotabs");
    assert_eq!(
        terminal.take_events(),
        [TerminalEvent::Title("twotabs".to_owned())]
    );

    terminal.feed(b"\x1b]2;cut\xc2\x85");
    assert_eq!(
        terminal.title(),
        "twotabs",
        "a C1 control aborts a title, as in the browser"
    );

    terminal.feed(b"\x1b]2;");
    for _ in 0..1000 {
        terminal.feed("ü".repeat(1000).as_bytes());
    }
    terminal.feed(b"\x07");
    assert!(terminal.title().len() <= 4096 && terminal.title().starts_with("üüü"));
}

#[test]
fn the_clipboard_can_be_set_but_not_read() {
    let mut terminal = terminal(80, 24);
    terminal.feed(b"\x1b]52;c;aGVsbG8=\x07\x1b]52;c;?\x07");
    assert_eq!(
        terminal.take_events(),
        [TerminalEvent::Clipboard("hello".to_owned())]
    );

    let large = base64(1024 * 1024 + 1);
    terminal.feed(format!("\x1b]52;c;{large}\x07").as_bytes());
    assert_eq!(terminal.take_events(), []);
    terminal.feed(format!("\x1b]52;c;{}\x07", base64(1024 * 1024)).as_bytes());
    assert!(
        matches!(&terminal.take_events()[..], [TerminalEvent::Clipboard(text)] if text.len() == 1 << 20)
    );
}

fn base64(size: usize) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(vec![b'x'; size])
}

#[test]
fn queries_are_answered_by_the_node() {
    for (query, answer) in [
        ("\x1b[>c", "\x1b[>0;276;0c"),
        ("\x1b[5n", "\x1b[0n"),
        ("ab\x1b[?6n", "\x1b[?1;3R"),
        ("\x1b[?2004h\x1b[?2004$p", "\x1b[?2004;1$y"),
        ("\x1b[4$p", "\x1b[4;2$y"),
        ("\x1b[?9999$p", "\x1b[?9999;0$y"),
        ("\x1b[>0q", "\x1bP>|xterm.js(6.0.0)\x1b\\"),
        ("\x1b[18t", "\x1b[8;24;80t"),
        ("\x1b]11;?\x07", "\x1b]11;rgb:0000/0000/0000\x1b\\"),
        (
            "\x1b]4;1;#102030\x07\x1b]4;1;?\x07",
            "\x1b]4;1;rgb:1010/2020/3030\x1b\\",
        ),
        ("\x1b[3;9r\x1bP$qr\x1b\\", "\x1bP1$r3;9r\x1b\\"),
        ("\x1b[4;7r\x1b[?6h\x1b[2;2H\x1b[6n", "\x1b[2;2R"),
    ] {
        let events = fed(80, 24, query.as_bytes()).take_events();
        let expected = TerminalEvent::Reply(bytes::Bytes::copy_from_slice(answer.as_bytes()));
        assert_eq!(events, [expected], "{query:?}");
    }
}

#[test]
fn a_link_per_cell_costs_bounded_memory_and_bytes() {
    let mut terminal = terminal(200, 50);
    for n in 0..20_000 {
        let link = format!("\x1b]8;;http://{n:01000}/\x07x");
        terminal.feed(link.as_bytes());
    }
    let snapshot = terminal.snapshot();
    assert!(snapshot.len() < 2 * 1024 * 1024, "{}", snapshot.len());
}

#[test]
fn resizing_back_and_forth_keeps_the_text() {
    // Two columns make a line of every two characters: all of them must fit the scrollback.
    let mut terminal = Terminal::new(TerminalSize::clamped(40, 10), 1000);
    terminal.feed("0123456789 漢字 ".repeat(20).as_bytes());
    // The cursor's own line is the program's to redraw, and is never re-wrapped.
    terminal.feed(b"\r\nprompt $ \r\n");
    let text = |terminal: &Terminal| {
        let bytes = terminal.snapshot();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.matches("prompt $ ").count() + text.matches('漢').count() * 100
    };
    let before = text(&terminal);
    for (cols, rows) in [(17, 5), (80, 24), (2, 2), (200, 3), (40, 10)] {
        terminal.resize(TerminalSize::clamped(cols, rows));
        assert_restores(&terminal);
    }
    assert_eq!(text(&terminal), before);
}
