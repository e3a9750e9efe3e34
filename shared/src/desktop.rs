//! What every desktop protocol is reduced to: sizes, rectangles, keys, pointers, cursors.
//!
//! Coordinates are pixels of the desktop, counted from its upper left corner.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Bytes of one pixel: red, green, blue, and one that means nothing.
pub const PIXEL_BYTES: usize = 4;

/// Width and height of a desktop, each within [`DesktopSize::MAX_SIDE`] and together within
/// [`DesktopSize::MAX_PIXELS`], so that nobody can ask for gigabytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesktopSize {
    width: u16,
    height: u16,
}

impl DesktopSize {
    /// Longest side, in pixels: four 4K monitors in a row.
    pub const MAX_SIDE: u16 = 16_384;

    /// Most pixels: 8K UHD (7680 × 4320), 133 MB of memory.
    pub const MAX_PIXELS: usize = 7680 * 4320;

    /// What a desktop gets when nobody says otherwise.
    pub const DEFAULT: Self = Self {
        width: 1280,
        height: 720,
    };

    /// A size a target announced; none when it is empty or beyond the limits.
    pub fn checked(width: u32, height: u32) -> Option<Self> {
        let side = |side: u32| {
            u16::try_from(side)
                .ok()
                .filter(|s| (1..=Self::MAX_SIDE).contains(s))
        };
        let size = Self {
            width: side(width)?,
            height: side(height)?,
        };
        (size.pixels() <= Self::MAX_PIXELS).then_some(size)
    }

    /// A size a viewer wishes, made sensible: sides from 200 pixels up, within the limits.
    pub fn clamped(width: u32, height: u32) -> Self {
        let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX).clamp(200, 7680);
        let (width, height) = (side(width), side(height));
        Self {
            width,
            height: height.min(4320),
        }
    }

    /// Width, in pixels.
    pub const fn width(self) -> u16 {
        self.width
    }

    /// Height, in pixels.
    pub const fn height(self) -> u16 {
        self.height
    }

    /// Number of pixels.
    pub const fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// The whole desktop.
    pub const fn rect(self) -> Rect {
        Rect {
            x: 0,
            y: 0,
            width: self.width,
            height: self.height,
        }
    }
}

/// A rectangle of pixels. Empty when a side is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rect {
    /// Left edge.
    pub x: u16,
    /// Upper edge.
    pub y: u16,
    /// Width.
    pub width: u16,
    /// Height.
    pub height: u16,
}

impl Rect {
    /// Number of pixels.
    pub const fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// Whether there is no pixel in it.
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// First column to the right of it.
    pub const fn right(self) -> u32 {
        self.x as u32 + self.width as u32
    }

    /// First row below it.
    pub const fn bottom(self) -> u32 {
        self.y as u32 + self.height as u32
    }

    /// Whether all of it lies on a desktop of this size.
    pub const fn fits(self, size: DesktopSize) -> bool {
        self.right() <= size.width as u32 && self.bottom() <= size.height as u32
    }
}

/// A key going down or up, named twice: by place and by meaning. Drivers take what their protocol
/// speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Place on the keyboard: PC scancode set 1, with `0xE0` as the high byte of extended keys
    /// (right Ctrl is `0xE01D`); 0 when unknown.
    pub scancode: u16,
    /// Meaning: X11 keysym; 0 when unknown.
    pub keysym: u32,
    /// Going down, not up.
    pub is_down: bool,
}

/// Where the pointer is and which of its buttons are down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pointer {
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
    /// Buttons held, a sum of [`Pointer::LEFT`] and its likes.
    pub buttons: u8,
    /// Notches of the wheel since the last event: right is positive.
    pub wheel_x: i8,
    /// Notches of the wheel since the last event: down is positive.
    pub wheel_y: i8,
}

impl Pointer {
    /// The main button.
    pub const LEFT: u8 = 1;
    /// The wheel pressed.
    pub const MIDDLE: u8 = 2;
    /// The other button.
    pub const RIGHT: u8 = 4;
    /// "Back" on five-button mice.
    pub const BACK: u8 = 8;
    /// "Forward" on five-button mice.
    pub const FORWARD: u8 = 16;
}

/// What the pointer looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// Nothing is drawn; the target draws its own, or none.
    Hidden,
    /// A picture.
    Shape {
        /// Width, in pixels, at most [`Cursor::MAX_SIDE`].
        width: u16,
        /// Height, in pixels, at most [`Cursor::MAX_SIDE`].
        height: u16,
        /// Column of the pixel that points.
        hot_x: u16,
        /// Row of the pixel that points.
        hot_y: u16,
        /// `width * height * 4` bytes: red, green, blue, opacity (not premultiplied).
        rgba: Bytes,
    },
}

impl Cursor {
    /// Longest side, in pixels: browsers refuse larger CSS cursors at 128.
    pub const MAX_SIDE: u16 = 384;
}

/// Most characters of clipboard text that go either way, in bytes.
pub const MAX_CLIPBOARD: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_sizes_are_refused_or_clamped() {
        assert_eq!(DesktopSize::checked(0, 100), None);
        assert_eq!(DesktopSize::checked(65_535, 65_535), None);
        assert_eq!(DesktopSize::checked(16_384, 16_384), None);
        assert!(DesktopSize::checked(7680, 4320).is_some());
        assert!(
            DesktopSize::checked(11_520, 2160).is_some(),
            "three 4K monitors in a row"
        );
        let wish = DesktopSize::clamped(1, u32::MAX);
        assert_eq!((wish.width(), wish.height()), (200, 4320));
    }

    #[test]
    fn a_rectangle_fits_only_as_a_whole() {
        let size = DesktopSize::checked(100, 50).expect("sane");
        let rect = |x, y, width, height| Rect {
            x,
            y,
            width,
            height,
        };
        assert!(rect(90, 40, 10, 10).fits(size));
        assert!(!rect(91, 40, 10, 10).fits(size));
        assert!(!rect(u16::MAX, 0, u16::MAX, 1).fits(size));
    }
}
