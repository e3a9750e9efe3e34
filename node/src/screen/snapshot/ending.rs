//! The end of a snapshot: cursor, pen, character sets, and the character just written.
//!
//! A pending wrap exists only after writing into the last column, and a combining character joins
//! (and REP repeats) only what was written just before it. Both are restored by writing the last
//! character again, as the very last thing.

use super::look::Look;
use super::writer::Writer;
use crate::screen::emulator::{Charset, Emulator};

/// How the cursor gets where it belongs.
pub(super) struct Ending {
    /// Position to go to, from the screen's corner.
    at: (usize, usize),
    /// What to write there before character sets and pen are set, and how it looks.
    early: Option<(String, Look)>,
    /// What to write there last, with the pen.
    late: Option<String>,
}

impl Ending {
    pub(super) fn of(emulator: &Emulator) -> Self {
        let buffer = emulator.buffer();
        let (x, y, cols) = (buffer.x, buffer.y, buffer.cols());
        let plain = Self {
            at: (x.min(cols.saturating_sub(1)), y),
            early: None,
            late: None,
        };
        let is_pending = x >= cols;
        let Some(row) = buffer.row(y) else {
            return plain;
        };
        let columns = match (emulator.join, row.is_spacer(x.saturating_sub(1))) {
            (2, _) | (_, true) => 2,
            _ => 1,
        };
        let col = x.min(cols).saturating_sub(columns);
        let look = Look::of_cell(row, col);
        let text = row.text(col);
        let mut pen = Look::of_attr(&emulator.attr);
        if look.underline == 0 {
            pen.underline_color = 0;
        }
        if emulator.join != 0
            && usize::try_from(row.width(col)) == Ok(columns)
            && look == pen
            && (is_pending || !emulator.modes.insert)
            && let Some(source) = source(&text, emulator.charsets.active)
        {
            return Self {
                at: (col, y),
                late: Some(source),
                ..plain
            };
        }
        if !is_pending {
            return plain;
        }
        let charset = if is_detached(emulator) {
            emulator.charsets.active
        } else {
            Charset::ASCII
        };
        let text = source(&text, charset).unwrap_or_else(|| " ".to_owned());
        Self {
            at: (col, y),
            early: Some((text, look)),
            ..plain
        }
    }

    pub(super) fn write(self, writer: &mut Writer, emulator: &Emulator) {
        let (x, y) = self.at;
        let buffer = emulator.buffer();
        let top = if emulator.modes.origin { buffer.top } else { 0 };
        let is_detached = is_detached(emulator);
        if is_detached {
            // Only DECRC puts a set in force without designating it; the pen it restores goes.
            charsets(writer, emulator);
            writer.raw(b"\x1b8");
            writer.plain_pen();
        }
        writer.go(x, y.saturating_sub(top));
        if let Some((text, look)) = self.early {
            writer.pen(&look);
            writer.text(&text);
        }
        if !emulator.modes.wraps {
            writer.mode(7, false);
        }
        if emulator.modes.insert {
            writer.csi("4h");
        }
        if !is_detached {
            charsets(writer, emulator);
        }
        writer.pen(&Look::of_attr(&emulator.attr));
        if !emulator.modes.synchronized {
            writer.mode(2026, false);
        }
        if let Some(text) = self.late {
            writer.text(&text);
        }
    }
}

/// Whether the set in force is one that DECRC restored, not the one that is shifted in.
fn is_detached(emulator: &Emulator) -> bool {
    let charsets = &emulator.charsets;
    charsets.sets.get(charsets.level) != Some(&charsets.active)
        && charsets.active == emulator.buffer().saved.charset
}

/// What must be written to show a text with a character set in force; `None` when nothing does.
fn source(text: &str, charset: Charset) -> Option<String> {
    let mut letters = text.chars();
    let first = letters.next()?;
    let first = if charset.is_ascii() || charset.map(first) == first {
        first
    } else {
        (' '..'\u{7f}').find(|letter| charset.map(*letter) == first)?
    };
    Some(std::iter::once(first).chain(letters).collect())
}

/// Designates and shifts, of a terminal that has ASCII everywhere.
fn charsets(writer: &mut Writer, emulator: &Emulator) {
    let charsets = &emulator.charsets;
    let mut sets = charsets.sets;
    if !is_detached(emulator)
        && let Some(shifted) = sets.get_mut(charsets.level)
    {
        // The set in force counts; it differs only when another screen's DECRC restored it.
        *shifted = charsets.active;
    }
    for (set, introducer) in sets.iter().zip(*b"()*+") {
        if !set.is_ascii() {
            writer.raw(&[0x1b, introducer, set.designator()]);
        }
    }
    match charsets.level {
        1 => writer.raw(b"\x0e"),
        2 => writer.raw(b"\x1bn"),
        3 => writer.raw(b"\x1bo"),
        _ => {}
    }
}
