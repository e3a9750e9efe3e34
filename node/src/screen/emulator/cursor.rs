//! Control sequences that move the cursor, scroll or set tabs and margins.

use super::state::Emulator;
use crate::screen::parser::{Ident, Params};

impl Emulator {
    /// Carries a sequence out, if it is one of these.
    pub(super) fn csi_cursor(&mut self, sequence: Ident, params: &Params) -> bool {
        let [0, 0, 0, last] = sequence.to_be_bytes() else {
            return false;
        };
        let count = signed(params.count(0));
        let to = signed(params.count(0)) - 1;
        match last {
            b'A' => self.up(count),
            b'B' => self.down(count),
            b'C' | b'a' => self.move_cursor(count, 0),
            b'D' => self.move_cursor(-count, 0),
            b'E' => {
                self.down(count);
                self.buffer_mut().x = 0;
            }
            b'F' => {
                self.up(count);
                self.buffer_mut().x = 0;
            }
            b'G' | b'`' => self.set_cursor(to, signed(self.buffer().y)),
            b'H' | b'f' => self.set_cursor(signed(params.count(1)) - 1, to),
            b'I' => self.tab_forward(params.count(0)),
            b'Z' => self.tab_backward(params.count(0)),
            b'b' => self.repeat(params.count(0)),
            b'd' => self.set_cursor(signed(self.buffer().x), to),
            b'e' => self.move_cursor(0, count),
            b'g' => self.clear_tabs(params.at(0)),
            b'r' => self.set_margins(params),
            b's' => self.save_cursor(),
            b'u' => self.restore_cursor(),
            _ => return false,
        }
        true
    }

    /// Goes to a position, relative to the margins in origin mode.
    pub(super) fn set_cursor(&mut self, x: isize, y: isize) {
        let origin = self.modes.origin;
        let buffer = self.buffer_mut();
        let y = if origin {
            y.saturating_add(signed(buffer.top))
        } else {
            y
        };
        buffer.x = unsigned(x);
        buffer.y = unsigned(y);
        buffer.restrict(buffer.last_col(), origin);
    }

    /// Goes a distance. In origin mode xterm.js adds the upper margin here too; so do we.
    fn move_cursor(&mut self, right: isize, down: isize) {
        let origin = self.modes.origin;
        let buffer = self.buffer_mut();
        buffer.restrict(buffer.last_col(), origin);
        let (x, y) = (signed(buffer.x), signed(buffer.y));
        self.set_cursor(x.saturating_add(right), y.saturating_add(down));
    }

    /// Up, not beyond the upper margin from below it.
    fn up(&mut self, count: isize) {
        let buffer = self.buffer();
        let room = buffer.y.checked_sub(buffer.top).map_or(count, signed);
        self.move_cursor(0, -count.min(room));
    }

    /// Down, not beyond the lower margin from above it.
    fn down(&mut self, count: isize) {
        let buffer = self.buffer();
        let room = buffer.bottom.checked_sub(buffer.y).map_or(count, signed);
        self.move_cursor(0, count.min(room));
    }

    fn tab_forward(&mut self, count: usize) {
        let buffer = self.buffer_mut();
        for _ in 0..count.min(buffer.cols()) {
            if buffer.x < buffer.cols() {
                buffer.x = buffer.tabs.next(buffer.x, buffer.cols());
            }
        }
    }

    fn tab_backward(&mut self, count: usize) {
        let buffer = self.buffer_mut();
        if buffer.x >= buffer.cols() {
            return;
        }
        for _ in 0..count.min(buffer.cols()) {
            buffer.x = buffer.tabs.previous(buffer.x, buffer.cols());
        }
    }

    fn clear_tabs(&mut self, which: usize) {
        let buffer = self.buffer_mut();
        match which {
            0 => buffer.tabs.put(buffer.x, false),
            3 => buffer.tabs.clear(),
            _ => {}
        }
    }

    /// DECSTBM.
    fn set_margins(&mut self, params: &Params) {
        let rows = self.buffer().row_count();
        let top = params.count(0);
        let bottom = match params.at(1) {
            0 => rows,
            bottom => bottom.min(rows),
        };
        if bottom > top {
            let buffer = self.buffer_mut();
            buffer.top = top - 1;
            buffer.bottom = bottom - 1;
            self.set_cursor(0, 0);
        }
    }
}

/// A count as a distance; parameters end far below the limit.
pub(super) fn signed(count: usize) -> isize {
    isize::try_from(count).unwrap_or(isize::MAX)
}

fn unsigned(at: isize) -> usize {
    usize::try_from(at).unwrap_or(0)
}
