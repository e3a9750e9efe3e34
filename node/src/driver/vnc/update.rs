//! Rectangles of an update that are no pixels: copies, cursors, sizes, names (RFC 6143 §7.8).

use shared::desktop::{Cursor, Rect};

use super::broken::Broken;
use super::client::MOST_NAME;
use super::cursor;
use super::layout::{self, Screen};
use super::say::encoding;
use super::wire::Reader;

/// Bytes of a rectangle's header.
pub(super) const HEADER_BYTES: usize = 12;

/// Most bytes of a cursor that is too large to show; more is no cursor.
const MOST_CURSOR: usize = 2048 * 2048 * 4;

/// Where a rectangle is and how it is encoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) rect: Rect,
    pub(super) code: i32,
}

/// Who changed the layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The server, another client, or nobody: this is how it is.
    Theirs,
    /// We asked.
    Ours {
        /// And got it.
        is_done: bool,
    },
}

/// What a rectangle without pixels says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    CopyFrom {
        x: u16,
        y: u16,
    },
    LastRect,
    Size((u16, u16)),
    Layout {
        screens: Vec<Screen>,
        change: Change,
    },
    Cursor(Cursor),
    /// Something to be ignored follows.
    Skip(usize),
    PlacedKeys,
    Leds(u8),
    Name(String),
}

/// Reads a header; `None` when its bytes have not all come.
pub(super) fn header(reader: &mut Reader<'_>) -> Option<Header> {
    let rect = Rect {
        x: reader.u16()?,
        y: reader.u16()?,
        width: reader.u16()?,
        height: reader.u16()?,
    };
    let code = reader.i32()?;
    Some(Header { rect, code })
}

/// Whether the encoding carries pixels.
pub(super) const fn is_picture(code: i32) -> bool {
    matches!(
        code,
        encoding::RAW | encoding::HEXTILE | encoding::ZRLE | encoding::TIGHT
    )
}

/// Reads what follows a header without pixels; `None` when its bytes have not all come.
pub(super) fn pseudo(reader: &mut Reader<'_>, header: Header) -> Option<Result<Found, Broken>> {
    let rect = header.rect;
    Some(Ok(match header.code {
        encoding::COPY_RECT => Found::CopyFrom {
            x: reader.u16()?,
            y: reader.u16()?,
        },
        encoding::LAST_RECT => Found::LastRect,
        encoding::DESKTOP_SIZE => Found::Size((rect.width, rect.height)),
        encoding::EXTENDED_DESKTOP_SIZE => Found::Layout {
            screens: layout::read(reader)?,
            change: match rect.x {
                1 => Change::Ours {
                    is_done: rect.y == 0,
                },
                _ => Change::Theirs,
            },
        },
        encoding::CURSOR if cursor::is_shown(rect) => Found::Cursor(cursor::masked(reader, rect)?),
        encoding::CURSOR => return Some(skip(cursor::masked_bytes(rect))),
        encoding::CURSOR_WITH_ALPHA if cursor::is_shown(rect) => {
            return Some(cursor::with_alpha(reader, rect)?.map(Found::Cursor));
        }
        encoding::CURSOR_WITH_ALPHA => {
            return match reader.i32()? {
                encoding::RAW => Some(skip(rect.pixels().saturating_mul(4))),
                other => Some(Err(Broken::Encoding(other))),
            };
        }
        encoding::QEMU_KEY => Found::PlacedKeys,
        encoding::LED_STATE => Found::Leds(reader.u8()?),
        encoding::DESKTOP_NAME => match reader.length()? {
            count if count > MOST_NAME => return Some(Err(Broken::TooLong("the name"))),
            count => Found::Name(String::from_utf8_lossy(reader.take(count)?).into_owned()),
        },
        other => return Some(Err(Broken::Encoding(other))),
    }))
}

const fn skip(count: usize) -> Result<Found, Broken> {
    if count > MOST_CURSOR {
        return Err(Broken::TooLong("a cursor"));
    }
    Ok(Found::Skip(count))
}
