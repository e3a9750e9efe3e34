//! One row of cells, with the rare things that do not fit into a cell beside it.
//!
//! Mirrors `BufferLine.ts`: every operation that cuts a wide character blanks its other half.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cell::{Attr, Cell, Ext};

/// Marks one cell may carry, in characters: beyond it a hostile target only grows memory.
const MAX_MARKS: usize = 32;

/// Combined characters and rare attributes by column. Entries of cells that lost their flag stay
/// until the row is cleared or copied; they are at most one per column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    combined: BTreeMap<usize, Box<str>>,
    exts: BTreeMap<usize, Arc<Ext>>,
}

impl Marks {
    /// Drops what no cell refers to; `None` when nothing is left.
    pub(super) fn pruned(&self, cells: &[Cell]) -> Option<Box<Self>> {
        let mut kept = self.clone();
        let at = |col: &usize| cells.get(*col).copied().unwrap_or_default();
        kept.combined.retain(|col, _| at(col).is_combined());
        kept.exts.retain(|col, _| at(col).is_extended());
        (!kept.combined.is_empty() || !kept.exts.is_empty()).then(|| Box::new(kept))
    }
}

/// Cells of one line on the screen.
#[derive(Clone, Debug)]
pub(in crate::screen) struct Row {
    pub(super) cells: Vec<Cell>,
    /// Cells from here on were never written: clearing and packing a short line costs little.
    used: usize,
    pub(super) marks: Option<Box<Marks>>,
    /// The row continues the one above: both are one line of text.
    pub(in crate::screen) is_wrapped: bool,
}

impl Row {
    /// A blank row.
    pub(in crate::screen) fn new(cols: usize, fill: Cell) -> Self {
        Self {
            cells: vec![fill; cols],
            used: if fill == Cell::NULL { 0 } else { cols },
            marks: None,
            is_wrapped: false,
        }
    }

    /// Columns.
    pub(in crate::screen) const fn len(&self) -> usize {
        self.cells.len()
    }

    /// A cell; blank beyond the end.
    pub(in crate::screen) fn cell(&self, col: usize) -> Cell {
        self.cells.get(col).copied().unwrap_or_default()
    }

    /// Columns that a cell's character takes.
    pub(in crate::screen) fn width(&self, col: usize) -> u32 {
        self.cell(col).width()
    }

    /// Whether a cell is the empty second half of a wide character.
    pub(in crate::screen) fn is_spacer(&self, col: usize) -> bool {
        let cell = self.cell(col);
        cell.width() == 0 && !cell.has_content()
    }

    /// Overwrites one cell; ignored beyond the end.
    pub(in crate::screen) fn set(&mut self, col: usize, cell: Cell) {
        if let Some(slot) = self.cells.get_mut(col) {
            *slot = cell;
            self.used = self.used.max(col + 1);
        }
    }

    /// The cells that may differ from never written ones.
    pub(super) fn used(&self) -> &[Cell] {
        self.cells.get(..self.used).unwrap_or(&self.cells)
    }

    /// Writes a character with its attribute; ignored beyond the end.
    pub(in crate::screen) fn put(&mut self, col: usize, cell: Cell, attr: &Attr) {
        self.set(col, cell);
        if cell.is_extended() && col < self.cells.len() {
            self.set_ext(col, attr.ext.clone());
        }
    }

    /// Blanks one cell with a whole attribute, as half a wide character leaves it.
    pub(in crate::screen) fn blank(&mut self, col: usize, attr: &Attr) {
        self.put(col, attr.cell(0, 1), attr);
    }

    /// Writes printable ASCII from a column on; the caller made sure that it fits.
    pub(in crate::screen) fn put_ascii(&mut self, col: usize, text: &[u8], attr: &Attr) {
        let stop = col.saturating_add(text.len());
        if let Some(slots) = self.cells.get_mut(col..stop) {
            self.used = self.used.max(stop);
            let blank = attr.cell(0, 1);
            for (slot, byte) in slots.iter_mut().zip(text) {
                *slot = Cell::from_parts(blank.content() | u32::from(*byte), blank.fg, blank.bg);
            }
            if blank.is_extended() {
                for at in col..stop {
                    self.set_ext(at, attr.ext.clone());
                }
            }
        }
    }

