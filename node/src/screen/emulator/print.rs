//! Writing characters: wrapping, wide and combining ones, insert mode (`print`).

use super::state::Emulator;
use super::width::width;
use crate::screen::grid::{Attr, Buffer};

impl Emulator {
    /// Writes printable ASCII, not empty.
    pub(super) fn write_ascii(&mut self, text: &[u8]) {
        if !self.charsets.active.is_ascii() || self.modes.insert {
            for byte in text {
                self.write(char::from(*byte));
            }
            return;
        }
        self.join = 1;
        let (buffer, attr) = active(
            self.is_alternate,
            &mut self.primary,
            &mut self.alternate,
            &self.attr,
        );
        cut_left(buffer, attr);
        let mut text = text;
        while let Some(last) = text.last() {
            let room = buffer.cols().saturating_sub(buffer.x);
            if room == 0 {
                if self.modes.wraps {
                    wrap(buffer, attr);
                } else {
                    // Everything lands on the last column: only the last character stays.
                    buffer.x = buffer.last_col();
                    text = std::slice::from_ref(last);
                }
                continue;
            }
            let (now, later) = text.split_at(room.min(text.len()));
            let x = buffer.x;
            if let Some(row) = buffer.cursor_row() {
                row.put_ascii(x, now, attr);
            }
            buffer.x += now.len();
            text = later;
        }
        cut_right(buffer, attr);
    }

    /// Writes one printable character.
    pub(super) fn write(&mut self, letter: char) {
        let letter = if letter < '\u{7f}' && !self.charsets.active.is_ascii() {
            self.charsets.active.map(letter)
        } else {
            letter
        };
        let own = width(letter);
        let joins = own == 0 && self.join != 0;
        let before = self.join;
        self.join = if joins { before } else { own };

        let (wraps, insert) = (self.modes.wraps, self.modes.insert);
        let (buffer, attr) = active(
            self.is_alternate,
            &mut self.primary,
            &mut self.alternate,
            &self.attr,
        );
        if joins && buffer.x > 0 {
            combine(buffer, letter);
            return;
        }
        cut_left(buffer, attr);
        let columns = usize::try_from(own).unwrap_or(0);
        if buffer.x + columns > buffer.cols() {
            if wraps {
                wrap(buffer, attr);
            } else {
                buffer.x = buffer.last_col();
                if columns == 2 {
                    cut_right(buffer, attr);
                    return;
                }
            }
        }
        let x = buffer.x;
        if let Some(row) = buffer.cursor_row() {
            if insert {
                row.insert(x, columns, attr.cell(0, 1));
            }
            row.put(x, attr.cell(u32::from(letter), own), attr);
            if columns == 2 {
                row.put(x + 1, attr.cell(0, 0), attr);
            }
        }
        // A mark that joins nothing takes a column, even one past a pending wrap.
        buffer.x = x + columns.max(1);
        cut_right(buffer, attr);
    }

    /// Repeats the character before the cursor (REP), at most once per cell of the screen: what
    /// more would show is the same, and a count of 10⁹ must not cost a second.
    pub(super) fn repeat(&mut self, count: usize) {
        let Ok(columns) = usize::try_from(self.join) else {
            return;
        };
        let buffer = self.buffer();
        let Some(col) = buffer.x.checked_sub(columns).filter(|_| columns > 0) else {
            return;
        };
        let most = buffer.cols() * buffer.row_count();
        let text = buffer
            .row(buffer.y)
            .map(|row| row.text(col))
            .unwrap_or_default();
        for _ in 0..count.min(most) {
            for letter in text.chars() {
                self.write(letter);
            }
        }
    }
}

/// Borrows the shown buffer beside the pen.
const fn active<'a>(
    is_alternate: bool,
    primary: &'a mut Buffer,
    alternate: &'a mut Buffer,
    attr: &'a Attr,
) -> (&'a mut Buffer, &'a Attr) {
    if is_alternate {
        (alternate, attr)
    } else {
        (primary, attr)
    }
}

/// Blanks the first half of a wide character whose second half is about to be overwritten.
fn cut_left(buffer: &mut Buffer, attr: &Attr) {
    let Some(before) = buffer.x.checked_sub(1) else {
        return;
    };
    if let Some(row) = buffer.cursor_row()
        && row.width(before) == 2
    {
        row.blank(before, attr);
    }
}

/// Blanks the second half of a wide character whose first half was overwritten.
fn cut_right(buffer: &mut Buffer, attr: &Attr) {
    let x = buffer.x;
    if let Some(row) = buffer.cursor_row()
        && x < row.len()
        && row.is_spacer(x)
    {
        row.blank(x, attr);
    }
}

/// Goes on at the start of the next row, which continues this one.
fn wrap(buffer: &mut Buffer, attr: &Attr) {
    let (from, cols) = (buffer.x, buffer.cols());
    if let Some(row) = buffer.cursor_row() {
        for col in from..cols {
            row.blank(col, attr);
        }
    }
    buffer.x = 0;
    if buffer.y == buffer.bottom {
        buffer.scroll(attr.erased(), true);
        return;
    }
    buffer.y = (buffer.y + 1).min(buffer.row_count().saturating_sub(1));
    if let Some(row) = buffer.cursor_row() {
        row.is_wrapped = true;
    }
}

fn combine(buffer: &mut Buffer, mark: char) {
    let Some(before) = buffer.x.checked_sub(1) else {
        return;
    };
    if let Some(row) = buffer.cursor_row() {
        let col = if row.width(before) == 0 {
            before.saturating_sub(1)
        } else {
            before
        };
        row.combine(col, mark);
    }
}
