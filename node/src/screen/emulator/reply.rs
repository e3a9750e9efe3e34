//! Answers to the target's queries. The node answers, never a browser: there may be none, or two,
//! and each would answer late.

use super::colors::Slot;
use super::modes::{CursorShape, MouseEncoding, MouseProtocol};
use super::state::{Emulator, ident};
use crate::screen::grid::bits;
use crate::screen::parser::{Ident, Params};

const PRIMARY_ATTRIBUTES: Ident = ident(b"c");
const SECONDARY_ATTRIBUTES: Ident = ident(b">c");
const STATUS: Ident = ident(b"n");
const STATUS_PRIVATE: Ident = ident(b"?n");
const REQUEST_MODE: Ident = ident(b"$p");
const REQUEST_MODE_PRIVATE: Ident = ident(b"?$p");
const VERSION: Ident = ident(b">q");
const WINDOW: Ident = ident(b"t");
const STATUS_STRING: Ident = ident(b"$q");

/// Answers of DECRPM.
const UNKNOWN: u8 = 0;
const ALWAYS: u8 = 3;
const NEVER: u8 = 4;

impl Emulator {
    /// Answers a sequence, if it is a query.
    pub(super) fn csi_reply(&mut self, sequence: Ident, params: &Params) {
        let first = params.at(0);
        match sequence {
            // VT100 with advanced video: what xterm.js says.
            PRIMARY_ATTRIBUTES if first == 0 => self.outbox.reply(b"\x1b[?1;2c"),
            SECONDARY_ATTRIBUTES if first == 0 => self.outbox.reply(b"\x1b[>0;276;0c"),
            // Programs that know xterm.js work around its limits.
            VERSION if first == 0 => self.outbox.reply(b"\x1bP>|xterm.js(6.0.0)\x1b\\"),
            STATUS if first == 5 => self.outbox.reply(b"\x1b[0n"),
            STATUS if first == 6 => self.report_cursor(""),
            STATUS_PRIVATE if first == 6 => self.report_cursor("?"),
            REQUEST_MODE => {
                let state = self.mode_state(first);
                self.outbox
                    .reply(format!("\x1b[{first};{state}$y").as_bytes());
            }
            REQUEST_MODE_PRIVATE => {
                let state = self.private_mode_state(first);
                self.outbox
                    .reply(format!("\x1b[?{first};{state}$y").as_bytes());
            }
            WINDOW => self.window(first, params.at(1)),
            _ => {}
        }
    }

    fn report_cursor(&mut self, prefix: &str) {
        let buffer = self.buffer();
        let top = if self.modes.origin { buffer.top } else { 0 };
        let row = buffer.y.saturating_sub(top) + 1;
        let col = buffer.x.min(buffer.last_col()) + 1;
        self.outbox
            .reply(format!("\x1b[{prefix}{row};{col}R").as_bytes());
    }

    fn window(&mut self, operation: usize, which: usize) {
        let (rows, cols) = (self.primary.row_count(), self.primary.cols());
        match operation {
            // In cells; pixels (14, 16) are the viewers' and differ.
            18 => self
                .outbox
                .reply(format!("\x1b[8;{rows};{cols}t").as_bytes()),
            22 | 23 if which == 0 || which == 2 => self.stack_title(operation == 22),
            _ => {}
        }
    }

    const fn mode_state(&self, mode: usize) -> u8 {
        match mode {
            2 => NEVER,
            4 => state(self.modes.insert),
            12 => ALWAYS,
            20 => state(matches!(self.modes.newline, Some(true))),
            _ => UNKNOWN,
        }
    }

    fn private_mode_state(&self, mode: usize) -> u8 {
        let modes = &self.modes;
        match mode {
            1 => state(modes.cursor_keys),
            6 => state(modes.origin),
            7 => state(modes.wraps),
            8 => ALWAYS,
            9 => state(self.mouse.protocol == MouseProtocol::Press),
            12 => state(modes.blinks == Some(true)),
            25 => state(!modes.hides_cursor),
            45 => state(modes.reverse_wrap),
            66 => state(modes.keypad),
            67 | 1005 | 1015 => NEVER,
            1000 => state(self.mouse.protocol == MouseProtocol::Buttons),
            1002 => state(self.mouse.protocol == MouseProtocol::Drag),
            1003 => state(self.mouse.protocol == MouseProtocol::Motion),
            1004 => state(modes.focus),
            1006 => state(self.mouse.encoding == MouseEncoding::Sgr),
            1016 => state(self.mouse.encoding == MouseEncoding::SgrPixels),
            47 | 1047 | 1049 => state(self.is_alternate),
            1048 => state(true),
            2004 => state(modes.bracketed_paste),
            2026 => state(modes.synchronized),
            _ => UNKNOWN,
        }
    }

    /// DECRQSS.
    pub(super) fn status_string(&mut self, sequence: Ident, text: &[u8]) {
        if sequence != STATUS_STRING {
            return;
        }
        let answer = match text {
            b"\"q" => format!("1$r{}\"q", u8::from(self.attr.bg & bits::PROTECTED != 0)),
            b"\"p" => "1$r61;1\"p".to_owned(),
            b"r" => {
                let buffer = self.buffer();
                format!("1$r{};{}r", buffer.top + 1, buffer.bottom + 1)
            }
            b"m" => "1$r0m".to_owned(),
            b" q" => {
                let shape = self.modes.cursor_shape.unwrap_or(CursorShape::Block);
                let blinks = self.modes.cursor_blinks.unwrap_or(false);
                format!("1$r{} q", shape.style(blinks))
            }
            _ => "0$r".to_owned(),
        };
        self.outbox.reply(format!("\x1bP{answer}\x1b\\").as_bytes());
    }

    /// OSC 4, 10, 11, 12 with a question mark.
    pub(super) fn report_color(&mut self, slot: Slot) {
        let name = match slot {
            Slot::Indexed(index) => format!("4;{index}"),
            Slot::Foreground => "10".to_owned(),
            Slot::Background => "11".to_owned(),
            Slot::Cursor => "12".to_owned(),
        };
        let [red, green, blue] = self.colors.at(slot);
        let answer = format!(
            "\x1b]{name};rgb:{red:02x}{red:02x}/{green:02x}{green:02x}/{blue:02x}{blue:02x}\x1b\\"
        );
        self.outbox.reply(answer.as_bytes());
    }
}

impl CursorShape {
    /// Parameter of DECSCUSR.
    pub(in crate::screen) const fn style(self, blinks: bool) -> u8 {
        let steady = match self {
            Self::Block => 2,
            Self::Underline => 4,
            Self::Bar => 6,
        };
        if blinks { steady - 1 } else { steady }
    }
}

/// DECRPM: set or reset.
const fn state(on: bool) -> u8 {
    if on { 1 } else { 2 }
}
