//! The whole snapshot, in order.

use super::ending::Ending;
use super::look::Look;
use super::rows;
use super::writer::Writer;
use crate::screen::emulator::{Emulator, MouseEncoding, MouseProtocol, Slot};
use crate::screen::grid::{Buffer, Saved};

/// Makes a viewer plain, whatever it showed: abandon an unfinished sequence (CAN), soft reset, hold
/// drawing, primary screen, plain pen without link, ASCII, whole margins, no scrollback, blank.
/// The soft reset ends 2026, so it comes first; RIS would show a blank frame.
const PROLOGUE: &[u8] =
    b"\x18\x1b[!p\x1b[?2026h\x1b[?1049l\x1b[m\x1b]8;;\x1b\\\x1b(B\x1b[r\x1b[3J\x1b[2J\x1b[H";

/// The snapshot of an emulator.
pub(in crate::screen) fn of(emulator: &Emulator) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.raw(PROLOGUE);
    if !emulator.is_alternate && emulator.alternate.saved != Saved::default() {
        // What DECSC saved on the alternate screen outlives it.
        writer.mode(1047, true);
        rows::save_cursor(&mut writer, &emulator.alternate);
        writer.pen(&Look::default());
        writer.mode(1047, false);
        writer.csi("H");
    }
    rows::write(&mut writer, &emulator.primary);
    tabs(&mut writer, &emulator.primary);
    if emulator.is_alternate {
        margins(&mut writer, &emulator.primary);
        writer.pen(&Look::default());
        // A resize moves rows by the hidden cursor.
        let primary = &emulator.primary;
        writer.go(primary.x.min(primary.last_col()), primary.y);
        writer.mode(1047, true);
        writer.csi("H");
        rows::write(&mut writer, &emulator.alternate);
        tabs(&mut writer, &emulator.alternate);
    }
    let buffer = emulator.buffer();
    margins(&mut writer, buffer);
    title_and_colors(&mut writer, emulator);
    modes(&mut writer, emulator);
    Ending::of(emulator).write(&mut writer, emulator);
    writer.into_bytes()
}

fn tabs(writer: &mut Writer, buffer: &Buffer) {
    writer.csi("3g");
    for col in (0..buffer.cols()).filter(|col| buffer.tabs.has(*col)) {
        writer.csi(&format!("{}G", col + 1));
        writer.raw(b"\x1bH");
    }
}

/// Margins, of a buffer that has the whole screen; moves the cursor home.
fn margins(writer: &mut Writer, buffer: &Buffer) {
    if (buffer.top, buffer.bottom + 1) != (0, buffer.row_count()) {
        writer.csi(&format!("{};{}r", buffer.top + 1, buffer.bottom + 1));
    }
}

fn title_and_colors(writer: &mut Writer, emulator: &Emulator) {
    writer.osc(&format!("2;{}", emulator.title));
    let Some(changed) = emulator.colors.changed() else {
        return;
    };
    for command in ["104", "110", "111", "112"] {
        writer.osc(command);
    }
    for (slot, [red, green, blue]) in changed {
        let name = match slot {
            Slot::Indexed(index) => format!("4;{index}"),
            Slot::Foreground => "10".to_owned(),
            Slot::Background => "11".to_owned(),
            Slot::Cursor => "12".to_owned(),
        };
        writer.osc(&format!("{name};rgb:{red:02x}/{green:02x}/{blue:02x}"));
    }
}

/// Modes, of a terminal that was reset softly; origin mode moves the cursor home.
fn modes(writer: &mut Writer, emulator: &Emulator) {
    let modes = &emulator.modes;
    let private = [
        (1, modes.cursor_keys),
        (6, modes.origin),
        (45, modes.reverse_wrap),
        (66, modes.keypad),
        (1004, modes.focus),
        (2004, modes.bracketed_paste),
    ];
    for (mode, _) in private.into_iter().filter(|(_, on)| *on) {
        writer.mode(mode, true);
    }
    if modes.hides_cursor {
        writer.mode(25, false);
    }
    match (modes.cursor_shape, modes.cursor_blinks) {
        (Some(shape), blinks) => {
            writer.csi(&format!("{} q", shape.style(blinks.unwrap_or(false))));
        }
        (None, Some(true)) => writer.csi("7 q"),
        (None, Some(false)) => writer.csi("8 q"),
        (None, None) => {}
    }
    if let Some(blinks) = modes.blinks {
        writer.mode(12, blinks);
    }
    if let Some(newline) = modes.newline {
        writer.csi(if newline { "20h" } else { "20l" });
    }
    match emulator.mouse.protocol {
        MouseProtocol::None => writer.mode(1000, false),
        MouseProtocol::Press => writer.mode(9, true),
        MouseProtocol::Buttons => writer.mode(1000, true),
        MouseProtocol::Drag => writer.mode(1002, true),
        MouseProtocol::Motion => writer.mode(1003, true),
    }
    match emulator.mouse.encoding {
        MouseEncoding::Default => writer.mode(1006, false),
        MouseEncoding::Sgr => writer.mode(1006, true),
        MouseEncoding::SgrPixels => writer.mode(1016, true),
    }
}
