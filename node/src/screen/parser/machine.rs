//! The state machine.

use super::params::Params;
use super::utf8::{Decoded, Utf8};

/// Longest run of parameter and intermediate bytes, in bytes: 32 parameters of ten digits each with
/// separators fit three times. Beyond it a sequence is ignored.
const MAX_RAW: usize = 1024;

/// Longest ordinary string, in bytes: titles and links.
const MAX_STRING: usize = 8 * 1024;

/// Longest clipboard string, in bytes: 1 MiB as base64.
const MAX_CLIPBOARD: usize = 1024 * 1024 / 3 * 4 + 64;

/// Prefix, intermediates and final byte of a sequence, the last four of them, newest lowest.
pub(in crate::screen) type Ident = u32;

/// What the machine reports, in the order of the bytes.
pub(in crate::screen) trait Actions {
    /// Printable ASCII, not empty.
    fn print_ascii(&mut self, text: &[u8]);
    /// One other printable character.
    fn print(&mut self, letter: char);
    /// A C0 or C1 control function.
    fn execute(&mut self, code: u8);
    /// A control sequence.
    fn csi(&mut self, ident: Ident, params: &Params);
    /// An escape sequence.
    fn esc(&mut self, ident: Ident);
    /// An operating system command; `is_cut` when the end of its text was not kept.
    fn osc(&mut self, text: &[u8], is_cut: bool);
    /// A device control string.
    fn dcs(&mut self, ident: Ident, text: &[u8]);
    /// A string was aborted.
    fn aborted(&mut self);
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    #[default]
    Ground,
    Escape,
    EscapeIntermediate,
    CsiEntry,
    CsiParam,
    CsiIntermediate,
    CsiIgnore,
    Osc,
    DcsEntry,
    DcsParam,
    DcsIntermediate,
    DcsIgnore,
    DcsString,
    /// SOS, PM, APC.
    Ignored,
}

/// Parser state between two pieces of output.
#[derive(Clone, Debug, Default)]
pub(in crate::screen) struct Parser {
    pub(super) state: State,
    pub(super) utf8: Utf8,
    params: Params,
    collected: Ident,
    /// Bytes of the sequence after its introducer that mean something.
    pub(super) raw: Vec<u8>,
    /// Text of an OSC or DCS.
    pub(super) string: Vec<u8>,
    /// The text went over its limit and is not complete.
    pub(super) is_cut: bool,
}

impl Parser {
    /// Parses bytes.
    pub(in crate::screen) fn feed(&mut self, mut bytes: &[u8], to: &mut impl Actions) {
        while let Some((&byte, rest)) = bytes.split_first() {
            if byte >= 0x80 || !self.utf8.is_empty() {
                match self.utf8.push(byte) {
                    Decoded::Char(letter) => self.code(u32::from(letter), letter, to),
                    Decoded::Partial | Decoded::Dropped => {}
                    Decoded::Again => continue,
                }
                bytes = rest;
                continue;
            }
            let run = match self.state {
                State::Ground => printable(bytes),
                State::Osc | State::DcsString => self.take_text(bytes),
                _ => 0,
            };
            if run == 0 {
                self.code(u32::from(byte), char::from(byte), to);
                bytes = rest;
                continue;
            }
            let (text, rest) = bytes.split_at(run);
            if self.state == State::Ground {
                to.print_ascii(text);
            }
            bytes = rest;
        }
    }

    /// Takes printable ASCII into the current string; how many bytes.
    fn take_text(&mut self, bytes: &[u8]) -> usize {
        let run = printable(bytes);
        if let Some(text) = bytes.get(..run) {
            self.append(text);
        }
        run
    }

    fn append(&mut self, text: &[u8]) {
        // The command's number decides the limit, however the bytes were cut.
        let start = self.string.iter().chain(text).take(3);
        let is_clipboard = self.state == State::Osc && start.eq(b"52;");
        let limit = if is_clipboard {
            MAX_CLIPBOARD
        } else {
            MAX_STRING
        };
        let room = limit.saturating_sub(self.string.len());
        if text.len() > room {
            self.is_cut = true;
        }
        self.string
            .extend_from_slice(text.get(..room).unwrap_or(text));
    }

    /// One code point; `byte` is the same as a character.
    fn code(&mut self, code: u32, letter: char, to: &mut impl Actions) {
        match u8::try_from(code) {
            Ok(byte @ 0x20..=0x7f) => self.ascii(byte, to),
            Ok(byte @ (0x00..=0x1f | 0x80..=0x9f)) => self.control(byte, to),
            Ok(0xa0..) | Err(_) => self.beyond_ascii(letter, to),
        }
    }

    /// Characters from U+00A0 on end sequences and continue strings.
    fn beyond_ascii(&mut self, letter: char, to: &mut impl Actions) {
        match self.state {
            State::Ground => to.print(letter),
            State::Osc | State::DcsString => {
                self.append(letter.encode_utf8(&mut [0; 4]).as_bytes());
            }
            State::CsiIgnore | State::DcsIgnore => {}
            _ => self.state = State::Ground,
        }
    }

    fn control(&mut self, byte: u8, to: &mut impl Actions) {
        match byte {
            0x1b => {
                self.end_string(true, to);
                self.clear(State::Escape);
            }
            0x18 | 0x1a if self.is_string() => {
                self.end_string(false, to);
                self.state = State::Ground;
            }
            0x9c => {
                self.end_string(true, to);
                self.state = State::Ground;
            }
            0x9b => self.clear(State::CsiEntry),
            0x90 => self.clear(State::DcsEntry),
            0x9d => self.clear(State::Osc),
            0x98 | 0x9e | 0x9f => self.state = State::Ignored,
            0x18 | 0x1a | 0x80..=0x8f | 0x91..=0x97 | 0x99 | 0x9a => {
                self.state = State::Ground;
                to.execute(byte);
            }
            0x07 if self.state == State::Osc => {
                self.end_string(true, to);
                self.state = State::Ground;
            }
            _ => self.c0(byte, to),
        }
    }

