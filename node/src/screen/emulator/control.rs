//! Control characters and escape sequences.

use super::charset::Charset;
use super::state::Emulator;
use crate::screen::grid::{Attr, Buffer, Saved, bits};
use crate::screen::parser::Ident;

impl Emulator {
    /// A C0 or C1 control function.
    pub(super) fn control(&mut self, code: u8) {
        match code {
            0x07 => self.outbox.bell(),
            0x08 => self.backspace(),
            0x09 => {
                let buffer = self.buffer_mut();
                if buffer.x < buffer.cols() {
                    buffer.x = buffer.tabs.next(buffer.x, buffer.cols());
                }
            }
            0x0a..=0x0c => self.line_feed(),
            0x0d => self.buffer_mut().x = 0,
            0x0e => self.charsets.shift(1),
            0x0f => self.charsets.shift(0),
            0x84 => self.index(),
            0x85 => {
                self.buffer_mut().x = 0;
                self.index();
            }
            0x88 => self.set_tab(),
            _ => {}
        }
    }

    /// An escape sequence.
    pub(super) fn escape(&mut self, sequence: Ident) {
        if let [0, 0, set @ (b'(' | b')' | b'*' | b'+' | b'-' | b'.'), last] =
            sequence.to_be_bytes()
        {
            let level = match set {
                b'(' => 0,
                b')' | b'-' => 1,
                b'*' | b'.' => 2,
                _ => 3,
            };
            if let Some(charset) = Charset::designated(last) {
                self.charsets.designate(level, charset);
            }
            return;
        }
        match sequence.to_be_bytes() {
            [0, 0, 0, b'7'] => self.save_cursor(),
            [0, 0, 0, b'8'] => self.restore_cursor(),
            [0, 0, 0, b'D'] => self.index(),
            [0, 0, 0, b'E'] => {
                self.buffer_mut().x = 0;
                self.index();
            }
            [0, 0, 0, b'H'] => self.set_tab(),
            [0, 0, 0, b'M'] => self.reverse_index(),
            [0, 0, 0, b'='] => self.modes.keypad = true,
            [0, 0, 0, b'>'] => self.modes.keypad = false,
            [0, 0, 0, b'c'] => self.reset(),
            [0, 0, 0, b'n' | b'}'] => self.charsets.shift(2),
            [0, 0, 0, b'o' | b'|'] => self.charsets.shift(3),
            [0, 0, 0, b'~'] => self.charsets.shift(1),
            [0, 0, b'%', b'@' | b'G'] => {
                self.charsets.shift(0);
                self.charsets.designate(0, Charset::ASCII);
            }
            [0, 0, b'#', b'8'] => self.alignment_pattern(),
            _ => {}
        }
    }

    fn line_feed(&mut self) {
        let (fill, feeds_line) = (self.attr.erased(), self.modes.newline == Some(true));
        let buffer = self.buffer_mut();
        if feeds_line {
            buffer.x = 0;
        }
        if buffer.y == buffer.bottom {
            buffer.scroll(fill, false);
        } else if buffer.y + 1 < buffer.row_count() {
            buffer.y += 1;
            if let Some(row) = buffer.cursor_row() {
                row.is_wrapped = false;
            }
        }
        if buffer.x >= buffer.cols() {
            buffer.x -= 1;
        }
    }

    fn index(&mut self) {
        let (fill, origin) = (self.attr.erased(), self.modes.origin);
        let buffer = self.buffer_mut();
        buffer.restrict(buffer.last_col(), origin);
        if buffer.y == buffer.bottom {
            buffer.scroll(fill, false);
        } else {
            buffer.y += 1;
        }
        buffer.restrict(buffer.last_col(), origin);
    }

    fn reverse_index(&mut self) {
        let (fill, origin) = (self.attr.erased(), self.modes.origin);
        let buffer = self.buffer_mut();
        buffer.restrict(buffer.last_col(), origin);
        if buffer.y == buffer.top {
            buffer.insert_rows(buffer.y, 1, fill);
        } else {
            buffer.y = buffer.y.saturating_sub(1);
            buffer.restrict(buffer.last_col(), origin);
        }
    }

    fn backspace(&mut self) {
        let (origin, reverse) = (self.modes.origin, self.modes.reverse_wrap);
        let buffer = self.buffer_mut();
        let max = if reverse {
            buffer.cols()
        } else {
            buffer.last_col()
        };
        buffer.restrict(max, origin);
        if buffer.x > 0 {
            buffer.x -= 1;
        } else if reverse && buffer.y > buffer.top && buffer.y <= buffer.bottom {
            back_over_wrap(buffer);
        }
        buffer.restrict(buffer.last_col(), origin);
    }

    fn set_tab(&mut self) {
        let buffer = self.buffer_mut();
        buffer.tabs.put(buffer.x, true);
    }

    /// DECSC.
    pub(super) fn save_cursor(&mut self) {
        let saved = Saved {
            x: self.buffer().x,
            line: self.buffer().base() + self.buffer().y,
            fg: self.attr.fg,
            bg: self.attr.bg,
            charset: self.charsets.active,
        };
        self.buffer_mut().saved = saved;
    }

    /// DECRC.
    pub(super) fn restore_cursor(&mut self) {
        let origin = self.modes.origin;
        let buffer = self.buffer_mut();
        let saved = buffer.saved.clone();
        buffer.x = saved.x;
        buffer.y = saved.line.saturating_sub(buffer.base());
        buffer.restrict(buffer.last_col(), origin);
        (self.attr.fg, self.attr.bg) = (saved.fg, saved.bg);
        self.charsets.active = saved.charset;
    }

    /// DECALN.
    fn alignment_pattern(&mut self) {
        let plain = Attr {
            fg: self.attr.fg,
            bg: self.attr.bg & !bits::EXTENDED,
            ..Attr::default()
        };
        self.set_cursor(0, 0);
        let first = self.buffer().y;
        let buffer = self.buffer_mut();
        for y in first..buffer.row_count() {
            buffer.reset_row(y, plain.cell(u32::from('E'), 1), false);
        }
        self.set_cursor(0, 0);
    }

    /// RIS. The title, redefined colours, a hidden cursor and what xterm.js keeps as options survive.
    fn reset(&mut self) {
        let (cols, rows) = (self.primary.cols(), self.primary.row_count());
        let fresh = Self::new(cols, rows, self.primary.scrollback());
        let old = std::mem::replace(self, fresh);
        self.modes.newline = old.modes.newline;
        self.modes.blinks = old.modes.blinks;
        self.modes.hides_cursor = old.modes.hides_cursor;
        self.colors = old.colors;
        self.title = old.title;
        self.titles = old.titles;
        self.outbox = old.outbox;
        self.link_bytes = old.link_bytes;
    }
}

/// Reverse wrap-around: to the last character of the row above.
fn back_over_wrap(buffer: &mut Buffer) {
    match buffer.cursor_row() {
        Some(row) if row.is_wrapped => row.is_wrapped = false,
        _ => return,
    }
    buffer.y = buffer.y.saturating_sub(1);
    buffer.x = buffer.last_col();
    let x = buffer.x;
    if let Some(row) = buffer.cursor_row() {
        let cell = row.cell(x);
        if cell.width() > 0 && !cell.has_content() {
            buffer.x = x.saturating_sub(1);
        }
    }
}
