//! One cell and the attributes it is drawn with, packed as xterm.js packs them.
//!
//! The layout (`BufferLine.ts`, `AttributeData.ts`) is kept bit for bit, so that what the browser
//! holds and what the node holds can be compared and reasoned about as one thing.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// Bits of [`Cell`] and [`Attr`].
pub(in crate::screen) mod bits {
    /// Colour value of a foreground or background.
    pub(in crate::screen) const COLOR: u32 = 0x00ff_ffff;
    /// Colour mode of a foreground or background: zero is the default colour.
    pub(in crate::screen) const MODE: u32 = 0x0300_0000;
    /// One of 16 colours.
    pub(in crate::screen) const MODE_16: u32 = 0x0100_0000;
    /// One of 256 colours.
    pub(in crate::screen) const MODE_256: u32 = 0x0200_0000;
    /// True colour.
    pub(in crate::screen) const MODE_RGB: u32 = 0x0300_0000;

    /// Foreground flag.
    pub(in crate::screen) const INVERSE: u32 = 0x0400_0000;
    /// Foreground flag.
    pub(in crate::screen) const BOLD: u32 = 0x0800_0000;
    /// Foreground flag.
    pub(in crate::screen) const UNDERLINE: u32 = 0x1000_0000;
    /// Foreground flag.
    pub(in crate::screen) const BLINK: u32 = 0x2000_0000;
    /// Foreground flag.
    pub(in crate::screen) const HIDDEN: u32 = 0x4000_0000;
    /// Foreground flag.
    pub(in crate::screen) const STRIKE: u32 = 0x8000_0000;

    /// Background flag.
    pub(in crate::screen) const ITALIC: u32 = 0x0400_0000;
    /// Background flag.
    pub(in crate::screen) const DIM: u32 = 0x0800_0000;
    /// Background flag: the underline has a style, or the cell an [`super::Ext`].
    pub(in crate::screen) const EXTENDED: u32 = 0x1000_0000;
    /// Background flag: kept by selective erase (DECSCA).
    pub(in crate::screen) const PROTECTED: u32 = 0x2000_0000;
    /// Background flag.
    pub(in crate::screen) const OVERLINE: u32 = 0x4000_0000;

    pub(super) const CODE: u32 = 0x001f_ffff;
    pub(super) const COMBINED: u32 = 0x0020_0000;
    pub(super) const CONTENT: u32 = 0x003f_ffff;
    pub(super) const WIDTH_SHIFT: u32 = 22;
    pub(super) const STYLE_SHIFT: u32 = 24;
    pub(super) const STYLE: u32 = 0x0700_0000;
}

/// A hyperlink (OSC 8). One value per time a program opened it, whatever its address.
#[derive(Debug)]
pub(in crate::screen) struct Link {
    /// Name given by the program, which joins pieces of one link.
    pub(in crate::screen) id: Option<String>,
    /// Where it leads.
    pub(in crate::screen) uri: String,
    /// Bytes of all links of the terminal, this one among them while it lives.
    pub(in crate::screen) budget: Arc<AtomicUsize>,
}

impl PartialEq for Link {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.uri == other.uri
    }
}

impl Eq for Link {}

/// Rare attributes, shared by the cells that have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::screen) struct Ext {
    /// Colour of the underline, packed like a foreground; zero follows the text.
    pub(in crate::screen) underline_color: u32,
    /// Hyperlink.
    pub(in crate::screen) link: Option<Arc<Link>>,
}

/// What characters are written with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::screen) struct Attr {
    /// Foreground colour and flags.
    pub(in crate::screen) fg: u32,
    /// Background colour and flags.
    pub(in crate::screen) bg: u32,
    /// Underline style, 1 to 5 (single, double, curly, dotted, dashed) or none.
    pub(in crate::screen) style: u32,
    /// Rare attributes.
    pub(in crate::screen) ext: Option<Arc<Ext>>,
}

