//! The conversation after the handshake: bytes of the server in, events out, without any I/O.
//!
//! ```text
//! input ─▶ poll ─▶ message ─▶ update ─▶ Decoder ─▶ events, one at a time
//!            └ replies collect in `out`, to be written by whoever has the socket
//! ```
//! Pulling one event at a time keeps memory flat: nothing is decoded before its place is free.

use bytes::{Buf as _, BytesMut};
use shared::desktop::{DesktopSize, Rect};

use super::broken::Broken;
use super::clipboard::{self, Clipboard, Heard};
use super::encodings::{Decoder, Progress, Slices, Streams};
use super::layout::Resizing;
use super::say;
use super::update::{self, Header};
use super::wire::{Reader, array, length, parse};
use crate::driver::DesktopEvent;
use crate::driver::text::tame_line;

/// Longest name of a desktop that is read, in bytes.
pub(super) const MOST_NAME: usize = 64 * 1024;

/// Characters of a name that are shown.
pub(super) const SHOWN_NAME: usize = 256;

/// Replies waiting to be written beyond which a server gets no more: it does not read.
const MOST_REPLIES: usize = 256 * 1024;

/// Bits of a fence: those we keep in a reply, and the one that asks for it.
const FENCE_KEPT: u32 = 0b111;
pub(super) const FENCE_REQUEST: u32 = 1 << 31;

/// How often one update may paint each pixel of the desktop.
const MOST_PAINTED: u64 = 16;

/// What came out of the conversation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    Desktop(DesktopEvent),
    /// A fence of ours came back.
    FenceReturned,
    /// The clipboard held more than we take.
    ClipboardTooLong,
    /// The server would not change the size of the desktop.
    ResizeRefused,
}

/// How we like our desktop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wishes {
    pub(super) quality: Option<u8>,
    pub(super) compression: u8,
}

/// What the server turned out to know.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    pub(super) fences: bool,
    pub(super) continuous: bool,
    pub(super) placed_keys: bool,
}

/// Where in the stream we are.
#[derive(Debug, Default)]
enum Place {
    #[default]
    Message,
    Rects {
        left: u32,
    },
    Pixels {
        left: u32,
        decoder: Decoder,
    },
}

/// One conversation.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) size: DesktopSize,
    pub(super) known: Known,
    pub(super) clipboard: Clipboard,
    pub(super) resizing: Resizing,
    /// Bytes for the server.
    pub(super) out: Vec<u8>,
    place: Place,
    /// Bytes of something ignored that are still to come.
    skip: usize,
    slices: Option<Slices>,
    streams: Streams,
    painted: u64,
}

impl Client {
    /// Begins: says how we like pixels, and asks for the first picture.
    pub(super) fn new(size: DesktopSize, wishes: Wishes) -> Self {
        let mut out = Vec::new();
        say::pixel_format(&mut out);
        say::encodings(&mut out, wishes.quality, wishes.compression);
        say::request(&mut out, false, size);
        Self {
            size,
            known: Known::default(),
            clipboard: Clipboard::default(),
            resizing: Resizing::default(),
            out,
            place: Place::Message,
            skip: 0,
            slices: None,
            streams: Streams::default(),
            painted: 0,
        }
    }

    /// The next event; none when more bytes are needed.
    pub(super) fn poll(&mut self, input: &mut BytesMut) -> Result<Option<Event>, Broken> {
        loop {
            if let Some(pixels) = self.slices.as_mut().and_then(Slices::next) {
                return Ok(Some(Event::Desktop(pixels)));
            }
            self.slices = None;
            if self.skip > 0 {
                let count = self.skip.min(input.len());
                input.advance(count);
                self.skip -= count;
            }
            if self.skip > 0 {
                return Ok(None);
            }
            match self.step(input)? {
                Step::Starved => return Ok(None),
                Step::Again => {}
                Step::Event(event) => return Ok(Some(event)),
            }
        }
    }

    /// Asks for what changes next; not needed where the server sends by itself.
    pub(super) fn ask_for_more(&mut self) {
        if !self.known.continuous {
            say::request(&mut self.out, true, self.size);
        }
    }