    fn set_ext(&mut self, col: usize, ext: Option<Arc<Ext>>) {
        match ext {
            Some(ext) => {
                self.marks.get_or_insert_default().exts.insert(col, ext);
            }
            None => {
                if let Some(marks) = &mut self.marks {
                    marks.exts.remove(&col);
                }
            }
        }
    }

    /// Rare attributes of a cell.
    pub(in crate::screen) fn ext(&self, col: usize) -> Option<&Arc<Ext>> {
        if !self.cell(col).is_extended() {
            return None;
        }
        self.marks.as_ref()?.exts.get(&col)
    }

    /// Appends a combining character to a cell (`addCodepointToCell`).
    pub(in crate::screen) fn combine(&mut self, col: usize, mark: char) {
        let cell = self.cell(col);
        if cell.width() == 0 {
            // A mark that joined nothing takes no further one: no bytes could say that again.
            return;
        }
        if !cell.has_content() {
            let lone = Cell::from_parts(cell.content() | u32::from(mark), cell.fg, cell.bg);
            self.set(col, lone);
            return;
        }
        let text = self.text(col);
        if col >= self.cells.len() || text.chars().count() > MAX_MARKS {
            return;
        }
        let text = format!("{text}{mark}").into_boxed_str();
        self.set(col, cell.into_combined());
        self.marks
            .get_or_insert_default()
            .combined
            .insert(col, text);
    }

    /// The text of a cell: base character and marks; empty when blank.
    pub(in crate::screen) fn text(&self, col: usize) -> String {
        let cell = self.cell(col);
        if cell.is_combined() {
            let combined = self
                .marks
                .as_ref()
                .and_then(|marks| marks.combined.get(&col));
            return combined.map(ToString::to_string).unwrap_or_default();
        }
        match char::from_u32(cell.code()) {
            Some('\0') | None => String::new(),
            Some(letter) => letter.to_string(),
        }
    }

    /// Blanks the whole row; `spare` keeps protected cells.
    pub(in crate::screen) fn fill(&mut self, fill: Cell, spare: bool) {
        if spare {
            self.used = self.cells.len();
            for cell in self.cells.iter_mut().filter(|cell| !cell.is_protected()) {
                *cell = fill;
            }
            return;
        }
        self.marks = None;
        if fill == Cell::NULL {
            let used = self.used.min(self.cells.len());
            self.cells.get_mut(..used).unwrap_or_default().fill(fill);
            self.used = 0;
        } else {
            self.cells.fill(fill);
            self.used = self.cells.len();
        }
    }

    /// Makes the row a blank one of the given width, reusing its memory.
    pub(super) fn recycle(&mut self, cols: usize, fill: Cell) {
        if self.cells.len() != cols {
            self.cells.resize(cols, Cell::NULL);
        }
        self.fill(fill, false);
        self.is_wrapped = false;
    }

    /// Blanks `start..end` (`replaceCells`); `spare` keeps protected cells.
    pub(in crate::screen) fn erase(&mut self, start: usize, end: usize, fill: Cell, spare: bool) {
        let keeps = |row: &Self, col: usize| spare && row.cell(col).is_protected();
        if let Some(before) = start.checked_sub(1)
            && self.width(before) == 2
            && !keeps(self, before)
        {
            self.set(before, fill);
        }
        if let Some(last) = end.checked_sub(1)
            && end < self.cells.len()
            && self.width(last) == 2
            && !keeps(self, end)
        {
            self.set(end, fill);
        }
        let end = end.min(self.cells.len());
        if fill != Cell::NULL || spare {
            self.used = self.used.max(end);
        }
        if let Some(cells) = self.cells.get_mut(start..end) {
            for cell in cells
                .iter_mut()
                .filter(|cell| !(spare && cell.is_protected()))
            {
                *cell = fill;
            }
        }
    }

