//! A terminal on the stage: the model, the ring of recent output, and what an interrupt does.

use std::time::Instant;

use bytes::Bytes;
use shared::frame::{self, OUTPUT_WINDOW, server_frame::Body};
use shared::terminal::TerminalSize;

use super::pacing::{Collapse, Progress, is_flood};
use super::scene::{Feed, FeedError, Scene, SceneNews, Sight};
use super::seat::Seat;
use crate::screen::{Backlog, Next, Terminal, TerminalEvent, ViewerFeed};
use crate::session::metrics;

/// A terminal and what its viewers may still need of its output.
pub(crate) struct TerminalScene {
    terminal: Terminal,
    backlog: Backlog,
    collapse: Option<Collapse>,
    /// The newest snapshot, until the screen changes.
    picture: Option<Bytes>,
    /// Where output was last made for another size.
    resized_at: u64,
}

impl TerminalScene {
    pub(crate) fn new(size: TerminalSize, scrollback_lines: usize) -> Self {
        Self {
            terminal: Terminal::new(size, scrollback_lines),
            backlog: Backlog::default(),
            collapse: None,
            picture: None,
            resized_at: 0,
        }
    }

    /// The whole screen, made once per change however many viewers want it.
    fn picture(&mut self) -> Bytes {
        let terminal = &self.terminal;
        self.picture
            .get_or_insert_with(|| terminal.snapshot().into())
            .clone()
    }

    fn snapshot(&mut self, seat: &mut Seat<ViewerFeed>, now: Instant) -> Body {
        let (end, size) = (self.backlog.end(), self.terminal.size());
        metrics::count_snapshot();
        seat.note_sending(now);
        seat.feed.on_snapshot(end);
        Body::Snapshot(frame::Snapshot {
            offset_bytes: end,
            cols: size.cols().into(),
            rows: size.rows().into(),
            data: self.picture(),
        })
    }

    /// Output that a viewer has not drawn yet, sent or not, in bytes.
    fn undrawn(&self, feed: &ViewerFeed) -> u64 {
        let unsent = self.backlog.end().saturating_sub(feed.sent());
        unsent.saturating_add(feed.unacknowledged())
    }

    /// Replaces what viewers have not been sent yet by the newest picture.
    fn skip_all(&self, seats: &mut [Seat<ViewerFeed>]) {
        for seat in seats {
            self.skip(&mut seat.feed);
        }
    }
}

impl Feed for ViewerFeed {
    fn acknowledge(&mut self, position: u64) -> Result<bool, FeedError> {
        let is_news = position > self.acked();
        self.on_ack(position)?;
        Ok(is_news)
    }

    fn redraw(&mut self) {
        self.collapse();
    }

    fn is_awaited(&self) -> bool {
        self.unacknowledged() > 0
    }

    fn wakes_at(&self) -> Option<Instant> {
        None
    }
}

impl Scene for TerminalScene {
    type Feed = ViewerFeed;

    fn open(&self, resume: Option<u64>, _now: Instant) -> (ViewerFeed, bool) {
        let resumable = resume.filter(|offset| *offset >= self.resized_at);
        let feed = resumable.and_then(|offset| {
            let (start, end) = (self.backlog.start(), self.backlog.end());
            ViewerFeed::resume(OUTPUT_WINDOW, offset, start, end)
        });
        let is_resumed = feed.is_some();
        (
            feed.unwrap_or_else(|| ViewerFeed::new(OUTPUT_WINDOW)),
            is_resumed,
        )
    }

    fn greeting(&self) -> Vec<Body> {
        Vec::new()
    }

    fn show(&mut self, sight: Sight, _seats: &mut [Seat<ViewerFeed>], now: Instant) -> usize {
        let Sight::Output(bytes) = sight else {
            return 0;
        };
        let count = bytes.len();
        self.terminal.feed(&bytes);
        self.backlog.push(bytes);
        self.picture = None;
        if let Some(collapse) = &mut self.collapse {
            collapse.note_output(now);
        }
        count
    }

    fn take_news(&mut self) -> Vec<SceneNews> {
        let events = self.terminal.take_events().into_iter();
        events
            .filter_map(|event| match event {
                TerminalEvent::Title(title) => Some(SceneNews::Title(title)),
                TerminalEvent::Clipboard(text) => Some(SceneNews::Clipboard(text)),
                TerminalEvent::Reply(bytes) => Some(SceneNews::Reply(bytes)),
                // The browser's terminal rings by itself: the bell is in the output.
                TerminalEvent::Bell => None,
            })
            .collect()
    }

    fn next(&mut self, seat: &mut Seat<ViewerFeed>, now: Instant) -> Option<Body> {
        let next = seat.feed.next(self.backlog.start(), self.backlog.end());
        if let Some(collapse) = self.collapse
            && !(collapse.is_showing && next == Next::Snapshot)
        {
            return None;
        }
        match next {
            Next::Send { from, max } => {
                let data = self.backlog.slice(from, max)?;
                seat.note_sending(now);
                seat.feed.on_sent(data.len());
                let offset_bytes = from;
                Some(Body::Output(frame::Output { offset_bytes, data }))
            }
            Next::Snapshot => Some(self.snapshot(seat, now)),
            Next::Wait => None,
        }
    }

    fn is_drained(&self, feed: &ViewerFeed) -> bool {
        self.collapse.is_none() && feed.sent() >= self.backlog.end()
    }

    fn progress(&self, seat: &Seat<ViewerFeed>) -> Option<Progress> {
        let lag = self.backlog.end().saturating_sub(seat.feed.sent());
        let moved_at = seat.moved_at();
        Some(Progress { lag, moved_at })
    }

    fn resize(&mut self, size: TerminalSize) -> Option<Body> {
        self.terminal.resize(size);
        self.picture = None;
        self.resized_at = self.backlog.end();
        Some(Body::Resized(frame::Resized {
            cols: size.cols().into(),
            rows: size.rows().into(),
            offset_bytes: self.resized_at,
        }))
    }

    /// A flood is what viewers have not drawn yet, or what the driver has not handed over yet.
    fn interrupt(&mut self, seats: &[Seat<ViewerFeed>], queued: usize, now: Instant) {
        let undrawn = seats.iter().map(|seat| self.undrawn(&seat.feed)).max();
        if is_flood(undrawn.unwrap_or(0), queued) {
            metrics::count_collapse();
            self.collapse = Some(Collapse::begin(now));
        }
    }

    fn is_hurrying(&self) -> bool {
        self.collapse.is_some()
    }

    fn settle(&mut self, seats: &mut [Seat<ViewerFeed>], has_more: bool, now: Instant) {
        let Some(mut collapse) = self.collapse.take() else {
            return;
        };
        if has_more {
            // Parsing a batch may take longer than the quiet that is waited for.
            collapse.note_output(now);
        }
        if collapse.ends_at() <= now {
            return self.skip_all(seats);
        }
        collapse.is_showing = false;
        if collapse.shows_at() <= now {
            collapse.show(now);
            self.skip_all(seats);
        }
        self.collapse = Some(collapse);
    }

    fn skip(&self, feed: &mut ViewerFeed) {
        feed.collapse_beyond(0, self.backlog.end());
    }

    fn wakes_at(&self) -> Option<Instant> {
        let collapse = self.collapse?;
        Some(collapse.ends_at().min(collapse.shows_at()))
    }

    fn checkpoint(&mut self) -> Option<(TerminalSize, Bytes)> {
        Some((self.terminal.size(), self.picture()))
    }
}
