//! Towards the server: keys and pointer as RFB speaks them, and which of them are held.

use std::collections::BTreeMap;

use shared::desktop::{DesktopSize, Key, Pointer};

use super::say;

/// Keys held at once; more are no hands.
const MOST_HELD: usize = 64;

/// Notches sent of one event; a browser's wheel gives a few.
const MOST_NOTCHES: u8 = 16;

/// Buttons of the wheel (RFC 6143 §7.5.5): up, down, left, right.
const WHEEL_UP: u8 = 8;
const WHEEL_DOWN: u8 = 16;
const WHEEL_LEFT: u8 = 32;
const WHEEL_RIGHT: u8 = 64;
/// The eighth button is "back" on X servers; "forward" has no place in eight bits.
const BACK: u8 = 128;

/// A key as it went down, so that it comes up as the same.
#[derive(Clone, Copy, Debug)]
struct Held {
    keysym: u32,
    place: u32,
}

/// What the hands do.
#[derive(Debug, Default)]
pub(super) struct Hands {
    held: BTreeMap<(u16, u32), Held>,
    buttons: u8,
    at: (u16, u16),
    /// A move not sent while earlier bytes wait; the newest wins.
    moved: Option<(u16, u16)>,
}

impl Hands {
    /// A key. `has_places` tells whether the server understands places on the keyboard.
    pub(super) fn key(&mut self, key: Key, has_places: bool, out: &mut Vec<u8>) {
        self.settle(out);
        // The same place may have another meaning when it comes up: shift came up first.
        let name = match key.scancode {
            0 => (0, key.keysym),
            scancode => (scancode, 0),
        };
        let now = Held {
            keysym: key.keysym,
            place: place(key.scancode).filter(|_| has_places).unwrap_or(0),
        };
        let held = if key.is_down {
            if self.held.len() >= MOST_HELD && !self.held.contains_key(&name) {
                return;
            }
            *self.held.entry(name).or_insert(now)
        } else {
            self.held.remove(&name).unwrap_or(now)
        };
        send(held, key.is_down, out);
    }

    /// Lets go of every key and button.
    pub(super) fn release(&mut self, out: &mut Vec<u8>) {
        self.settle(out);
        if std::mem::take(&mut self.buttons) != 0 {
            let (x, y) = self.at;
            say::pointer(out, 0, x, y);
        }
        for held in std::mem::take(&mut self.held).into_values() {
            send(held, false, out);
        }
    }

    /// The pointer; mere moves wait while `is_slow`.
    pub(super) fn pointer(
        &mut self,
        pointer: Pointer,
        size: DesktopSize,
        is_slow: bool,
        out: &mut Vec<u8>,
    ) {
        let x = pointer.x.min(size.width() - 1);
        let y = pointer.y.min(size.height() - 1);
        let buttons = buttons(pointer.buttons);
        let has_wheel = pointer.wheel_x != 0 || pointer.wheel_y != 0;
        self.at = (x, y);
        self.moved = Some((x, y));
        if is_slow && buttons == self.buttons && !has_wheel {
            return;
        }
        self.moved = None;
        self.buttons = buttons;
        say::pointer(out, buttons, x, y);
        let vertical = direction(pointer.wheel_y, WHEEL_UP, WHEEL_DOWN);
        let horizontal = direction(pointer.wheel_x, WHEEL_LEFT, WHEEL_RIGHT);
        for (notches, wheel) in [vertical, horizontal] {
            for _ in 0..notches {
                say::pointer(out, buttons | wheel, x, y);
                say::pointer(out, buttons, x, y);
            }
        }
    }

    /// Sends a move that waited.
    pub(super) fn settle(&mut self, out: &mut Vec<u8>) {
        if let Some((x, y)) = self.moved.take() {
            say::pointer(out, self.buttons, x, y);
        }
    }
}