    /// Shifts cells right from a column on (`insertCells`).
    pub(in crate::screen) fn insert(&mut self, col: usize, count: usize, fill: Cell) {
        let len = self.cells.len();
        let col = col.checked_rem(len).unwrap_or_default();
        self.cut_before(col, fill);
        let count = count.min(len - col);
        self.used = len;
        self.cells.copy_within(col..len - count, col + count);
        if let Some(cells) = self.cells.get_mut(col..col + count) {
            cells.fill(fill);
        }
        self.shift_marks(|at| match at {
            at if at < col => Some(at),
            at => Some(at + count).filter(|to| *to < len),
        });
        if self.width(len.saturating_sub(1)) == 2 {
            self.set(len - 1, fill);
        }
    }

    /// Shifts cells left onto a column (`deleteCells`).
    pub(in crate::screen) fn delete(&mut self, col: usize, count: usize, fill: Cell) {
        let len = self.cells.len();
        let col = col.checked_rem(len).unwrap_or_default();
        let count = count.min(len - col);
        self.used = len;
        self.cells.copy_within(col + count.., col);
        if let Some(cells) = self.cells.get_mut(len - count..) {
            cells.fill(fill);
        }
        self.shift_marks(|at| match at {
            at if at < col => Some(at),
            at => at.checked_sub(count).filter(|to| *to >= col),
        });
        self.cut_before(col, fill);
        if self.is_spacer(col) {
            self.set(col, fill);
        }
    }

    /// Blanks the first half of a wide character whose second half is at a column.
    fn cut_before(&mut self, col: usize, fill: Cell) {
        if let Some(before) = col.checked_sub(1)
            && self.width(before) == 2
        {
            self.set(before, fill);
        }
    }

    fn shift_marks(&mut self, to: impl Fn(usize) -> Option<usize>) {
        let Some(marks) = self.marks.take() else {
            return;
        };
        let Marks { combined, exts } = *marks;
        let moved = Marks {
            combined: combined
                .into_iter()
                .filter_map(|(at, text)| Some((to(at)?, text)))
                .collect(),
            exts: exts
                .into_iter()
                .filter_map(|(at, ext)| Some((to(at)?, ext)))
                .collect(),
        };
        self.marks = Some(Box::new(moved));
    }

    /// Cuts or pads with blank cells. Half a wide character at the cut becomes a blank; xterm.js
    /// keeps the half, which nothing can restore.
    pub(in crate::screen) fn resize(&mut self, cols: usize) {
        self.cells.resize(cols, Cell::NULL);
        let last = cols.saturating_sub(1);
        if self.width(last) == 2 {
            let attr = Attr {
                bg: self.cell(last).bg,
                ..Attr::default()
            };
            self.set(last, attr.erased());
        }
        self.used = self.used.min(cols);
        if let Some(marks) = &mut self.marks {
            marks.combined.retain(|at, _| *at < cols);
            marks.exts.retain(|at, _| *at < cols);
        }
    }

    /// Copies cells of another row (`copyCellsFrom`).
    pub(super) fn copy_from(&mut self, other: &Self, from: usize, to: usize, count: usize) {
        for offset in 0..count {
            self.set(to + offset, other.cell(from + offset));
        }
        let Some(theirs) = &other.marks else {
            return;
        };
        let ours = self.marks.get_or_insert_default();
        for (at, text) in theirs.combined.range(from..from.saturating_add(count)) {
            ours.combined.insert(at - from + to, text.clone());
        }
        for (at, ext) in theirs.exts.range(from..from.saturating_add(count)) {
            ours.exts.insert(at - from + to, Arc::clone(ext));
        }
    }

    /// Columns up to the last one with content (`getTrimmedLength`).
    pub(in crate::screen) fn trimmed_len(&self) -> usize {
        let last = self.used().iter().rposition(|cell| cell.has_content());
        last.map_or(0, |at| at + usize::try_from(self.width(at)).unwrap_or(1))
    }
}
