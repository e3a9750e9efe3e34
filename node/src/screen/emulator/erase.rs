//! Control sequences that erase, insert, delete and scroll.

use super::state::{Emulator, ident};
use crate::screen::grid::Cell;
use crate::screen::parser::{Ident, Params};

const ERASE_DISPLAY: Ident = ident(b"J");
const ERASE_DISPLAY_SELECTIVELY: Ident = ident(b"?J");
const ERASE_LINE: Ident = ident(b"K");
const ERASE_LINE_SELECTIVELY: Ident = ident(b"?K");
const ERASE_CHARS: Ident = ident(b"X");
const INSERT_CHARS: Ident = ident(b"@");
const DELETE_CHARS: Ident = ident(b"P");
const INSERT_LINES: Ident = ident(b"L");
const DELETE_LINES: Ident = ident(b"M");
const SCROLL_UP: Ident = ident(b"S");
const SCROLL_DOWN: Ident = ident(b"T");
const SCROLL_LEFT: Ident = ident(b" @");
const SCROLL_RIGHT: Ident = ident(b" A");
const INSERT_COLUMNS: Ident = ident(b"'}");
const DELETE_COLUMNS: Ident = ident(b"'~");

impl Emulator {
    /// Carries a sequence out, if it is one of these.
    pub(super) fn csi_erase(&mut self, sequence: Ident, params: &Params) -> bool {
        let fill = self.attr.erased();
        let count = params.count(0);
        match sequence {
            ERASE_DISPLAY => self.erase_display(params.at(0), fill, false),
            ERASE_DISPLAY_SELECTIVELY => self.erase_display(params.at(0), fill, true),
            ERASE_LINE => self.erase_line(params.at(0), fill, false),
            ERASE_LINE_SELECTIVELY => self.erase_line(params.at(0), fill, true),
            ERASE_CHARS | INSERT_CHARS | DELETE_CHARS => self.change_chars(sequence, count, fill),
            INSERT_LINES | DELETE_LINES => self.change_lines(sequence, count, fill),
            SCROLL_UP => {
                let buffer = self.buffer_mut();
                buffer.delete_rows(buffer.top, count, fill);
            }
            SCROLL_DOWN => {
                let buffer = self.buffer_mut();
                buffer.insert_rows(buffer.top, count, Cell::NULL);
            }
            SCROLL_LEFT | SCROLL_RIGHT | INSERT_COLUMNS | DELETE_COLUMNS => {
                self.change_columns(sequence, count, fill);
            }
            _ => return false,
        }
        true
    }

    fn erase_display(&mut self, mode: usize, fill: Cell, spare: bool) {
        let origin = self.modes.origin;
        let buffer = self.buffer_mut();
        buffer.restrict(buffer.cols(), origin);
        let (x, y, cols, rows) = (buffer.x, buffer.y, buffer.cols(), buffer.row_count());
        match mode {
            0 => {
                if let Some(row) = buffer.cursor_row() {
                    row.erase(x, cols, fill, spare);
                    row.is_wrapped &= x != 0;
                }
                (y + 1..rows).for_each(|y| buffer.reset_row(y, fill, spare));
            }
            1 => {
                if let Some(row) = buffer.cursor_row() {
                    row.erase(0, x + 1, fill, spare);
                    row.is_wrapped = false;
                }
                if x + 1 >= cols {
                    // The next line, which xterm.js counts from the oldest one.
                    buffer.unwrap_line(y + 1);
                }
                (0..y).for_each(|y| buffer.reset_row(y, fill, spare));
            }
            2 => (0..rows).for_each(|y| buffer.reset_row(y, fill, spare)),
            3 => buffer.clear_history(),
            _ => {}
        }
    }

    fn erase_line(&mut self, mode: usize, fill: Cell, spare: bool) {
        let origin = self.modes.origin;
        let buffer = self.buffer_mut();
        buffer.restrict(buffer.cols(), origin);
        let (x, cols) = (buffer.x, buffer.cols());
        let Some(row) = buffer.cursor_row() else {
            return;
        };
        match mode {
            0 => {
                row.erase(x, cols, fill, spare);
                row.is_wrapped &= x != 0;
            }
            1 => row.erase(0, x + 1, fill, spare),
            2 => {
                row.erase(0, cols, fill, spare);
                row.is_wrapped = false;
            }
            _ => {}
        }
    }

    fn change_chars(&mut self, sequence: Ident, count: usize, fill: Cell) {
        let origin = self.modes.origin;
        let buffer = self.buffer_mut();
        buffer.restrict(buffer.last_col(), origin);
        let x = buffer.x;
        let Some(row) = buffer.cursor_row() else {
            return;
        };
        match sequence {
            ERASE_CHARS => row.erase(x, x.saturating_add(count), fill, false),
            INSERT_CHARS => row.insert(x, count, fill),
            _ => row.delete(x, count, fill),
        }
    }

    fn change_lines(&mut self, sequence: Ident, count: usize, fill: Cell) {
        let origin = self.modes.origin;
        let buffer = self.buffer_mut();
        buffer.restrict(buffer.last_col(), origin);
        if !buffer.is_in_region() {
            return;
        }
        if sequence == INSERT_LINES {
            buffer.insert_rows(buffer.y, count, fill);
        } else {
            buffer.delete_rows(buffer.y, count, fill);
        }
        buffer.x = 0;
    }

    fn change_columns(&mut self, sequence: Ident, count: usize, fill: Cell) {
        let buffer = self.buffer_mut();
        if !buffer.is_in_region() {
            return;
        }
        let x = buffer.x;
        buffer.each_in_region(|row| match sequence {
            SCROLL_LEFT => row.delete(0, count, fill),
            SCROLL_RIGHT => row.insert(0, count, fill),
            INSERT_COLUMNS => row.insert(x, count, fill),
            _ => row.delete(x, count, fill),
        });
    }
}
