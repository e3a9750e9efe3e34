//! Bytes written so far, and the pen they leave behind.

use std::sync::Arc;

use super::look::Look;
use crate::screen::grid::{Link, bits};

/// Bytes of hyperlinks in one snapshot. Beyond it text stays and links are lost: a link per cell
/// must not make a snapshot of a hundred megabytes.
const MAX_LINKS: usize = 512 * 1024;

/// Writes sequences, skipping what is already in force.
#[derive(Debug, Default)]
pub(super) struct Writer {
    out: Vec<u8>,
    look: Look,
    links: Vec<Arc<Link>>,
    link_bytes: usize,
}

impl Writer {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Appends bytes as they are.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Appends text as it is.
    pub(super) fn text(&mut self, text: &str) {
        self.raw(text.as_bytes());
    }

    /// A control sequence.
    pub(super) fn csi(&mut self, rest: &str) {
        self.raw(b"\x1b[");
        self.text(rest);
    }

    /// An operating system command.
    pub(super) fn osc(&mut self, text: &str) {
        self.raw(b"\x1b]");
        self.text(text);
        self.raw(b"\x1b\\");
    }

    /// Switches a private mode.
    pub(super) fn mode(&mut self, mode: u16, on: bool) {
        self.csi(&format!("?{mode}{}", if on { 'h' } else { 'l' }));
    }

    /// To a position on the screen, from zero.
    pub(super) fn go(&mut self, x: usize, y: usize) {
        self.csi(&format!("{};{}H", y + 1, x + 1));
    }

    /// Makes the pen plain, whatever a sequence written by hand made of it; links stay.
    pub(super) fn plain_pen(&mut self) {
        self.csi("m");
        self.look = Look {
            link: self.look.link.take(),
            ..Look::default()
        };
    }

    /// Sets the pen.
    pub(super) fn pen(&mut self, look: &Look) {
        if !self.look.is_same_link(look) {
            self.link(look.link.as_ref());
        }
        if !self.look.is_same_style(look) {
            let codes = look.sgr();
            self.csi(if codes == "0" { "m" } else { "" });
            if codes != "0" {
                self.text(&codes);
                self.raw(b"m");
            }
            if look.bg & bits::PROTECTED != 0 {
                self.csi("1\"q");
            }
        }
        self.look = look.clone();
    }

    fn link(&mut self, link: Option<&Arc<Link>>) {
        let Some(link) = link else {
            self.osc("8;;");
            return;
        };
        self.link_bytes += link.uri.len() + link.id.as_ref().map_or(0, String::len);
        if self.link_bytes > MAX_LINKS {
            self.osc("8;;");
            return;
        }
        // Pieces of one link without a name would become several; a name keeps them together.
        let id = link
            .id
            .clone()
            .unwrap_or_else(|| format!("baton-{}", self.number(link)));
        self.osc(&format!("8;id={id};{}", link.uri));
    }

    fn number(&mut self, link: &Arc<Link>) -> usize {
        if let Some(known) = self.links.iter().position(|other| Arc::ptr_eq(other, link)) {
            return known;
        }
        self.links.push(Arc::clone(link));
        self.links.len() - 1
    }
}