    fn c0(&mut self, byte: u8, to: &mut impl Actions) {
        match self.state {
            State::Ground
            | State::Escape
            | State::CsiEntry
            | State::CsiParam
            | State::CsiIntermediate
            | State::CsiIgnore
            | State::EscapeIntermediate => to.execute(byte),
            State::DcsString => self.append(&[byte]),
            State::Osc
            | State::DcsEntry
            | State::DcsParam
            | State::DcsIntermediate
            | State::DcsIgnore
            | State::Ignored => {}
        }
    }

    const fn is_string(&self) -> bool {
        matches!(self.state, State::Osc | State::DcsString)
    }

    fn end_string(&mut self, is_complete: bool, to: &mut impl Actions) {
        let text = match self.state {
            State::Osc | State::DcsString => std::mem::take(&mut self.string),
            _ => return,
        };
        if !is_complete {
            to.aborted();
        } else if self.state == State::Osc {
            to.osc(&text, self.is_cut);
        } else {
            to.dcs(self.collected, if self.is_cut { b"" } else { &text });
        }
        self.clear(State::Ground);
    }

    fn clear(&mut self, state: State) {
        self.params.clear();
        self.collected = 0;
        self.raw.clear();
        self.string = Vec::new();
        self.is_cut = false;
        self.state = state;
    }

    fn ascii(&mut self, byte: u8, to: &mut impl Actions) {
        match self.state {
            State::Ground => {
                if byte != 0x7f {
                    to.print_ascii(&[byte]);
                }
            }
            State::Escape | State::EscapeIntermediate => self.escape(byte, to),
            State::CsiEntry
            | State::CsiParam
            | State::CsiIntermediate
            | State::DcsEntry
            | State::DcsParam
            | State::DcsIntermediate => self.sequence(byte, to),
            State::CsiIgnore if (0x40..0x7f).contains(&byte) => self.state = State::Ground,
            State::Osc => self.append(&[byte]),
            State::DcsString if byte != 0x7f => self.append(&[byte]),
            State::CsiIgnore | State::DcsIgnore | State::DcsString | State::Ignored => {}
        }
    }

    fn escape(&mut self, byte: u8, to: &mut impl Actions) {
        match byte {
            0x7f => {}
            0x20..=0x2f => self.collect(byte, State::EscapeIntermediate),
            b'[' if self.state == State::Escape => self.clear(State::CsiEntry),
            b']' if self.state == State::Escape => self.clear(State::Osc),
            b'P' if self.state == State::Escape => self.clear(State::DcsEntry),
            b'X' | b'^' | b'_' if self.state == State::Escape => self.state = State::Ignored,
            _ => {
                self.state = State::Ground;
                to.esc(self.collected << 8 | u32::from(byte));
            }
        }
    }

    /// Parameters, intermediates and final byte of a CSI or DCS.
    fn sequence(&mut self, byte: u8, to: &mut impl Actions) {
        use State::{
            CsiEntry, CsiIgnore, CsiIntermediate, CsiParam, DcsIgnore, DcsIntermediate, DcsParam,
        };
        let is_csi = matches!(self.state, CsiEntry | CsiParam | CsiIntermediate);
        let pick = |csi: State, dcs: State| if is_csi { csi } else { dcs };
        let ignore = pick(CsiIgnore, DcsIgnore);
        match (byte, self.state) {
            (0x7f, _) => {}
            (0x20..=0x2f, _) => self.collect(byte, pick(CsiIntermediate, DcsIntermediate)),
            (0x30..=0x3f, CsiIntermediate | DcsIntermediate)
            | (0x3c..=0x3f, CsiParam | DcsParam) => self.state = ignore,
            (0x3c..=0x3f, _) => self.collect(byte, pick(CsiParam, DcsParam)),
            (0x30..=0x3b, _) => {
                let counts = match byte {
                    b';' => {
                        self.params.next();
                        true
                    }
                    b':' => {
                        self.params.next_sub();
                        true
                    }
                    digit => self.params.digit(digit - b'0'),
                };
                self.state = pick(CsiParam, DcsParam);
                if counts {
                    self.record(byte, ignore);
                }
            }
            _ => self.finish(byte, is_csi, to),
        }
    }

    fn finish(&mut self, byte: u8, is_csi: bool, to: &mut impl Actions) {
        let ident = self.collected << 8 | u32::from(byte);
        if is_csi {
            self.state = State::Ground;
            to.csi(ident, &self.params);
        } else {
            self.collected = ident;
            self.raw.push(byte);
            self.state = State::DcsString;
        }
    }

    fn collect(&mut self, byte: u8, state: State) {
        let ignore = match state {
            State::CsiParam | State::CsiIntermediate => State::CsiIgnore,
            State::DcsParam | State::DcsIntermediate => State::DcsIgnore,
            _ => State::Ground,
        };
        self.collected = self.collected << 8 | u32::from(byte);
        self.state = state;
        self.record(byte, ignore);
    }

    fn record(&mut self, byte: u8, ignore: State) {
        if self.raw.len() < MAX_RAW {
            self.raw.push(byte);
        } else {
            self.state = ignore;
        }
    }
}

/// Length of the printable ASCII at the start.
fn printable(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|byte| !(0x20..0x7f).contains(byte));
    end.unwrap_or(bytes.len())
}
