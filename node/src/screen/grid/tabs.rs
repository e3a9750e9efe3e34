//! Tab stops.

/// Columns a set covers: the largest terminal and the position after its last column.
const COLUMNS: usize = 1024;

/// Distance of the default stops, in columns.
const INTERVAL: usize = 8;

/// Which columns are tab stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::screen) struct TabStops {
    set: [u64; COLUMNS / 64],
}

impl TabStops {
    /// A stop every eight columns.
    pub(super) fn new(cols: usize) -> Self {
        let mut stops = Self {
            set: [0; COLUMNS / 64],
        };
        for col in (0..cols).step_by(INTERVAL) {
            stops.put(col, true);
        }
        stops
    }

    /// Sets or clears one stop.
    pub(in crate::screen) fn put(&mut self, col: usize, is_stop: bool) {
        if let Some(word) = self.set.get_mut(col / 64) {
            let bit = 1 << (col % 64);
            *word = if is_stop { *word | bit } else { *word & !bit };
        }
    }

    /// Whether a column is a stop.
    pub(in crate::screen) fn has(&self, col: usize) -> bool {
        self.set
            .get(col / 64)
            .is_some_and(|word| word & (1 << (col % 64)) != 0)
    }

    /// Clears all stops.
    pub(in crate::screen) const fn clear(&mut self) {
        self.set = [0; COLUMNS / 64];
    }

    /// The stop after a column, or the last column.
    pub(in crate::screen) fn next(&self, col: usize, cols: usize) -> usize {
        let next = (col + 1..cols).find(|at| self.has(*at));
        next.unwrap_or(cols).min(cols.saturating_sub(1))
    }

    /// The stop before a column, or the first column.
    pub(in crate::screen) fn previous(&self, col: usize, cols: usize) -> usize {
        let previous = (0..col).rev().find(|at| self.has(*at));
        previous.unwrap_or(0).min(cols.saturating_sub(1))
    }

    /// Adds default stops for new columns (`setupTabStops(newCols)`).
    pub(super) fn extend(&mut self, cols: usize) {
        let from = if self.has(cols) {
            cols
        } else {
            self.previous(cols, cols)
        };
        for col in (from..cols).step_by(INTERVAL) {
            self.put(col, true);
        }
    }
}
