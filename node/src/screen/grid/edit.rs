//! Cursor bounds and erasing within a buffer.

use super::buffer::Buffer;
use super::cell::Cell;

impl Buffer {
    /// Brings the cursor into the screen, or the scroll region in origin mode
    /// (`_restrictCursor`); `max_col` is one past the last column where wrapping may be pending.
    pub(in crate::screen) fn restrict(&mut self, max_col: usize, origin: bool) {
        self.x = self.x.min(max_col);
        self.y = if origin {
            self.y.clamp(self.top, self.bottom.max(self.top))
        } else {
            self.y.min(self.row_count.saturating_sub(1))
        };
    }

    /// Last column.
    pub(in crate::screen) const fn last_col(&self) -> usize {
        self.cols.saturating_sub(1)
    }

    /// Whether the cursor is within the scroll region.
    pub(in crate::screen) const fn is_in_region(&self) -> bool {
        self.y >= self.top && self.y <= self.bottom
    }

    /// Blanks a whole row, which then continues nothing.
    pub(in crate::screen) fn reset_row(&mut self, y: usize, fill: Cell, spare: bool) {
        if let Some(row) = self.rows.get_mut(y) {
            row.fill(fill, spare);
            row.is_wrapped = false;
        }
    }

    /// Changes every row of the scroll region, which then continue nothing.
    pub(in crate::screen) fn each_in_region(&mut self, mut change: impl FnMut(&mut super::Row)) {
        let count = (self.bottom + 1).saturating_sub(self.top);
        for row in self.rows.iter_mut().skip(self.top).take(count) {
            change(row);
            row.is_wrapped = false;
        }
    }
}