/// Notches of one axis, and the button they press.
fn direction(notches: i8, negative: u8, positive: u8) -> (u8, u8) {
    let button = if notches < 0 { negative } else { positive };
    (notches.unsigned_abs().min(MOST_NOTCHES), button)
}

const fn buttons(held: u8) -> u8 {
    let plain = held & (Pointer::LEFT | Pointer::MIDDLE | Pointer::RIGHT);
    if held & Pointer::BACK == 0 {
        plain
    } else {
        plain | BACK
    }
}

/// A place as the QEMU message spells it: extended scancodes in one byte, marked by its high bit.
fn place(scancode: u16) -> Option<u32> {
    let [high, low] = scancode.to_be_bytes();
    match (high, low) {
        (0, 1..=0x7f) => Some(u32::from(low)),
        (0xe0, 1..=0x7f) => Some(u32::from(low | 0x80)),
        _ => None,
    }
}

fn send(held: Held, is_down: bool, out: &mut Vec<u8>) {
    match held {
        Held {
            keysym: 0,
            place: 0,
        } => {}
        Held { keysym, place: 0 } => say::key(out, keysym, is_down),
        Held { keysym, place } => say::placed_key(out, keysym, place, is_down),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn key(scancode: u16, keysym: u32, is_down: bool) -> Key {
        Key {
            scancode,
            keysym,
            is_down,
        }
    }

    fn at(x: u16) -> Pointer {
        Pointer {
            x,
            ..Pointer::default()
        }
    }

    #[test]
    fn a_key_comes_up_as_it_went_down() {
        let (mut hands, mut out) = (Hands::default(), Vec::new());
        hands.key(key(0x1e, 0x41, true), false, &mut out);
        hands.key(key(0x1e, 0x61, false), false, &mut out);
        assert_eq!(out, [4, 1, 0, 0, 0, 0, 0, 0x41, 4, 0, 0, 0, 0, 0, 0, 0x41]);
        out.clear();
        hands.key(key(0xe01d, 0xffe4, true), true, &mut out);
        hands.release(&mut out);
        assert_eq!(out[..12], [255, 0, 0, 1, 0, 0, 0xff, 0xe4, 0, 0, 0, 0x9d]);
        assert_eq!(out[12..16], [255, 0, 0, 0]);
        out.clear();
        hands.release(&mut out);
        assert!(out.is_empty(), "nothing is held any more");
    }

    #[test]
    fn moves_are_merged_only_while_the_server_is_slow() {
        let size = DesktopSize::DEFAULT;
        let (mut hands, mut out) = (Hands::default(), Vec::new());
        hands.pointer(at(1), size, false, &mut out);
        assert_eq!(out, [5, 0, 0, 1, 0, 0]);
        out.clear();
        hands.pointer(at(2), size, true, &mut out);
        hands.pointer(at(3), size, true, &mut out);
        assert!(out.is_empty());
        hands.key(key(0, 0x61, true), false, &mut out);
        assert_eq!(
            out[..7],
            [5, 0, 0, 3, 0, 0, 4],
            "the move comes before the key"
        );
        out.clear();
        let press = Pointer {
            buttons: Pointer::LEFT | Pointer::BACK,
            ..at(9999)
        };
        hands.pointer(press, size, true, &mut out);
        assert_eq!(
            out,
            [5, 129, 4, 255, 0, 0],
            "presses never wait, and stay inside"
        );
    }

    #[test]
    fn notches_are_presses_of_the_wheels_buttons() {
        let (mut hands, mut out) = (Hands::default(), Vec::new());
        let turned = Pointer {
            wheel_y: -2,
            wheel_x: 1,
            ..Pointer::default()
        };
        hands.pointer(turned, DesktopSize::DEFAULT, false, &mut out);
        let masks: Vec<u8> = out.chunks(6).map(|message| message[1]).collect();
        assert_eq!(masks, [0, 8, 0, 8, 0, 64, 0]);
    }
}