    fn step(&mut self, input: &mut BytesMut) -> Result<Step, Broken> {
        match &mut self.place {
            Place::Message => self.message(input),
            Place::Rects { left: 0 } => {
                self.place = Place::Message;
                Ok(Step::Event(Event::Desktop(DesktopEvent::Updated)))
            }
            Place::Rects { left } => {
                let left = *left;
                self.rect(input, left)
            }
            Place::Pixels { left, decoder } => match decoder.step(input, &mut self.streams)? {
                Progress::Starved => Ok(Step::Starved),
                Progress::Band(band) => {
                    self.slices = Some(Slices::new(band));
                    Ok(Step::Again)
                }
                Progress::Done => {
                    self.place = Place::Rects { left: *left };
                    Ok(Step::Again)
                }
            },
        }
    }

    fn message(&mut self, input: &mut BytesMut) -> Result<Step, Broken> {
        let Some(kind) = input.first().copied() else {
            return Ok(Step::Starved);
        };
        let step = match kind {
            0 => parse(input, |r| r.take(2).and_then(|_| r.u16())).map(|count| {
                self.place = Place::Rects {
                    left: u32::from(count),
                };
                self.painted = 0;
                Step::Again
            }),
            // A colour map is of no use in true colour.
            1 => parse(input, |r| r.take(4).and_then(|_| r.u16())).map(|count| {
                self.skip = usize::from(count) * 6;
                Step::Again
            }),
            2 => array(input).map(|[_]| desktop(DesktopEvent::Bell)),
            3 => return self.cut_text(input),
            150 => array(input).map(|[_]| {
                self.continuous_updates();
                Step::Again
            }),
            248 => return self.fence(input),
            other => return Err(Broken::Message(other)),
        };
        Ok(step.unwrap_or(Step::Starved))
    }

    /// "EndOfContinuousUpdates": first it means that they are known.
    fn continuous_updates(&mut self) {
        if !self.known.continuous {
            self.known.continuous = true;
            say::continuous_updates(&mut self.out, self.size);
        }
    }

    fn fence(&mut self, input: &mut BytesMut) -> Result<Step, Broken> {
        let read = parse(input, |r| {
            let flags = r.take(4).and_then(|_| r.u32())?;
            let count = usize::from(r.u8()?);
            let mut payload = [0; 64];
            let Some(place) = payload.get_mut(..count) else {
                return Some(Err(Broken::TooLong("a fence")));
            };
            place.copy_from_slice(r.take(count)?);
            Some(Ok((flags, payload, count)))
        });
        let Some(read) = read else {
            return Ok(Step::Starved);
        };
        let (flags, payload, count) = read?;
        self.known.fences = true;
        if flags & FENCE_REQUEST == 0 {
            return Ok(Step::Event(Event::FenceReturned));
        }
        if self.out.len() < MOST_REPLIES {
            let payload = payload.get(..count).unwrap_or_default();
            say::fence(&mut self.out, flags & FENCE_KEPT, payload);
        }
        Ok(Step::Again)
    }

    fn cut_text(&mut self, input: &mut BytesMut) -> Result<Step, Broken> {
        const HEADER: usize = 8;
        let mut reader = Reader::new(input);
        let Some(signed) = reader.take(4).and_then(|_| reader.i32()) else {
            return Ok(Step::Starved);
        };
        let count = length(signed.unsigned_abs());
        if count > clipboard::MOST_MESSAGE {
            input.advance(HEADER);
            self.skip = count;
            return Ok(Step::Event(Event::ClipboardTooLong));
        }
        let Some(text) = reader.take(count) else {
            return Ok(Step::Starved);
        };
        let heard = if signed < 0 && self.out.len() < MOST_REPLIES {
            self.clipboard.hear(text, &mut self.out)?
        } else if signed < 0 {
            Heard::Nothing
        } else {
            Clipboard::hear_plain(text)
        };
        input.advance(HEADER + count);
        Ok(match heard {
            Heard::Nothing => Step::Again,
            Heard::Text(text) => desktop(DesktopEvent::ClipboardSet(text)),
            Heard::TooLong => Step::Event(Event::ClipboardTooLong),
        })
    }

