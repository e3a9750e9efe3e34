//! Operating system commands: title, hyperlinks, colours, clipboard.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;

use super::colors::{Slot, parse};
use super::state::Emulator;
use crate::screen::grid::Link;

/// Longest title, in bytes.
const MAX_TITLE: usize = 4096;

/// Saved titles (`CSI 22 t`), as many as xterm.js keeps.
const MAX_TITLES: usize = 10;

/// Longest address of a hyperlink, in bytes: what browsers and terminals agree to accept.
const MAX_URI: usize = 2083;

/// Bytes of all hyperlinks alive in one terminal: one per cell must not cost gigabytes.
const MAX_LINKS: usize = 1024 * 1024;

/// Largest clipboard, in bytes.
const MAX_CLIPBOARD: usize = 1024 * 1024;

impl Emulator {
    /// Carries a command out; `is_cut` when the end of its text was too long to keep.
    pub(super) fn command(&mut self, text: &[u8], is_cut: bool) {
        let text = String::from_utf8_lossy(text);
        let (number, rest) = text.split_once(';').unwrap_or((&*text, ""));
        let number = number.parse::<u32>().ok();
        if let Some(0 | 2) = number {
            self.set_title(rest);
            return;
        }
        if is_cut {
            return;
        }
        match number {
            Some(4) => self.indexed_colors(rest),
            Some(8) => self.hyperlink(rest),
            Some(10) => self.special_colors(rest, 0),
            Some(11) => self.special_colors(rest, 1),
            Some(12) => self.special_colors(rest, 2),
            Some(52) => self.clipboard(rest),
            Some(104) if rest.is_empty() => self.colors.reset_indexed(),
            Some(104) => {
                for index in rest.split(';').filter_map(|index| index.parse().ok()) {
                    self.colors.reset(Slot::Indexed(index));
                }
            }
            Some(110) => self.colors.reset(Slot::Foreground),
            Some(111) => self.colors.reset(Slot::Background),
            Some(112) => self.colors.reset(Slot::Cursor),
            _ => {}
        }
    }

    fn set_title(&mut self, text: &str) {
        let mut title: String = text.chars().filter(|letter| !letter.is_control()).collect();
        title.truncate(title.floor_char_boundary(MAX_TITLE));
        title.shrink_to_fit();
        if title != self.title {
            self.title.clone_from(&title);
            self.outbox.title(title);
        }
    }

    /// `CSI 22 t` and `CSI 23 t`.
    pub(super) fn stack_title(&mut self, is_push: bool) {
        if !is_push {
            if let Some(title) = self.titles.pop() {
                self.set_title(&title);
            }
            return;
        }
        if self.titles.len() >= MAX_TITLES {
            self.titles.remove(0);
        }
        self.titles.push(self.title.clone());
    }

    fn hyperlink(&mut self, text: &str) {
        let Some((params, uri)) = text.split_once(';') else {
            return;
        };
        if uri.is_empty() && !params.trim().is_empty() {
            return;
        }
        let color = self.attr.underline_color();
        let id = params
            .trim()
            .split(':')
            .find_map(|param| param.strip_prefix("id="));
        let id = id.filter(|id| !id.is_empty());
        let link = (!uri.is_empty()).then(|| self.link(id, uri)).flatten();
        self.attr.set_ext(color, link);
    }

    /// A link, unless it is too long or too many are alive.
    fn link(&self, id: Option<&str>, uri: &str) -> Option<Arc<Link>> {
        let is_plain = |text: &str| !text.chars().any(char::is_control);
        let size = uri.len() + id.map_or(0, str::len);
        if size > MAX_URI || !is_plain(uri) || !id.is_none_or(is_plain) {
            return None;
        }
        if self.link_bytes.load(Ordering::Relaxed).saturating_add(size) > MAX_LINKS {
            return None;
        }
        Some(Arc::new(Link::new(id, uri, &self.link_bytes)))
    }

    fn indexed_colors(&mut self, text: &str) {
        let mut words = text.split(';');
        while let (Some(index), Some(color)) = (words.next(), words.next()) {
            if let Ok(index) = index.parse() {
                self.color(Slot::Indexed(index), color);
            }
        }
    }

    fn special_colors(&mut self, text: &str, first: usize) {
        let slots = [Slot::Foreground, Slot::Background, Slot::Cursor];
        for (slot, color) in slots.into_iter().skip(first).zip(text.split(';')) {
            self.color(slot, color);
        }
    }

    fn color(&mut self, slot: Slot, color: &str) {
        if color == "?" {
            self.report_color(slot);
        } else if let Some(rgb) = parse(color) {
            self.colors.set(slot, rgb);
        }
    }

    /// OSC 52: setting is announced, reading is refused by silence.
    fn clipboard(&mut self, text: &str) {
        let Some((_, data)) = text.split_once(';') else {
            return;
        };
        let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(data) else {
            return;
        };
        if let Ok(text) = String::from_utf8(bytes)
            && text.len() <= MAX_CLIPBOARD
            && !text.is_empty()
        {
            self.outbox.clipboard(text);
        }
    }
}

impl Link {
    fn new(id: Option<&str>, uri: &str, budget: &Arc<AtomicUsize>) -> Self {
        let link = Self {
            id: id.map(str::to_owned),
            uri: uri.to_owned(),
            budget: Arc::clone(budget),
        };
        link.budget.fetch_add(link.size(), Ordering::Relaxed);
        link
    }

    fn size(&self) -> usize {
        self.uri.len() + self.id.as_ref().map_or(0, String::len)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.budget.fetch_sub(self.size(), Ordering::Relaxed);
    }
}
