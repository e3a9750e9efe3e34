//! How a cell is drawn, as far as SGR and OSC 8 can say.

use std::sync::Arc;

use crate::screen::grid::{Attr, Link, Row, bits};

/// Colours, flags, underline and hyperlink of a cell or of the pen.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    /// Foreground without the underline flag.
    pub(super) fg: u32,
    /// Background without the extension flag.
    pub(super) bg: u32,
    /// Underline style; zero is none.
    pub(super) underline: u32,
    /// Colour of the underline.
    pub(super) underline_color: u32,
    /// Hyperlink.
    pub(super) link: Option<Arc<Link>>,
}

impl PartialEq for Look {
    fn eq(&self, other: &Self) -> bool {
        self.is_same_style(other) && self.is_same_link(other)
    }
}

impl Look {
    /// The pen.
    pub(super) fn of_attr(attr: &Attr) -> Self {
        Self {
            fg: attr.fg & !bits::UNDERLINE,
            bg: attr.bg & !bits::EXTENDED,
            underline: attr.underline(),
            underline_color: attr.underline_color(),
            link: attr.link().cloned(),
        }
    }

    /// A cell.
    pub(super) fn of_cell(row: &Row, col: usize) -> Self {
        let cell = row.cell(col);
        let ext = row.ext(col);
        let attr = Attr {
            fg: cell.fg,
            bg: cell.bg,
            style: cell.style(),
            ext: ext.cloned(),
        };
        let underline = attr.underline();
        Self {
            underline,
            // Where there is no underline, xterm.js keeps no colour of it either.
            underline_color: if underline == 0 {
                0
            } else {
                attr.underline_color()
            },
            ..Self::of_attr(&attr)
        }
    }

    /// A blank cell: what of it can be seen.
    pub(super) fn of_blank(row: &Row, col: usize) -> Self {
        let look = Self::of_cell(row, col);
        if look.shows_on_blanks() {
            look
        } else {
            Self::background(look.bg)
        }
    }

    /// Only a background colour: what erasing leaves.
    pub(super) fn background(bg: u32) -> Self {
        Self {
            bg: bg & (bits::MODE | bits::COLOR),
            ..Self::default()
        }
    }

    pub(super) fn is_same_style(&self, other: &Self) -> bool {
        (self.fg, self.bg, self.underline, self.underline_color)
            == (other.fg, other.bg, other.underline, other.underline_color)
    }

    pub(super) fn is_same_link(&self, other: &Self) -> bool {
        match (&self.link, &other.link) {
            (None, None) => true,
            (Some(ours), Some(theirs)) => {
                Arc::ptr_eq(ours, theirs) || (ours.id.is_some() && ours == theirs)
            }
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    /// Whether a blank cell drawn like this shows more than its background.
    pub(super) const fn shows_on_blanks(&self) -> bool {
        self.fg & (bits::INVERSE | bits::STRIKE) != 0
            || self.bg & bits::OVERLINE != 0
            || self.underline != 0
    }

    /// Parameters of the SGR that sets this, whatever was set before.
    pub(super) fn sgr(&self) -> String {
        let mut codes = String::from("0");
        let flags = [
            (self.fg & bits::BOLD, ";1"),
            (self.bg & bits::DIM, ";2"),
            (self.bg & bits::ITALIC, ";3"),
            (self.fg & bits::BLINK, ";5"),
            (self.fg & bits::INVERSE, ";7"),
            (self.fg & bits::HIDDEN, ";8"),
            (self.fg & bits::STRIKE, ";9"),
            (self.bg & bits::OVERLINE, ";53"),
        ];
        for (_, code) in flags.into_iter().filter(|(flag, _)| *flag != 0) {
            codes.push_str(code);
        }
        match self.underline {
            0 => {}
            1 => codes.push_str(";4"),
            style => codes.extend([";4:", &style.to_string()]),
        }
        push_color(&mut codes, self.fg, 30);
        push_color(&mut codes, self.bg, 40);
        if self.underline_color != 0 {
            push_color(&mut codes, self.underline_color, 50);
        }
        codes
    }
}

/// `base` is 30 for the foreground, 40 for the background, 50 for the underline.
fn push_color(codes: &mut String, packed: u32, base: u32) {
    let color = packed & bits::COLOR;
    let code = match packed & bits::MODE {
        bits::MODE_16 if color < 8 => format!(";{}", base + color),
        bits::MODE_16 => format!(";{}", base + 60 + (color & 7)),
        bits::MODE_256 => format!(";{};5;{}", base + 8, color & 255),
        bits::MODE_RGB => {
            let [_, red, green, blue] = color.to_be_bytes();
            format!(";{};2;{red};{green};{blue}", base + 8)
        }
        _ => return,
    };
    codes.push_str(&code);
}
