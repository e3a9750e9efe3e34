//! Modes: what DECSET, SM and their relatives switch.

use super::charset::Charset;
use super::state::{Emulator, ident};
use crate::screen::grid::bits;
use crate::screen::parser::{Ident, Params};

/// Shape of the cursor (DECSCUSR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::screen) enum CursorShape {
    Block,
    Underline,
    Bar,
}

/// Which mouse events the program wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::screen) enum MouseProtocol {
    #[default]
    None,
    /// Presses (9).
    Press,
    /// Presses and releases (1000).
    Buttons,
    /// Also motion while a button is down (1002).
    Drag,
    /// Also motion (1003).
    Motion,
}

/// How mouse events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::screen) enum MouseEncoding {
    #[default]
    Default,
    /// 1006.
    Sgr,
    /// 1016.
    SgrPixels,
}

/// The mouse, which a soft reset does not touch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::screen) struct Mouse {
    pub(in crate::screen) protocol: MouseProtocol,
    pub(in crate::screen) encoding: MouseEncoding,
}

/// Modes, as a soft reset leaves them.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent terminal mode"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::screen) struct Modes {
    /// IRM.
    pub(in crate::screen) insert: bool,
    /// DECCKM.
    pub(in crate::screen) cursor_keys: bool,
    /// DECNKM.
    pub(in crate::screen) keypad: bool,
    /// DECOM.
    pub(in crate::screen) origin: bool,
    /// DECAWM.
    pub(in crate::screen) wraps: bool,
    /// 45.
    pub(in crate::screen) reverse_wrap: bool,
    /// DECTCEM, reversed.
    pub(in crate::screen) hides_cursor: bool,
    /// 1004.
    pub(in crate::screen) focus: bool,
    /// 2004.
    pub(in crate::screen) bracketed_paste: bool,
    /// 2026.
    pub(in crate::screen) synchronized: bool,
    /// DECSCUSR: none is the viewer's own.
    pub(in crate::screen) cursor_shape: Option<CursorShape>,
    /// DECSCUSR: none is the viewer's own.
    pub(in crate::screen) cursor_blinks: Option<bool>,
    /// LNM, once set or reset; xterm.js keeps it as an option, which no reset touches.
    pub(in crate::screen) newline: Option<bool>,
    /// Mode 12, once set or reset; an option as well.
    pub(in crate::screen) blinks: Option<bool>,
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            insert: false,
            cursor_keys: false,
            keypad: false,
            origin: false,
            wraps: true,
            reverse_wrap: false,
            hides_cursor: false,
            focus: false,
            bracketed_paste: false,
            synchronized: false,
            cursor_shape: None,
            cursor_blinks: None,
            newline: None,
            blinks: None,
        }
    }
}

const SET: Ident = ident(b"h");
const RESET: Ident = ident(b"l");
const SET_PRIVATE: Ident = ident(b"?h");
const RESET_PRIVATE: Ident = ident(b"?l");
const ATTRIBUTES: Ident = ident(b"m");
const SOFT_RESET: Ident = ident(b"!p");
const CURSOR_STYLE: Ident = ident(b" q");
const PROTECT: Ident = ident(b"\"q");

impl Emulator {
    /// Carries a sequence out, if it is one of these.
    pub(super) fn csi_modes(&mut self, sequence: Ident, params: &Params) -> bool {
        match sequence {
            SET | RESET => {
                for index in 0..params.len() {
                    self.set_mode(params.at(index), sequence == SET);
                }
            }
            SET_PRIVATE | RESET_PRIVATE => {
                for index in 0..params.len() {
                    self.set_private_mode(params.at(index), sequence == SET_PRIVATE);
                }
            }
            ATTRIBUTES => self.set_attributes(params),
            SOFT_RESET => self.soft_reset(),
            CURSOR_STYLE => self.set_cursor_style(params.at(0)),
            PROTECT => match params.at(0) {
                0 | 2 => self.attr.bg &= !bits::PROTECTED,
                1 => self.attr.bg |= bits::PROTECTED,
                _ => {}
            },
            _ => return false,
        }
        true
    }

