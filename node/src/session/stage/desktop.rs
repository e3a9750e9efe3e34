//! A desktop on the stage: the picture, the pointer, the lights.

use std::time::Instant;

use bytes::Bytes;
use shared::desktop::{Cursor, DesktopSize, PIXEL_BYTES};
use shared::frame::{self, server_frame::Body};
use shared::terminal::TerminalSize;

use super::pacing::Progress;
use super::scene::{Feed, FeedError, Scene, SceneNews, Sight};
use super::seat::Seat;
use crate::driver::DesktopEvent;
use crate::screen::{Desktop, DesktopFeed};

/// What a change of state counts in a batch, in bytes: a flood of pointers must not starve viewers.
const STATE_BYTES: usize = 4096;

/// A desktop and the state its viewers are told.
pub(crate) struct DesktopScene {
    /// None until the target has said how large it is.
    desktop: Option<Desktop>,
    cursor: Option<Body>,
    leds: Option<Body>,
    news: Vec<SceneNews>,
}

impl DesktopScene {
    pub(crate) const fn new() -> Self {
        Self {
            desktop: None,
            cursor: None,
            leds: None,
            news: Vec::new(),
        }
    }

    fn resize_desktop(
        &mut self,
        size: DesktopSize,
        seats: &mut [Seat<Option<DesktopFeed>>],
        now: Instant,
    ) {
        let desktop = match &mut self.desktop {
            Some(desktop) => {
                desktop.resize(size);
                desktop
            }
            None => self.desktop.insert(Desktop::new(size)),
        };
        for seat in seats {
            match &mut seat.feed {
                Some(feed) => feed.note_resized(size, now),
                none => *none = Some(DesktopFeed::new(desktop, now)),
            }
        }
    }

    /// Paints; how many bytes.
    fn paint(
        &mut self,
        event: DesktopEvent,
        seats: &mut [Seat<Option<DesktopFeed>>],
        now: Instant,
    ) -> usize {
        let Some(desktop) = &mut self.desktop else {
            return 0;
        };
        match event {
            DesktopEvent::Pixels { rect, rgbx } => {
                desktop.paint(rect, &rgbx, |changed| {
                    for feed in seats.iter_mut().filter_map(|seat| seat.feed.as_mut()) {
                        feed.note_changed(changed, now);
                    }
                });
                rgbx.len()
            }
            DesktopEvent::Copied { from_x, from_y, to } => {
                if desktop.copy(from_x, from_y, to) {
                    for feed in seats.iter_mut().filter_map(|seat| seat.feed.as_mut()) {
                        feed.note_moved(from_x, from_y, to, now);
                    }
                }
                to.pixels() * PIXEL_BYTES
            }
            _ => {
                desktop.mark_whole();
                0
            }
        }
    }

    fn note_state(&mut self, state: Body) {
        self.news.push(SceneNews::Tell(state));
    }
}

impl Feed for Option<DesktopFeed> {
    fn acknowledge(&mut self, position: u64) -> Result<bool, FeedError> {
        let Some(feed) = self else { return Ok(false) };
        let is_news = position > feed.acked();
        feed.on_ack(position)?;
        Ok(is_news)
    }

    fn redraw(&mut self) {
        if let Some(feed) = self {
            feed.redraw();
        }
    }

    fn is_awaited(&self) -> bool {
        self.as_ref().is_some_and(|feed| feed.in_flight() > 0)
    }

    fn wakes_at(&self) -> Option<Instant> {
        self.as_ref().and_then(DesktopFeed::wakes_at)
    }
}

impl Scene for DesktopScene {
    /// None until there is a picture.
    type Feed = Option<DesktopFeed>;

    fn open(&self, _resume: Option<u64>, now: Instant) -> (Self::Feed, bool) {
        let desktop = self.desktop.as_ref();
        (desktop.map(|desktop| DesktopFeed::new(desktop, now)), false)
    }

    fn greeting(&self) -> Vec<Body> {
        let state = [self.cursor.clone(), self.leds.clone()];
        state.into_iter().flatten().collect()
    }

    fn show(&mut self, sight: Sight, seats: &mut [Seat<Self::Feed>], now: Instant) -> usize {
        let Sight::Desktop(event) = sight else {
            return 0;
        };
        match event {
            DesktopEvent::Resized(size) => self.resize_desktop(size, seats, now),
            DesktopEvent::Pixels { .. } | DesktopEvent::Copied { .. } | DesktopEvent::Updated => {
                return self.paint(event, seats, now);
            }
            DesktopEvent::CursorChanged(cursor) => {
                let shape = Body::CursorShape(shape_of(cursor));
                self.cursor = Some(shape.clone());
                self.note_state(shape);
            }
            DesktopEvent::LedsChanged {
                scroll_lock,
                num_lock,
                caps_lock,
            } => {
                let leds = Body::Leds(frame::Leds {
                    scroll_lock,
                    num_lock,
                    caps_lock,
                });
                self.leds = Some(leds.clone());
                self.note_state(leds);
            }
            DesktopEvent::ClipboardSet(text) => self.news.push(SceneNews::Clipboard(text)),
            DesktopEvent::Named(name) => self.news.push(SceneNews::Title(name)),
            DesktopEvent::Bell => {}
        }
        STATE_BYTES
    }

    fn take_news(&mut self) -> Vec<SceneNews> {
        std::mem::take(&mut self.news)
    }

    fn next(&mut self, seat: &mut Seat<Self::Feed>, now: Instant) -> Option<Body> {
        let desktop = self.desktop.as_ref()?;
        let is_first = !seat.feed.is_awaited();
        let frame = seat.feed.as_mut()?.next(desktop, now)?;
        if is_first {
            seat.note_moved(now);
        }
        Some(Body::DesktopFrame(frame))
    }

    /// The last picture is not worth waiting for.
    fn is_drained(&self, _feed: &Self::Feed) -> bool {
        true
    }

    /// The picture takes the newest state however fast it comes; viewers get what they can draw.
    fn progress(&self, _seat: &Seat<Self::Feed>) -> Option<Progress> {
        None
    }

    fn resize(&mut self, _size: TerminalSize) -> Option<Body> {
        None
    }

    fn interrupt(&mut self, _seats: &[Seat<Self::Feed>], _queued: usize, _now: Instant) {}

    fn is_hurrying(&self) -> bool {
        false
    }

    fn settle(&mut self, _seats: &mut [Seat<Self::Feed>], _has_more: bool, _now: Instant) {}

    fn skip(&self, _feed: &mut Self::Feed) {}

    fn wakes_at(&self) -> Option<Instant> {
        None
    }

    /// The target keeps the desktop.
    fn checkpoint(&mut self) -> Option<(TerminalSize, Bytes)> {
        None
    }
}

fn shape_of(cursor: Cursor) -> frame::CursorShape {
    match cursor {
        Cursor::Hidden => frame::CursorShape::default(),
        Cursor::Shape {
            width,
            height,
            hot_x,
            hot_y,
            rgba,
        } => frame::CursorShape {
            width: width.into(),
            height: height.into(),
            hot_x: hot_x.into(),
            hot_y: hot_y.into(),
            rgba,
        },
    }
}