    fn rect(&mut self, input: &mut BytesMut, left: u32) -> Result<Step, Broken> {
        let mut reader = Reader::new(input);
        let Some(header) = update::header(&mut reader) else {
            return Ok(Step::Starved);
        };
        if update::is_picture(header.code) {
            input.advance(update::HEADER_BYTES);
            return self.picture(header, left - 1);
        }
        let Some(found) = update::pseudo(&mut reader, header) else {
            return Ok(Step::Starved);
        };
        let found = found?;
        let used = input.len() - reader.left();
        if let update::Found::CopyFrom { x, y } = found {
            self.check(header.rect)?;
            let from = Rect {
                x,
                y,
                ..header.rect
            };
            if !from.fits(self.size) {
                return Err(Broken::Outside);
            }
        }
        input.advance(used);
        self.place = Place::Rects { left: left - 1 };
        self.take_pseudo(found, header.rect)
    }

    fn picture(&mut self, header: Header, left: u32) -> Result<Step, Broken> {
        self.check(header.rect)?;
        let decoder = Decoder::new(header.code, header.rect);
        let decoder = decoder.ok_or(Broken::Encoding(header.code))?;
        self.place = if header.rect.is_empty() {
            Place::Rects { left }
        } else {
            Place::Pixels { left, decoder }
        };
        Ok(Step::Again)
    }

    /// Pixels must lie on the desktop, and there may not be endlessly many.
    fn check(&mut self, rect: Rect) -> Result<(), Broken> {
        if !rect.fits(self.size) {
            return Err(Broken::Outside);
        }
        let pixels = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        self.painted = self.painted.saturating_add(pixels(rect.pixels()));
        if self.painted > pixels(self.size.pixels()) * MOST_PAINTED {
            return Err(Broken::TooMuch);
        }
        Ok(())
    }

    fn take_pseudo(&mut self, found: update::Found, to: Rect) -> Result<Step, Broken> {
        use update::Found;
        Ok(match found {
            Found::CopyFrom { .. } if to.is_empty() => Step::Again,
            Found::CopyFrom { x, y } => desktop(DesktopEvent::Copied {
                from_x: x,
                from_y: y,
                to,
            }),
            Found::LastRect => {
                self.place = Place::Rects { left: 0 };
                Step::Again
            }
            Found::Size(size) => self.resize(size)?,
            Found::Layout { screens, change } => {
                self.resizing.see(&screens);
                let is_refused = match change {
                    update::Change::Theirs => false,
                    update::Change::Ours { is_done } => self.resizing.answered() && !is_done,
                };
                let step = match change {
                    update::Change::Ours { is_done: false } => Step::Again,
                    update::Change::Theirs | update::Change::Ours { is_done: true } => {
                        self.resize((to.width, to.height))?
                    }
                };
                if is_refused {
                    Step::Event(Event::ResizeRefused)
                } else {
                    step
                }
            }
            Found::Cursor(cursor) => desktop(DesktopEvent::CursorChanged(cursor)),
            Found::Skip(count) => {
                self.skip = count;
                Step::Again
            }
            Found::PlacedKeys => {
                self.known.placed_keys = true;
                Step::Again
            }
            Found::Leds(bits) => desktop(DesktopEvent::LedsChanged {
                scroll_lock: bits & 1 != 0,
                num_lock: bits & 2 != 0,
                caps_lock: bits & 4 != 0,
            }),
            Found::Name(name) => desktop(DesktopEvent::Named(tame_line(&name, SHOWN_NAME))),
        })
    }

    fn resize(&mut self, (width, height): (u16, u16)) -> Result<Step, Broken> {
        let (width, height) = (u32::from(width), u32::from(height));
        let size = DesktopSize::checked(width, height).ok_or(Broken::Size { width, height })?;
        if size == self.size {
            return Ok(Step::Again);
        }
        self.size = size;
        if self.known.continuous {
            say::continuous_updates(&mut self.out, size);
        }
        Ok(desktop(DesktopEvent::Resized(size)))
    }
}

/// How a step ended.
enum Step {
    Starved,
    Again,
    Event(Event),
}

const fn desktop(event: DesktopEvent) -> Step {
    Step::Event(Event::Desktop(event))
}
