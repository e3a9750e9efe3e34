//! Frames of a desktop's keyboard, pointer and clipboard → what a driver takes.

use shared::desktop::{Key, MAX_CLIPBOARD, Pointer};
use shared::frame;
use shared::frame::client_frame::Body;

use crate::driver::DriverInput;

/// What a frame asks the driver to do; none when it asks nothing of a desktop.
pub(super) fn operation(frame: Body) -> Option<DriverInput> {
    Some(match frame {
        Body::Pointer(pointer) => DriverInput::Pointer(pointer_of(pointer)),
        Body::Key(key) => DriverInput::Key(Key {
            scancode: u16::try_from(key.scancode).unwrap_or(0),
            keysym: key.keysym,
            is_down: key.down,
        }),
        Body::ReleaseKeys(_) => DriverInput::ReleaseKeys,
        Body::SetClipboard(clipboard) => {
            let mut text = clipboard.text;
            text.truncate(text.floor_char_boundary(MAX_CLIPBOARD));
            DriverInput::SetClipboard(text)
        }
        Body::Attach(_)
        | Body::Input(_)
        | Body::Resize(_)
        | Body::Ack(_)
        | Body::Pong(_)
        | Body::Answer(_)
        | Body::End(_)
        | Body::Redraw(_)
        | Body::FrameAck(_)
        | Body::ResizeDesktop(_) => return None,
    })
}

/// Absurd numbers become the nearest sensible ones.
fn pointer_of(pointer: frame::Pointer) -> Pointer {
    let side = |at: u32| u16::try_from(at).unwrap_or(u16::MAX);
    let notches = |count: i32| i8::try_from(count.clamp(-100, 100)).unwrap_or(0);
    Pointer {
        x: side(pointer.x),
        y: side(pointer.y),
        buttons: u8::try_from(pointer.buttons & 0x1f).unwrap_or(0),
        wheel_x: notches(pointer.wheel_x),
        wheel_y: notches(pointer.wheel_y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_numbers_become_sensible() {
        let pointer = pointer_of(frame::Pointer {
            x: u32::MAX,
            y: 7,
            buttons: u32::MAX,
            wheel_x: i32::MIN,
            wheel_y: i32::MAX,
        });
        assert_eq!((pointer.x, pointer.y, pointer.buttons), (u16::MAX, 7, 0x1f));
        assert_eq!((pointer.wheel_x, pointer.wheel_y), (-100, 100));
    }
}
