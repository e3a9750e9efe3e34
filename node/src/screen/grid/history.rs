//! Scrollback: rows that left the screen, kept small.
//!
//! A session holds a thousand lines for as long as it lives, so a line costs its text (one byte per
//! ASCII character) plus its changes of colour, not twelve bytes per column.

use std::collections::VecDeque;

use super::cell::Cell;
use super::row::{Marks, Row};

/// Cells of equal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    fg: u32,
    bg: u32,
    len: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Text {
    /// One byte per cell: zero is blank.
    Ascii(Box<[u8]>),
    /// One packed content per cell.
    Cells(Box<[u32]>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    text: Text,
    /// Empty when the whole line has default colours.
    runs: Box<[Run]>,
    marks: Option<Box<Marks>>,
    is_wrapped: bool,
}

impl Line {
    fn pack(row: &Row) -> Self {
        let cells = row.used();
        let last = cells.iter().rposition(|cell| *cell != Cell::NULL);
        let cells = cells.get(..last.map_or(0, |at| at + 1)).unwrap_or_default();
        let odd = |cell: &Cell| cell.content() ^ Cell::NULL.content();
        let text = if cells.iter().fold(0, |all, cell| all | odd(cell)) < 0x80 {
            let byte = |cell: &Cell| u8::try_from(odd(cell)).unwrap_or_default();
            Text::Ascii(cells.iter().map(byte).collect())
        } else {
            Text::Cells(cells.iter().map(|cell| cell.content()).collect())
        };
        Self {
            text,
            runs: runs(cells),
            marks: row.marks.as_ref().and_then(|marks| marks.pruned(cells)),
            is_wrapped: row.is_wrapped,
        }
    }

    fn unpack(&self, cols: usize) -> Row {
        let mut row = Row::new(cols, Cell::NULL);
        match &self.text {
            Text::Ascii(bytes) => {
                for (col, byte) in bytes.iter().enumerate() {
                    row.set(
                        col,
                        Cell::from_parts(Cell::NULL.content() | u32::from(*byte), 0, 0),
                    );
                }
            }
            Text::Cells(contents) => {
                for (col, content) in contents.iter().enumerate() {
                    row.set(col, Cell::from_parts(*content, 0, 0));
                }
            }
        }
        let colors = self
            .runs
            .iter()
            .flat_map(|run| (0..run.len).map(|_| (run.fg, run.bg)));
        for (slot, (fg, bg)) in row.cells.iter_mut().zip(colors) {
            (slot.fg, slot.bg) = (fg, bg);
        }
        row.marks.clone_from(&self.marks);
        row.is_wrapped = self.is_wrapped;
        row
    }
}

fn runs(cells: &[Cell]) -> Box<[Run]> {
    if cells.iter().all(|cell| cell.fg == 0 && cell.bg == 0) {
        return Box::default();
    }
    let mut runs: Vec<Run> = Vec::new();
    for cell in cells {
        match runs.last_mut() {
            Some(run) if run.fg == cell.fg && run.bg == cell.bg => run.len += 1,
            _ => runs.push(Run {
                fg: cell.fg,
                bg: cell.bg,
                len: 1,
            }),
        }
    }
    runs.into_boxed_slice()
}

/// The lines above the screen, oldest first, at most a fixed number.
#[derive(Clone, Debug)]
pub(super) struct History {
    lines: VecDeque<Line>,
    limit: usize,
}

impl History {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            lines: VecDeque::new(),
            limit,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    /// Keeps a row that leaves the screen, forgetting the oldest above the limit.
    pub(super) fn push(&mut self, row: &Row) {
        if self.limit == 0 {
            return;
        }
        if self.lines.len() >= self.limit {
            self.lines.pop_front();
        }
        self.lines.push_back(Line::pack(row));
    }

    pub(super) fn unwrap_line(&mut self, index: usize) {
        if let Some(line) = self.lines.get_mut(index) {
            line.is_wrapped = false;
        }
    }

    pub(super) fn clear(&mut self) {
        self.lines = VecDeque::new();
    }

    /// Every line as a row of the given width, oldest first.
    pub(super) fn rows(&self, cols: usize) -> impl Iterator<Item = Row> {
        self.lines.iter().map(move |line| line.unpack(cols))
    }
}
