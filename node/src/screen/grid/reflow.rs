//! Changing the size of a buffer, with lines re-wrapped as xterm.js does (`Buffer.resize`,
//! `BufferReflow.ts`): browsers re-wrap their own copy at the same moment, and both must agree.
//!
//! The line that holds the cursor is never re-wrapped: the program there redraws it.

use super::buffer::Buffer;
use super::cell::Cell;
use super::row::Row;

/// A buffer taken apart: scrollback and screen as one list.
struct Layout {
    lines: Vec<Row>,
    /// Index of the first line on the screen.
    base: usize,
    y: usize,
    saved: usize,
    /// Most lines, screen included.
    max: usize,
    rows: usize,
}

impl Buffer {
    /// Changes the size; margins become the whole screen.
    pub(in crate::screen) fn resize(&mut self, cols: usize, rows: usize) {
        let old_cols = std::mem::replace(&mut self.cols, cols);
        let old_rows = std::mem::replace(&mut self.row_count, rows);
        self.top = 0;
        self.bottom = rows.saturating_sub(1);
        if !self.rows.is_empty() && (old_cols, old_rows) != (cols, rows) {
            self.lay_out(old_cols, old_rows);
        }
        self.tabs.extend(cols);
    }

    fn lay_out(&mut self, old_cols: usize, old_rows: usize) {
        let (cols, rows) = (self.cols, self.row_count);
        let base = self.history.len();
        let mut lines: Vec<Row> = self.history.rows(old_cols).collect();
        lines.extend(self.rows.drain(..));
        let mut layout = Layout {
            lines,
            base,
            y: self.y,
            saved: self.saved.line,
            max: rows.saturating_add(self.history.limit()),
            rows,
        };
        if old_cols < cols {
            layout.set_cols(cols);
        }
        layout.change_rows(old_rows, cols);
        if self.history.limit() > 0 {
            layout.rewrap(old_cols, cols);
        }
        layout.set_cols(cols);
        layout.settle(cols);

        self.x = self.x.min(cols.saturating_sub(1));
        self.y = layout.y.min(rows.saturating_sub(1));
        self.saved.x = self.saved.x.min(cols.saturating_sub(1));
        self.saved.line = layout.saved;
        self.rows = layout.lines.split_off(layout.base).into();
        self.history.clear();
        for row in &layout.lines {
            self.history.push(row);
        }
    }
}

impl Layout {
    fn set_cols(&mut self, cols: usize) {
        for line in &mut self.lines {
            line.resize(cols);
        }
    }

    /// Rows come from the scrollback and go there; blank rows below the cursor go first.
    fn change_rows(&mut self, old_rows: usize, cols: usize) {
        let mut lift = 0;
        for _ in old_rows..self.rows {
            if self.lines.len() >= self.rows + self.base {
                continue;
            }
            if self.base > 0 && self.lines.len() <= self.base + self.y + lift + 1 {
                self.base -= 1;
                lift += 1;
            } else {
                self.lines.push(Row::new(cols, Cell::NULL));
            }
        }
        for _ in self.rows..old_rows {
            if self.lines.len() <= self.rows + self.base {
                continue;
            }
            if self.lines.len() > self.base + self.y + 1 {
                self.lines.pop();
            } else {
                self.base += 1;
            }
        }
        let excess = self.lines.len().saturating_sub(self.max);
        self.lines.drain(..excess);
        self.base = self.base.saturating_sub(excess);
        self.saved = self.saved.saturating_sub(excess);
        self.y = self.y.min(self.rows.saturating_sub(1)) + lift;
    }

    fn rewrap(&mut self, old_cols: usize, cols: usize) {
        if cols > old_cols {
            self.widen(old_cols, cols);
        } else if cols < old_cols {
            self.narrow(old_cols, cols);
        }
    }

    /// Whether the cursor is on one of these lines.
    const fn has_cursor(&self, first: usize, count: usize) -> bool {
        let at = self.base + self.y;
        at >= first && at < first + count
    }

    /// Number of lines, from `first` on, that are one line of text.
    fn group_len(&self, first: usize) -> usize {
        let rest = self.lines.iter().skip(first + 1);
        1 + rest.take_while(|line| line.is_wrapped).count()
    }

    fn widen(&mut self, old_cols: usize, cols: usize) {
        let mut kept = Vec::with_capacity(self.lines.len());
        let mut removed = 0;
        let mut first = 0;
        while first < self.lines.len() {
            let count = self.group_len(first);
            let mut group: Vec<Row> = self.lines.iter().skip(first).take(count).cloned().collect();
            if count > 1 && !self.has_cursor(first, count) {
                removed += join(&mut group, old_cols, cols);
            }
            kept.append(&mut group);
            first += count;
        }
        self.lines = kept;
        for _ in 0..removed {
            if self.base > 0 {
                self.base -= 1;
                continue;
            }
            self.y = self.y.saturating_sub(1);
            if self.lines.len() < self.rows {
                self.lines.push(Row::new(cols, Cell::NULL));
            }
        }
        self.saved = self.saved.saturating_sub(removed);
    }

