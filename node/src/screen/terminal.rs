//! One terminal: bytes in, a snapshot out.

use shared::terminal::TerminalSize;

use super::emulator::Emulator;
use super::event::TerminalEvent;
use super::parser::Parser;
use super::snapshot;

/// Lines of scrollback when nobody says otherwise.
pub const SCROLLBACK_LINES: usize = 1000;

/// Most lines of scrollback; a snapshot carries all of them in one write.
const MAX_SCROLLBACK: usize = 100_000;

/// What a target shows: the truth from which every viewer is served.
///
/// Parses exactly as the browser's xterm.js does, so that a viewer may be given a snapshot at any
/// byte and the raw bytes from there on. Never blocks, never fails, and holds bounded memory
/// whatever it is fed.
#[derive(Clone, Debug)]
pub struct Terminal {
    size: TerminalSize,
    parser: Parser,
    emulator: Emulator,
}

impl Terminal {
    /// A blank terminal.
    pub fn new(size: TerminalSize, scrollback_lines: usize) -> Self {
        let (cols, rows) = (usize::from(size.cols()), usize::from(size.rows()));
        Self {
            size,
            parser: Parser::default(),
            emulator: Emulator::new(cols, rows, scrollback_lines.min(MAX_SCROLLBACK)),
        }
    }

    /// Parses what the target sent, however it is cut.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.parser.feed(bytes, &mut self.emulator);
    }

    /// Changes the size, re-wrapping lines as the browser does.
    pub fn resize(&mut self, size: TerminalSize) {
        self.size = size;
        self.emulator
            .resize(usize::from(size.cols()), usize::from(size.rows()));
    }

    /// The size.
    pub const fn size(&self) -> TerminalSize {
        self.size
    }

    /// The title the target set, without control characters; empty at first.
    pub fn title(&self) -> &str {
        &self.emulator.title
    }

    /// What happened since the last call. Bounded: answers beyond 16 KiB are dropped, and only the
    /// newest title and clipboard are kept.
    pub fn take_events(&mut self) -> Vec<TerminalEvent> {
        self.emulator.outbox.take()
    }

    /// Bytes that make an xterm.js of the same size show, and be in, the same state, whatever it
    /// showed before. To be applied in one `write()`; the target's bytes may follow at once.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut bytes = snapshot::of(&self.emulator);
        bytes.extend_from_slice(&self.parser.pending());
        bytes
    }
}
