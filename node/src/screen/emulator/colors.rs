//! Colours that a program has redefined, and those it is told when it asks.

use std::collections::BTreeMap;

/// A colour a program may set or ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::screen) enum Slot {
    /// Palette entry (OSC 4).
    Indexed(u8),
    /// Default text colour (OSC 10).
    Foreground,
    /// Default background (OSC 11).
    Background,
    /// Cursor (OSC 12).
    Cursor,
}

/// Red, green, blue.
pub(in crate::screen) type Rgb = [u8; 3];

/// The sixteen named colours as xterm.js has them by default.
const NAMED: [Rgb; 16] = [
    [0x2e, 0x34, 0x36],
    [0xcc, 0x00, 0x00],
    [0x4e, 0x9a, 0x06],
    [0xc4, 0xa0, 0x00],
    [0x34, 0x65, 0xa4],
    [0x75, 0x50, 0x7b],
    [0x06, 0x98, 0x9a],
    [0xd3, 0xd7, 0xcf],
    [0x55, 0x57, 0x53],
    [0xef, 0x29, 0x29],
    [0x8a, 0xe2, 0x34],
    [0xfc, 0xe9, 0x4f],
    [0x72, 0x9f, 0xcf],
    [0xad, 0x7f, 0xa8],
    [0x34, 0xe2, 0xe2],
    [0xee, 0xee, 0xec],
];

/// Redefined colours. Viewers have themes of their own; until a program redefines a colour it is
/// told that of a dark theme.
#[derive(Clone, Debug, Default)]
pub(in crate::screen) struct Colors {
    changed: BTreeMap<Slot, Rgb>,
    /// Something was redefined once, so that viewers may have to forget it.
    was_changed: bool,
}

impl Colors {
    /// Redefines a colour.
    pub(super) fn set(&mut self, slot: Slot, rgb: Rgb) {
        self.was_changed = true;
        self.changed.insert(slot, rgb);
    }

    /// Back to the theme.
    pub(super) fn reset(&mut self, slot: Slot) {
        self.changed.remove(&slot);
    }

    /// The whole palette back to the theme.
    pub(super) fn reset_indexed(&mut self) {
        self.changed
            .retain(|slot, _| !matches!(slot, Slot::Indexed(_)));
    }

    /// What a program is told.
    pub(super) fn at(&self, slot: Slot) -> Rgb {
        if let Some(rgb) = self.changed.get(&slot) {
            return *rgb;
        }
        match slot {
            Slot::Indexed(index) => indexed(index),
            Slot::Foreground | Slot::Cursor => [0xff; 3],
            Slot::Background => [0; 3],
        }
    }

    /// What programs have redefined; `None` when nothing ever was.
    pub(in crate::screen) fn changed(&self) -> Option<impl Iterator<Item = (Slot, Rgb)>> {
        let changed = self.changed.iter().map(|(slot, rgb)| (*slot, *rgb));
        self.was_changed.then_some(changed)
    }
}

fn indexed(index: u8) -> Rgb {
    const LEVELS: [u8; 6] = [0x00, 0x5f, 0x87, 0xaf, 0xd7, 0xff];
    if let Some(rgb) = NAMED.get(usize::from(index)) {
        return *rgb;
    }
    let level = |step: u8| {
        LEVELS
            .get(usize::from(step % 6))
            .copied()
            .unwrap_or_default()
    };
    match index {
        0..=231 => {
            let cube = index.saturating_sub(16);
            [level(cube / 36), level(cube / 6), level(cube)]
        }
        232.. => [(index - 232) * 10 + 8; 3],
    }
}

/// Parses `rgb:r/g/b` and `#rgb` with 1 to 4 digits per channel (`XParseColor.ts`).
pub(super) fn parse(text: &str) -> Option<Rgb> {
    let text = text.to_ascii_lowercase();
    let digits: Vec<&str> = if let Some(rest) = text.strip_prefix("rgb:") {
        rest.split('/').collect()
    } else {
        let rest = text.strip_prefix('#')?;
        let size = rest.len() / 3;
        if !rest.is_ascii() || size * 3 != rest.len() || size == 0 {
            return None;
        }
        (0..3)
            .filter_map(|at| rest.get(at * size..(at + 1) * size))
            .collect()
    };
    let is_hash = text.starts_with('#');
    let channel = |digits: &&str| {
        let size = u32::try_from(digits.len())
            .ok()
            .filter(|size| (1..=4).contains(size))?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let value = u32::from_str_radix(digits, 16).ok()?;
        let value = match (is_hash, size) {
            (true, 1) => value * 16,
            (true, size) => value >> (4 * (size - 2)),
            (false, size) => (value * 255 + (16_u32.pow(size) - 1) / 2) / (16_u32.pow(size) - 1),
        };
        u8::try_from(value).ok()
    };
    let channels: Option<Vec<u8>> = digits.iter().map(channel).collect();
    channels?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_parse_in_both_notations() {
        assert_eq!(parse("rgb:ff/80/00"), Some([255, 128, 0]));
        assert_eq!(parse("rgb:ffff/0000/8000"), Some([255, 0, 128]));
        assert_eq!(parse("#0f0"), Some([0, 0xf0, 0]));
        assert_eq!(parse("#102030"), Some([0x10, 0x20, 0x30]));
        for wrong in [
            "",
            "rgb:",
            "rgb:1/2",
            "rgb:1/2/3/4",
            "#12",
            "#é12",
            "rgb:zz/00/00",
            "red",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
