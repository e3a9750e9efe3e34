//! What a target shows, from which every viewer is served.

use shared::desktop::{DesktopSize, Rect};

use super::framebuffer::Framebuffer;

/// The truth about a desktop: its pixels, and whether they are one consistent picture.
///
/// Ignores what does not fit the desktop, whoever sent it.
#[derive(Clone, Debug)]
pub struct Desktop {
    pub(super) framebuffer: Framebuffer,
    is_torn: bool,
}

impl Desktop {
    /// A black desktop.
    pub fn new(size: DesktopSize) -> Self {
        Self {
            framebuffer: Framebuffer::new(size),
            is_torn: false,
        }
    }

    /// Width and height.
    pub const fn size(&self) -> DesktopSize {
        self.framebuffer.size()
    }

    /// The pixels, row by row: red, green, blue, 255.
    pub fn pixels(&self) -> &[u8] {
        self.framebuffer.pixels()
    }

    /// Becomes a black desktop of this size; tell every feed.
    pub fn resize(&mut self, size: DesktopSize) {
        self.framebuffer = Framebuffer::new(size);
        self.is_torn = true;
    }

    /// Paints; `changed` hears what really differs, to be told to every feed.
    pub fn paint(&mut self, rect: Rect, rgbx: &[u8], changed: impl FnMut(Rect)) {
        self.is_torn = true;
        self.framebuffer.paint(rect, rgbx, changed);
    }

    /// Moves pixels; true when it did, to be told to every feed.
    pub fn copy(&mut self, from_x: u16, from_y: u16, to: Rect) -> bool {
        self.is_torn = true;
        self.framebuffer.copy(from_x, from_y, to)
    }

    /// What was painted up to now is one picture and may be shown.
    pub const fn mark_whole(&mut self) {
        self.is_torn = false;
    }

    /// Whether an update is half painted.
    pub const fn is_torn(&self) -> bool {
        self.is_torn
    }
}