    const fn set_mode(&mut self, mode: usize, on: bool) {
        match mode {
            4 => self.modes.insert = on,
            20 => self.modes.newline = Some(on),
            _ => {}
        }
    }

    fn set_private_mode(&mut self, mode: usize, on: bool) {
        let modes = &mut self.modes;
        match mode {
            1 => modes.cursor_keys = on,
            2 if on => {
                for level in 0..4 {
                    self.charsets.designate(level, Charset::ASCII);
                }
            }
            6 => {
                modes.origin = on;
                self.set_cursor(0, 0);
            }
            7 => modes.wraps = on,
            12 => modes.blinks = Some(on),
            25 => modes.hides_cursor = !on,
            45 => modes.reverse_wrap = on,
            66 => modes.keypad = on,
            9 => self.set_mouse(MouseProtocol::Press, on),
            1000 => self.set_mouse(MouseProtocol::Buttons, on),
            1002 => self.set_mouse(MouseProtocol::Drag, on),
            1003 => self.set_mouse(MouseProtocol::Motion, on),
            1004 => modes.focus = on,
            1006 => self.set_mouse_encoding(MouseEncoding::Sgr, on),
            1016 => self.set_mouse_encoding(MouseEncoding::SgrPixels, on),
            1048 if on => self.save_cursor(),
            1048 => self.restore_cursor(),
            47 | 1047 => self.show_alternate(on),
            1049 if on => {
                self.save_cursor();
                self.show_alternate(true);
            }
            1049 => {
                self.show_alternate(false);
                self.restore_cursor();
            }
            2004 => modes.bracketed_paste = on,
            2026 => modes.synchronized = on,
            _ => {}
        }
    }

    const fn set_mouse(&mut self, protocol: MouseProtocol, on: bool) {
        self.mouse.protocol = if on { protocol } else { MouseProtocol::None };
    }

    const fn set_mouse_encoding(&mut self, encoding: MouseEncoding, on: bool) {
        self.mouse.encoding = if on { encoding } else { MouseEncoding::Default };
    }

    /// Shows the alternate or the primary screen; the cursor stays where it is, what was on the
    /// alternate screen is forgotten.
    fn show_alternate(&mut self, on: bool) {
        if on == self.is_alternate {
            return;
        }
        if on {
            self.alternate.show(self.attr.erased());
            (self.alternate.x, self.alternate.y) = (self.primary.x, self.primary.y);
        } else {
            (self.primary.x, self.primary.y) = (self.alternate.x, self.alternate.y);
            self.alternate.hide();
        }
        self.is_alternate = on;
    }

    /// DECSTR.
    fn soft_reset(&mut self) {
        self.attr = crate::screen::grid::Attr::default();
        self.modes = Modes {
            newline: self.modes.newline,
            blinks: self.modes.blinks,
            ..Modes::default()
        };
        self.charsets = super::charset::Charsets::default();
        let buffer = self.buffer_mut();
        buffer.top = 0;
        buffer.bottom = buffer.row_count().saturating_sub(1);
        buffer.saved = crate::screen::grid::Saved {
            line: buffer.base(),
            ..Default::default()
        };
    }

    /// DECSCUSR. Of an unknown style xterm.js takes whether it is odd.
    const fn set_cursor_style(&mut self, style: usize) {
        let shape = match style {
            0 => {
                self.modes.cursor_shape = None;
                self.modes.cursor_blinks = None;
                return;
            }
            1 | 2 => Some(CursorShape::Block),
            3 | 4 => Some(CursorShape::Underline),
            5 | 6 => Some(CursorShape::Bar),
            _ => self.modes.cursor_shape,
        };
        self.modes.cursor_shape = shape;
        self.modes.cursor_blinks = Some(style % 2 == 1);
    }
}
