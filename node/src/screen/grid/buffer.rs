//! One buffer: rows, scrollback, cursor, margins, tab stops, saved cursor (`Buffer.ts`).

use std::collections::VecDeque;

use super::cell::Cell;
use super::history::History;
use super::row::Row;
use super::tabs::TabStops;
use crate::screen::emulator::Charset;

/// What DECSC saves, as xterm.js does: no hyperlink, underline style or shift state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::screen) struct Saved {
    pub(in crate::screen) x: usize,
    /// Counted from the oldest line of the scrollback.
    pub(in crate::screen) line: usize,
    pub(in crate::screen) fg: u32,
    pub(in crate::screen) bg: u32,
    pub(in crate::screen) charset: Charset,
}

/// The primary or the alternate screen.
#[derive(Clone, Debug)]
pub(in crate::screen) struct Buffer {
    pub(super) rows: VecDeque<Row>,
    pub(super) history: History,
    pub(super) cols: usize,
    pub(super) row_count: usize,
    /// Column; equal to the number of columns when the next character wraps.
    pub(in crate::screen) x: usize,
    pub(in crate::screen) y: usize,
    /// First row of the scroll region.
    pub(in crate::screen) top: usize,
    /// Last row of the scroll region.
    pub(in crate::screen) bottom: usize,
    pub(in crate::screen) tabs: TabStops,
    pub(in crate::screen) saved: Saved,
}

impl Buffer {
    /// A blank buffer; an alternate screen has no scrollback and gets its rows when shown.
    pub(in crate::screen) fn new(cols: usize, row_count: usize, scrollback: usize) -> Self {
        Self {
            rows: VecDeque::new(),
            history: History::new(scrollback),
            cols,
            row_count,
            x: 0,
            y: 0,
            top: 0,
            bottom: row_count.saturating_sub(1),
            tabs: TabStops::new(cols),
            saved: Saved::default(),
        }
    }

    /// Makes sure that the rows exist (`fillViewportRows`).
    pub(in crate::screen) fn show(&mut self, fill: Cell) {
        if self.rows.is_empty() {
            self.rows = (0..self.row_count)
                .map(|_| Row::new(self.cols, fill))
                .collect();
        }
    }

    /// Forgets the content, as leaving the alternate screen does; the saved cursor stays.
    pub(in crate::screen) fn hide(&mut self) {
        let saved = std::mem::take(&mut self.saved);
        *self = Self::new(self.cols, self.row_count, self.history.limit());
        self.saved = saved;
    }

    /// Columns.
    pub(in crate::screen) const fn cols(&self) -> usize {
        self.cols
    }

    /// Rows on the screen.
    pub(in crate::screen) const fn row_count(&self) -> usize {
        self.row_count
    }

    /// Lines the scrollback may hold.
    pub(in crate::screen) const fn scrollback(&self) -> usize {
        self.history.limit()
    }

    /// Lines in the scrollback (`ybase`).
    pub(in crate::screen) fn base(&self) -> usize {
        self.history.len()
    }

    /// A row of the screen.
    pub(in crate::screen) fn row(&self, y: usize) -> Option<&Row> {
        self.rows.get(y)
    }

    /// Makes a line, counted from the oldest one, continue nothing.
    pub(in crate::screen) fn unwrap_line(&mut self, index: usize) {
        match index.checked_sub(self.history.len()) {
            None => self.history.unwrap_line(index),
            Some(y) => {
                if let Some(row) = self.rows.get_mut(y) {
                    row.is_wrapped = false;
                }
            }
        }
    }

    /// The row of the cursor, to change.
    pub(in crate::screen) fn cursor_row(&mut self) -> Option<&mut Row> {
        self.rows.get_mut(self.y)
    }

    /// Every line, oldest first: the scrollback, then the screen.
    pub(in crate::screen) fn lines(&self) -> impl Iterator<Item = std::borrow::Cow<'_, Row>> {
        let old = self.history.rows(self.cols).map(std::borrow::Cow::Owned);
        old.chain(self.rows.iter().map(std::borrow::Cow::Borrowed))
    }

    /// Forgets the scrollback.
    pub(in crate::screen) fn clear_history(&mut self) {
        self.history.clear();
    }

    /// Moves the scroll region up by one row (`BufferService.scroll`): what leaves the top of the
    /// screen becomes scrollback, although the region may end above the last row.
    pub(in crate::screen) fn scroll(&mut self, fill: Cell, is_wrapped: bool) {
        let Some(mut row) = self.rows.remove(self.top) else {
            return;
        };
        if self.top == 0 {
            self.history.push(&row);
        }
        row.recycle(self.cols, fill);
        row.is_wrapped = is_wrapped;
        self.rows.insert(self.bottom.min(self.rows.len()), row);
    }

    /// Removes rows at `at` and adds blank ones at the end of the scroll region, without scrollback.
    pub(in crate::screen) fn delete_rows(&mut self, at: usize, count: usize, fill: Cell) {
        self.rotate(at, self.bottom, count, fill);
    }

    /// Adds blank rows at `at`, dropping as many at the end of the scroll region.
    pub(in crate::screen) fn insert_rows(&mut self, at: usize, count: usize, fill: Cell) {
        self.rotate(self.bottom, at, count, fill);
    }

    /// Takes rows out at one place and puts them back, blank, at another. More rows than there are
    /// between the two leave all of them blank, so the count is clamped.
    fn rotate(&mut self, from: usize, to: usize, count: usize, fill: Cell) {
        for _ in 0..count.min(from.abs_diff(to) + 1) {
            if let Some(mut row) = self.rows.remove(from) {
                row.recycle(self.cols, fill);
                self.rows.insert(to.min(self.rows.len()), row);
            }
        }
    }
}