impl Attr {
    /// A blank cell as erasing leaves it: only the background colour (`_eraseAttrData`).
    pub(in crate::screen) const fn erased(&self) -> Cell {
        Cell {
            bg: self.bg & (bits::MODE | bits::COLOR),
            ..Cell::NULL
        }
    }

    /// A cell with one character.
    pub(in crate::screen) const fn cell(&self, code: u32, width: u32) -> Cell {
        let mut content = (code & bits::CODE) | (width << bits::WIDTH_SHIFT);
        if self.bg & bits::EXTENDED != 0 {
            content |= self.style << bits::STYLE_SHIFT;
        }
        Cell {
            content,
            fg: self.fg,
            bg: self.bg,
        }
    }

    /// Underline colour, zero when it follows the text.
    pub(in crate::screen) fn underline_color(&self) -> u32 {
        self.ext.as_ref().map_or(0, |ext| ext.underline_color)
    }

    /// Hyperlink.
    pub(in crate::screen) fn link(&self) -> Option<&Arc<Link>> {
        self.ext.as_ref().and_then(|ext| ext.link.as_ref())
    }

    /// Replaces the rare attributes.
    pub(in crate::screen) fn set_ext(&mut self, underline_color: u32, link: Option<Arc<Link>>) {
        let ext = Ext {
            underline_color,
            link,
        };
        self.ext = (ext != Ext::default()).then(|| Arc::new(ext));
        self.update_extended();
    }

    /// `updateExtended`: says whether cells carry a style or an [`Ext`].
    pub(in crate::screen) fn update_extended(&mut self) {
        if self.style == 0 && self.link().is_none() {
            self.bg &= !bits::EXTENDED;
        } else {
            self.bg |= bits::EXTENDED;
        }
    }

    /// The underline as drawn: none, or a style.
    pub(in crate::screen) const fn underline(&self) -> u32 {
        if self.fg & bits::UNDERLINE == 0 {
            0
        } else if self.bg & bits::EXTENDED != 0 && self.style != 0 {
            self.style
        } else {
            1
        }
    }
}

/// One cell: content and width, foreground, background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::screen) struct Cell {
    content: u32,
    pub(in crate::screen) fg: u32,
    pub(in crate::screen) bg: u32,
}

impl Default for Cell {
    fn default() -> Self {
        Self::NULL
    }
}

impl Cell {
    /// Never written, or erased with default colours.
    pub(in crate::screen) const NULL: Self = Self {
        content: 1 << bits::WIDTH_SHIFT,
        fg: 0,
        bg: 0,
    };

    pub(super) const fn from_parts(content: u32, fg: u32, bg: u32) -> Self {
        Self { content, fg, bg }
    }

    pub(super) const fn content(self) -> u32 {
        self.content
    }

    /// Code point; zero when blank or combined.
    pub(in crate::screen) const fn code(self) -> u32 {
        self.content & bits::CODE
    }

    /// Columns: 2 for the first half of a wide character, 0 for its second.
    pub(in crate::screen) const fn width(self) -> u32 {
        (self.content >> bits::WIDTH_SHIFT) & 3
    }

    /// Whether anything was written here.
    pub(in crate::screen) const fn has_content(self) -> bool {
        self.content & bits::CONTENT != 0
    }

    /// Whether the text is a base character with marks, kept beside the row.
    pub(in crate::screen) const fn is_combined(self) -> bool {
        self.content & bits::COMBINED != 0
    }

    /// Whether selective erase spares the cell.
    pub(in crate::screen) const fn is_protected(self) -> bool {
        self.bg & bits::PROTECTED != 0
    }

    /// Whether the cell carries an underline style or an [`Ext`].
    pub(in crate::screen) const fn is_extended(self) -> bool {
        self.bg & bits::EXTENDED != 0
    }

    /// Underline style, see [`Attr::style`].
    pub(in crate::screen) const fn style(self) -> u32 {
        (self.content & bits::STYLE) >> bits::STYLE_SHIFT
    }

    pub(super) const fn into_combined(self) -> Self {
        Self {
            content: (self.content & !bits::CODE) | bits::COMBINED,
            ..self
        }
    }
}
