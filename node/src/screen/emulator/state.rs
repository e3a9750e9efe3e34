//! The emulator's state, and the parser's actions sorted to those who carry them out.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::charset::Charsets;
use super::colors::Colors;
use super::modes::{Modes, Mouse};
use super::outbox::Outbox;
use crate::screen::grid::{Attr, Buffer};
use crate::screen::parser::{Actions, Ident, Params};

/// Everything a stream of bytes can change, except the parser.
#[derive(Clone, Debug)]
pub(in crate::screen) struct Emulator {
    pub(in crate::screen) primary: Buffer,
    pub(in crate::screen) alternate: Buffer,
    pub(in crate::screen) is_alternate: bool,
    pub(in crate::screen) attr: Attr,
    pub(in crate::screen) charsets: Charsets,
    pub(in crate::screen) modes: Modes,
    pub(in crate::screen) mouse: Mouse,
    pub(in crate::screen) colors: Colors,
    pub(in crate::screen) title: String,
    pub(super) titles: Vec<String>,
    /// Width of the character just printed, zero after anything else: what a combining character
    /// joins and REP repeats (`precedingJoinState`).
    pub(in crate::screen) join: u32,
    pub(in crate::screen) outbox: Outbox,
    /// Bytes of hyperlinks alive in cells.
    pub(super) link_bytes: Arc<AtomicUsize>,
}

impl Emulator {
    /// A blank terminal.
    pub(in crate::screen) fn new(cols: usize, rows: usize, scrollback: usize) -> Self {
        let attr = Attr::default();
        let mut primary = Buffer::new(cols, rows, scrollback);
        primary.show(attr.erased());
        Self {
            primary,
            alternate: Buffer::new(cols, rows, 0),
            is_alternate: false,
            attr,
            charsets: Charsets::default(),
            modes: Modes::default(),
            mouse: Mouse::default(),
            colors: Colors::default(),
            title: String::new(),
            titles: Vec::new(),
            join: 0,
            outbox: Outbox::default(),
            link_bytes: Arc::default(),
        }
    }

    /// The buffer that is shown.
    pub(in crate::screen) const fn buffer(&self) -> &Buffer {
        if self.is_alternate {
            &self.alternate
        } else {
            &self.primary
        }
    }

    /// The buffer that is shown, to change.
    pub(in crate::screen) const fn buffer_mut(&mut self) -> &mut Buffer {
        if self.is_alternate {
            &mut self.alternate
        } else {
            &mut self.primary
        }
    }

    /// Changes the size.
    pub(in crate::screen) fn resize(&mut self, cols: usize, rows: usize) {
        self.primary.resize(cols, rows);
        self.alternate.resize(cols, rows);
    }
}

impl Actions for Emulator {
    fn print_ascii(&mut self, text: &[u8]) {
        self.write_ascii(text);
    }

    fn print(&mut self, letter: char) {
        self.write(letter);
    }

    fn execute(&mut self, code: u8) {
        self.control(code);
        self.join = 0;
    }

    fn csi(&mut self, ident: Ident, params: &Params) {
        if !(self.csi_cursor(ident, params)
            || self.csi_erase(ident, params)
            || self.csi_modes(ident, params))
        {
            self.csi_reply(ident, params);
        }
        self.join = 0;
    }

    fn esc(&mut self, ident: Ident) {
        self.escape(ident);
        self.join = 0;
    }

    fn osc(&mut self, text: &[u8], is_cut: bool) {
        self.command(text, is_cut);
        self.join = 0;
    }

    fn dcs(&mut self, ident: Ident, text: &[u8]) {
        self.status_string(ident, text);
        self.join = 0;
    }

    fn aborted(&mut self) {
        self.join = 0;
    }
}

/// Packs prefix, intermediate and final bytes as the parser reports them.
pub(super) const fn ident(bytes: &[u8]) -> Ident {
    match bytes {
        [last] => *last as Ident,
        [first, last] => (*first as Ident) << 8 | *last as Ident,
        [first, second, last] => (*first as Ident) << 16 | (*second as Ident) << 8 | *last as Ident,
        _ => 0,
    }
}
