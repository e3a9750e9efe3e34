//! Lines of a buffer, written from the top so that they scroll into place.
//!
//! Blank cells are skipped or erased, never written as spaces, and a line that continues the one
//! above is reached by wrapping, so that copying and re-wrapping see what the program wrote.

use super::look::Look;
use super::writer::Writer;
use crate::screen::grid::{Attr, Buffer, Row};

/// Where the cursor of the receiving terminal is.
struct Rows<'a> {
    writer: &'a mut Writer,
    cols: usize,
    /// Column; equal to `cols` when the next character wraps.
    x: usize,
}

/// Writes all lines of a buffer onto a blank screen, with the cursor at home. On the way it saves
/// the cursor (DECSC): xterm.js counts from the oldest line, so the saved line may be in the
/// scrollback and can then be reached only while it is on the screen.
pub(super) fn write(writer: &mut Writer, buffer: &Buffer) {
    let mut rows = Rows {
        writer,
        cols: buffer.cols(),
        x: 0,
    };
    let mut above: Option<std::borrow::Cow<'_, Row>> = None;
    let last = buffer.base() + buffer.row_count().saturating_sub(1);
    for (index, row) in buffer.lines().enumerate() {
        let start = match &above {
            Some(above) if row.is_wrapped => rows.wrap(above, &row, index >= buffer.row_count()),
            Some(_) => {
                rows.writer.pen(&Look::default());
                rows.writer.raw(b"\r\n");
                rows.x = 0;
                0
            }
            None => 0,
        };
        if index == buffer.saved.line.min(last) {
            let y = index.min(buffer.row_count().saturating_sub(1));
            save_cursor_at(rows.writer, buffer, y);
            rows.back_to(&row, start);
        }
        rows.cells(&row, start);
        above = Some(row);
    }
}

/// Saves the cursor (DECSC) where a blank screen can have it.
pub(super) fn save_cursor(writer: &mut Writer, buffer: &Buffer) {
    let last = buffer.row_count().saturating_sub(1);
    save_cursor_at(
        writer,
        buffer,
        buffer.saved.line.saturating_sub(buffer.base()).min(last),
    );
}

/// Saves the cursor in a row of the screen, and leaves it there.
fn save_cursor_at(writer: &mut Writer, buffer: &Buffer, y: usize) {
    let saved = &buffer.saved;
    writer.go(saved.x.min(buffer.last_col()), y);
    let attr = Attr {
        fg: saved.fg,
        bg: saved.bg,
        ..Attr::default()
    };
    writer.pen(&Look::of_attr(&attr));
    if saved.charset.is_ascii() {
        writer.raw(b"\x1b7");
    } else {
        writer.raw(&[0x1b, b'(', saved.charset.designator()]);
        writer.raw(b"\x1b7\x1b(B");
    }
}

impl Rows<'_> {
    /// Writes the cells from a column on.
    fn cells(&mut self, row: &Row, start: usize) {
        let mut col = start;
        while col < self.cols {
            if row.cell(col).has_content() {
                self.forward(col);
                col += self.character(row, col);
            } else {
                col += self.blanks(row, col);
            }
        }
    }

    /// Writes one character at the cursor; columns taken.
    fn character(&mut self, row: &Row, col: usize) -> usize {
        self.writer.pen(&Look::of_cell(row, col));
        if row.width(col) == 0 {
            // A combining character that joined nothing: must not join now either.
            self.writer.raw(b"\x1b\\");
        }
        self.writer.text(&row.text(col));
        let columns = if row.width(col) == 2 { 2 } else { 1 };
        self.x += columns;
        columns
    }

    /// Erases or writes blanks of one colour; how many there are.
    fn blanks(&mut self, row: &Row, col: usize) -> usize {
        let look = Look::of_blank(row, col);
        let is_same = |at: &usize| !row.cell(*at).has_content() && Look::of_blank(row, *at) == look;
        let count = (col..self.cols).take_while(is_same).count();
        if look.shows_on_blanks() {
            self.forward(col);
            self.writer.pen(&look);
            self.writer.text(&" ".repeat(count));
            self.x += count;
        } else if look != Look::default() {
            self.forward(col);
            self.erase(count, look.bg);
        }
        count
    }

    /// Erases cells at the cursor, which stays.
    fn erase(&mut self, count: usize, bg: u32) {
        self.writer.pen(&Look::background(bg));
        self.writer.csi(&format!("{count}X"));
    }

    fn forward(&mut self, col: usize) {
        let distance = col.saturating_sub(self.x);
        if distance > 0 {
            self.writer.csi(&format!("{distance}C"));
            self.x = col;
        }
    }

    /// To a column of this row, of which everything before is written.
    fn back_to(&mut self, row: &Row, col: usize) {
        self.x = col;
        if col < self.cols {
            self.writer.csi(&format!("{}G", col + 1));
            return;
        }
        // A wide character fills two columns; the wrap after it is pending only when just written.
        self.writer.raw(b"\r");
        self.x = 0;
        self.character(row, 0);
    }

    /// Goes on to a row that continues the one above; the first column still to be written.
    fn wrap(&mut self, above: &Row, row: &Row, scrolls: bool) -> usize {
        let last = self.cols.saturating_sub(1);
        // A wide character that did not fit wraps by itself and blanks the last column.
        let first = Look::of_cell(row, 0);
        let blanks_alike = !first.shows_on_blanks()
            && Look::background(first.bg) == Look::background(above.cell(last).bg);
        let is_natural =
            self.x >= self.cols || (self.x == last && row.width(0) == 2 && blanks_alike);
        if !is_natural {
            self.writer.pen(&Look::default());
            self.writer.csi(&format!("{}G", self.cols));
            self.writer.raw(b" ");
        }
        self.x = 0;
        let blank = Look::of_blank(row, 0);
        let start = if row.cell(0).has_content() && row.width(0) > 0 {
            self.character(row, 0)
        } else if !row.cell(0).has_content() && blank.shows_on_blanks() {
            self.writer.pen(&blank);
            self.writer.raw(b" ");
            1
        } else {
            self.writer.pen(&Look::default());
            self.writer.raw(b" \r");
            self.erase(1, 0);
            0
        };
        if scrolls && start < self.cols {
            // The row scrolled in with the colour of the character that wrapped.
            self.erase(self.cols - start, 0);
        }
        if !is_natural {
            self.writer.csi("A");
            self.writer.csi(&format!("{}G", self.cols));
            self.erase(1, above.cell(last).bg);
            self.writer.csi("B");
            self.back_to(row, start);
        }
        self.x = start;
        start
    }
}
