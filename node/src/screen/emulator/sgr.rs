//! Character attributes (SGR), with the colour notations that xterm.js accepts.

use super::state::Emulator;
use crate::screen::grid::{Attr, bits};
use crate::screen::parser::Params;

impl Emulator {
    /// SGR.
    pub(super) fn set_attributes(&mut self, params: &Params) {
        let mut index = 0;
        while index < params.len() {
            let value = params.at(index);
            if matches!(value, 38 | 48 | 58) {
                index += self.set_color(params, index);
            } else {
                let sub = params.subs(index).first().copied();
                self.set_attribute(value, sub);
            }
            index += 1;
        }
    }

    fn set_attribute(&mut self, value: usize, sub: Option<i32>) {
        let attr = &mut self.attr;
        let color = |base: usize| u32::try_from(value.saturating_sub(base)).unwrap_or(0);
        match value {
            0 => reset(attr),
            1 => attr.fg |= bits::BOLD,
            2 => attr.bg |= bits::DIM,
            3 => attr.bg |= bits::ITALIC,
            4 => underline(attr, sub.unwrap_or(1)),
            5 => attr.fg |= bits::BLINK,
            7 => attr.fg |= bits::INVERSE,
            8 => attr.fg |= bits::HIDDEN,
            9 => attr.fg |= bits::STRIKE,
            21 => underline(attr, 2),
            22 => {
                attr.fg &= !bits::BOLD;
                attr.bg &= !bits::DIM;
            }
            23 => attr.bg &= !bits::ITALIC,
            24 => underline(attr, 0),
            25 => attr.fg &= !bits::BLINK,
            27 => attr.fg &= !bits::INVERSE,
            28 => attr.fg &= !bits::HIDDEN,
            29 => attr.fg &= !bits::STRIKE,
            30..=37 => replace(&mut attr.fg, bits::MODE_16 | color(30)),
            39 => replace(&mut attr.fg, 0),
            40..=47 => replace(&mut attr.bg, bits::MODE_16 | color(40)),
            49 => replace(&mut attr.bg, 0),
            53 => attr.bg |= bits::OVERLINE,
            55 => attr.bg &= !bits::OVERLINE,
            // xterm.js stores -1 here, which it draws as white: kept, as the browser draws it.
            59 => {
                let link = attr.link().cloned();
                attr.set_ext(bits::MODE_RGB | bits::COLOR, link);
            }
            90..=97 => replace(&mut attr.fg, bits::MODE_16 | 8 | color(90)),
            100..=107 => replace(&mut attr.bg, bits::MODE_16 | 8 | color(100)),
            _ => {}
        }
    }

    /// `38`, `48` and `58` (`_extractColor`); how many further parameters belong to it.
    fn set_color(&mut self, params: &Params, at: usize) -> usize {
        // Target, mode, (colour space), three values.
        let mut slots = [0_i32, 0, -1, 0, 0, 0];
        let put = |slots: &mut [i32; 6], index: usize, value: i32| {
            if let Some(slot) = slots.get_mut(index) {
                *slot = value;
            }
        };
        let mut space = 0;
        let mut advance = 0;
        loop {
            put(&mut slots, advance + space, params.value(at + advance));
            let subs = params.subs(at + advance);
            if !subs.is_empty() {
                for (index, sub) in subs.iter().enumerate() {
                    if slots[1] == 5 {
                        space = 1;
                    }
                    put(&mut slots, advance + index + 1 + space, *sub);
                }
                break;
            }
            if (slots[1] == 5 && advance + space >= 2) || (slots[1] == 2 && advance + space >= 5) {
                break;
            }
            if slots[1] != 0 {
                space = 1;
            }
            advance += 1;
            if advance + at >= params.len() || advance + space >= slots.len() {
                break;
            }
        }
        let [target, mode, _, first, second, third] = slots;
        self.apply_color(target, mode, [first, second, third]);
        advance
    }

    fn apply_color(&mut self, target: i32, mode: i32, values: [i32; 3]) {
        // An absent sub-parameter is -1 and counts as zero; larger values are cut to a byte.
        let [red, green, blue] = values.map(|value| u32::try_from(value.max(0)).unwrap_or(0) & 255);
        let color = match mode {
            2 => bits::MODE_RGB | red << 16 | green << 8 | blue,
            5 => bits::MODE_256 | red,
            _ => return,
        };
        match target {
            38 => replace(&mut self.attr.fg, color),
            48 => replace(&mut self.attr.bg, color),
            _ => {
                let link = self.attr.link().cloned();
                let extended = self.attr.bg & bits::EXTENDED;
                self.attr.set_ext(color, link);
                self.attr.bg = self.attr.bg & !bits::EXTENDED | extended;
            }
        }
    }
}

/// SGR 0 keeps only the hyperlink.
fn reset(attr: &mut Attr) {
    (attr.fg, attr.bg, attr.style) = (0, 0, 0);
    if attr.ext.is_some() {
        let link = attr.link().cloned();
        attr.set_ext(0, link);
    }
}

fn underline(attr: &mut Attr, style: i32) {
    attr.style = u32::try_from(style)
        .ok()
        .filter(|style| *style <= 5)
        .unwrap_or(1);
    if attr.style == 0 {
        attr.fg &= !bits::UNDERLINE;
    } else {
        attr.fg |= bits::UNDERLINE;
    }
    attr.update_extended();
}

const fn replace(part: &mut u32, color: u32) {
    *part = *part & !(bits::MODE | bits::COLOR) | color;
}