    fn narrow(&mut self, old_cols: usize, cols: usize) {
        let mut inserts: Vec<(usize, Vec<Row>)> = Vec::new();
        let mut added = 0;
        let mut first = self.lines.len();
        while let Some(last) = first.checked_sub(1) {
            let wraps = |line: &Row| line.is_wrapped;
            first = last;
            while first > 0 && self.lines.get(first).is_some_and(wraps) {
                first -= 1;
            }
            let group: Vec<Row> = self
                .lines
                .iter()
                .take(last + 1)
                .skip(first)
                .cloned()
                .collect();
            let fits = group.len() == 1 && group.iter().all(|line| line.trimmed_len() <= cols);
            if fits || self.has_cursor(first, group.len()) {
                continue;
            }
            let before = group.len();
            let mut group = split(&group, old_cols, cols);
            let extra = group.split_off(before.min(group.len()));
            for (at, line) in group.into_iter().enumerate() {
                if let Some(slot) = self.lines.get_mut(first + at) {
                    *slot = line;
                }
            }
            let count = extra.len();
            let trimmed = if self.base == 0 && self.y + 1 != self.lines.len() {
                (self.y + count).saturating_sub(self.max)
            } else {
                (self.lines.len() + count).saturating_sub(self.max)
            };
            added += count;
            inserts.push((last + 1, extra));
            self.make_room(count.saturating_sub(trimmed), added);
            self.saved = (self.saved + count).min(self.base + self.rows.saturating_sub(1));
        }
        self.insert(inserts);
    }

    /// Moves the screen down the list for lines that will be inserted above the cursor.
    fn make_room(&mut self, count: usize, added: usize) {
        for _ in 0..count {
            if self.base == 0 && self.y + 1 < self.rows {
                self.y += 1;
                self.lines.pop();
            } else if self.base == 0
                || self.base + self.rows < self.max.min(self.lines.len() + added)
            {
                self.base += 1;
            }
        }
    }

    fn insert(&mut self, mut inserts: Vec<(usize, Vec<Row>)>) {
        let mut lines = Vec::with_capacity(self.lines.len());
        for (at, line) in std::mem::take(&mut self.lines).into_iter().enumerate() {
            while inserts.last().is_some_and(|(before, _)| *before == at) {
                lines.extend(inserts.pop().into_iter().flat_map(|(_, extra)| extra));
            }
            lines.push(line);
        }
        lines.extend(inserts.into_iter().rev().flat_map(|(_, extra)| extra));
        self.lines = lines;
    }

    /// Makes the counts agree: the screen is the last `rows` lines.
    fn settle(&mut self, cols: usize) {
        while self.lines.len() < self.rows {
            self.lines.push(Row::new(cols, Cell::NULL));
        }
        let excess = self.lines.len().saturating_sub(self.max);
        self.lines.drain(..excess);
        self.base = self.lines.len() - self.rows;
    }
}

/// Columns of text on one line of a group (`getWrappedLineTrimmedLength`): a wide character that
/// did not fit leaves a blank at the end, which is not text.
fn text_len(group: &[Row], at: usize, cols: usize) -> usize {
    let Some(line) = group.get(at) else {
        return 0;
    };
    let Some(next) = group.get(at + 1) else {
        return line.trimmed_len();
    };
    let last = line.cell(cols.saturating_sub(1));
    if !last.has_content() && last.width() == 1 && next.width(0) == 2 {
        cols.saturating_sub(1)
    } else {
        cols
    }
}

/// Joins a group into fewer, longer lines; how many were removed.
fn join(group: &mut Vec<Row>, old_cols: usize, cols: usize) -> usize {
    let source = group.clone();
    let (mut to, mut to_col) = (0, text_len(&source, 0, old_cols));
    for (index, line) in source.iter().enumerate().skip(1) {
        let len = text_len(&source, index, old_cols);
        let mut col = 0;
        while col < len {
            if to_col >= cols {
                (to, to_col) = (to + 1, 0);
                to_col += carry(group, to, cols);
            }
            let count = (len - col).min(cols - to_col);
            if let Some(target) = group.get_mut(to) {
                target.copy_from(line, col, to_col, count);
            }
            to_col += count;
            col += count;
        }
    }
    if to_col >= cols {
        // The last line is full; a wide character cut by its end goes on to the next.
        let moved = carry(group, to + 1, cols);
        if moved > 0 || to + 1 < group.len() {
            (to, to_col) = (to + 1, moved);
        }
    }
    if let Some(line) = group.get_mut(to) {
        line.erase(to_col, cols, Cell::NULL, false);
    }
    let before = group.len();
    while group.len() > 1
        && (group.len() - 1 > to || group.last().is_some_and(|line| line.trimmed_len() == 0))
    {
        group.pop();
    }
    before - group.len()
}

/// Moves the first half of a wide character from the end of the line before; columns moved.
fn carry(group: &mut [Row], to: usize, cols: usize) -> usize {
    let last = cols.saturating_sub(1);
    let Some(before) = to.checked_sub(1).and_then(|at| group.get_mut(at)) else {
        return 0;
    };
    if before.width(last) != 2 {
        return 0;
    }
    let copy = before.clone();
    before.set(last, Cell::NULL);
    if let Some(target) = group.get_mut(to) {
        target.copy_from(&copy, last, 0, 1);
    }
    1
}

/// Splits a group into more, shorter lines.
fn split(group: &[Row], old_cols: usize, cols: usize) -> Vec<Row> {
    let mut lines = Vec::new();
    let is_wrapped = group.first().is_some_and(|line| line.is_wrapped);
    let mut line = Row::new(cols, Cell::NULL);
    line.is_wrapped = is_wrapped;
    let mut used = 0;
    for (index, source) in group.iter().enumerate() {
        for col in 0..text_len(group, index, old_cols) {
            let is_cut = source.width(col) == 2 && used + 1 >= cols;
            if used >= cols || is_cut {
                let mut next = Row::new(cols, Cell::NULL);
                next.is_wrapped = true;
                lines.push(std::mem::replace(&mut line, next));
                used = 0;
            }
            line.copy_from(source, col, used, 1);
            used += 1;
        }
    }
    lines.push(line);
    // A group never gets shorter, even when its last line was blank.
    while lines.len() < group.len() {
        let mut blank = Row::new(cols, Cell::NULL);
        blank.is_wrapped = true;
        lines.push(blank);
    }
    lines
}
