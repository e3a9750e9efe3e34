//! What one running session knows, between the wake-ups of its loop: no I/O, no waiting.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::BytesMut;
use shared::close::CloseReason;
use tokio::time::Instant;

use super::client::{Client, Event, FENCE_REQUEST, Wishes};
use super::failure::explain;
use super::handshake::Opened;
use super::input::Hands;
use super::say;
use crate::driver::failure::Failure;
use crate::driver::{DesktopEvent, DriverEvent, DriverInput, TargetAddress, VncSettings};

/// Bytes waiting for the server beyond which no input is taken; one more message may come on top.
const MUCH_WAITING: usize = 64 * 1024;

/// How long the server may take none of what waits for it.
const STALL: Duration = Duration::from_secs(20);

/// First and later waits between measurements of the round trip.
const FIRST_RTT: Duration = Duration::from_millis(500);
const NEXT_RTT: Duration = Duration::from_secs(5);

/// How long a server that answers fences may say nothing at all.
const SILENCE: Duration = Duration::from_secs(20);

/// Longer than any session.
const NEVER: Duration = Duration::from_hours(365 * 24);

/// How far the socket got.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wrote {
    Some(usize),
    Flushed,
}

/// One running session.
#[derive(Debug)]
pub(super) struct Desk<'s> {
    pub(super) client: Client,
    /// Bytes of the server not yet looked at.
    pub(super) input: BytesMut,
    address: &'s TargetAddress,
    settings: &'s VncSettings,
    hands: Hands,
    /// Events waiting for a place; one, except at the start.
    waiting: VecDeque<DriverEvent>,
    /// The socket holds bytes that it must be told to send.
    is_unflushed: bool,
    /// When the server last took something, or had nothing to take.
    taken: Instant,
    /// When the server last said something, or was not listened to.
    heard: Instant,
    /// Until when the first picture must have come.
    first_picture: Option<Instant>,
    next_fence: Instant,
    fence_sent: Option<Instant>,
}

impl<'s> Desk<'s> {
    pub(super) fn new(
        address: &'s TargetAddress,
        settings: &'s VncSettings,
        opened: Opened,
        input: BytesMut,
        now: Instant,
    ) -> Self {
        let wishes = Wishes {
            quality: settings.quality,
            compression: settings.compression,
        };
        let waiting = VecDeque::from([
            DriverEvent::Live,
            DriverEvent::Desktop(DesktopEvent::Resized(opened.size)),
            DriverEvent::Desktop(DesktopEvent::Named(opened.name)),
        ]);
        Self {
            client: Client::new(opened.size, wishes),
            input,
            address,
            settings,
            hands: Hands::default(),
            waiting,
            is_unflushed: false,
            taken: now,
            heard: now,
            first_picture: Some(now + settings.step_timeout),
            next_fence: now + FIRST_RTT,
            fence_sent: None,
        }
    }

    /// Whether the socket has something to do.
    pub(super) const fn is_pending(&self) -> bool {
        self.is_unflushed || !self.client.out.is_empty()
    }

    pub(super) const fn takes_input(&self) -> bool {
        self.client.out.len() < MUCH_WAITING
    }

    pub(super) fn has_event(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) fn wants_bytes(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn take_event(&mut self) -> Option<DriverEvent> {
        self.waiting.pop_front()
    }

    /// The loop woke up: nothing to take, or nobody to listen, is no fault of the server.
    pub(super) fn woke(&mut self, now: Instant) {
        if !self.is_pending() {
            self.taken = now;
        }
        if self.has_event() {
            self.heard = now;
            let limit = &mut self.first_picture;
            *limit = limit.map(|_| now + self.settings.step_timeout);
        }
    }

    /// Finds the next event, and what there is to say to the server.
    pub(super) fn prepare(&mut self) -> Result<(), Failure> {
        while self.waiting.is_empty() {
            let polled = self.client.poll(&mut self.input);
            let event = polled.map_err(|broken| explain(&broken, self.address, &[]))?;
            let Some(event) = event else {
                break;
            };
            self.take_in(event);
        }
        if self.settings.may_resize
            && let Some((size, screen)) = self.client.resizing.next(self.client.size)
        {
            say::desktop_size(&mut self.client.out, size, screen);
        }
        if self.client.out.is_empty() {
            self.hands.settle(&mut self.client.out);
        }
        Ok(())
    }

    fn take_in(&mut self, event: Event) {
        let notice = |code, text: String| DriverEvent::Notice { code, text };
        let event = match event {
            Event::Desktop(event) => {
                match event {
                    DesktopEvent::Updated => self.client.ask_for_more(),
                    DesktopEvent::Pixels { .. } => self.first_picture = None,
                    _ => {}
                }
                DriverEvent::Desktop(event)
            }
            Event::FenceReturned => match self.fence_sent.take() {
                Some(sent) => DriverEvent::TargetRtt(sent.elapsed()),
                None => return,
            },
            Event::ClipboardTooLong => notice(
                "clipboard_too_long",
                "The target copied more text than can be passed on.".to_owned(),
            ),
            Event::ResizeRefused => notice(
                "resize_refused",
                format!("{} does not change the size of its desktop.", self.address),
            ),
        };
        self.waiting.push_back(event);
    }

    /// Something a session says.
    pub(super) fn heed(&mut self, said: DriverInput) {
        let (client, hands) = (&mut self.client, &mut self.hands);
        let may_touch = !self.settings.is_view_only;
        match said {
            DriverInput::Key(key) if may_touch => {
                hands.key(key, client.known.placed_keys, &mut client.out);
            }
            DriverInput::ReleaseKeys => hands.release(&mut client.out),
            DriverInput::Pointer(pointer) if may_touch => {
                let is_slow = !client.out.is_empty();
                hands.pointer(pointer, client.size, is_slow, &mut client.out);
            }
            DriverInput::SetClipboard(text) if may_touch => {
                hands.settle(&mut client.out);
                client.clipboard.offer(text, &mut client.out);
            }
            DriverInput::ResizeDesktop(size) => client.resizing.wish(size),
            // Only looking is allowed.
            DriverInput::Key(_)
            | DriverInput::Pointer(_)
            | DriverInput::SetClipboard(_)
            // The question it answers is long gone; the rest is for terminals.
            | DriverInput::Answer { .. }
            | DriverInput::Bytes(_)
            | DriverInput::Reply(_)
            | DriverInput::Resize(_) => {}
        }
    }

    /// The server took something.
    pub(super) fn wrote(&mut self, wrote: Option<Wrote>, now: Instant) -> Result<(), Failure> {
        self.taken = now;
        match wrote {
            Some(Wrote::Some(0)) | None => return Err(self.lost()),
            Some(Wrote::Some(count)) => {
                self.client.out.drain(..count.min(self.client.out.len()));
                self.is_unflushed = true;
            }
            Some(Wrote::Flushed) => self.is_unflushed = false,
        }
        Ok(())
    }

    /// The server said something; nothing and none are its end.
    pub(super) fn read(&mut self, read: Option<usize>, now: Instant) -> Result<(), Failure> {
        self.heard = now;
        match read {
            Some(0) | None => Err(self.lost()),
            Some(_) => Ok(()),
        }
    }

    /// When to look at the clock next.
    pub(super) fn alarm(&self) -> Instant {
        let never = self.heard + NEVER;
        let stalled = if self.is_pending() {
            self.taken + STALL
        } else {
            never
        };
        let fence = if !self.client.known.fences {
            never
        } else if self.fence_sent.is_some() {
            self.heard + SILENCE
        } else {
            self.next_fence
        };
        stalled.min(fence).min(self.first_picture.unwrap_or(never))
    }

    /// The clock rang.
    pub(super) fn rang(&mut self, now: Instant) -> Result<(), Failure> {
        if self.is_pending() && now >= self.taken + STALL {
            return Err(self.timed_out("stopped reading what it is sent"));
        }
        if self.first_picture.is_some_and(|limit| now >= limit) {
            return Err(self.timed_out("accepted the sign-in but sent no picture"));
        }
        if self.client.known.fences {
            self.measure(now)?;
        }
        Ok(())
    }

    fn measure(&mut self, now: Instant) -> Result<(), Failure> {
        if self.fence_sent.is_none() && now >= self.next_fence {
            say::fence(&mut self.client.out, FENCE_REQUEST, b"rtt");
            self.fence_sent = Some(now);
            self.heard = now;
            self.next_fence = now + NEXT_RTT;
        } else if self.fence_sent.is_some() && now >= self.heard + SILENCE {
            return Err(self.timed_out("does not answer any more"));
        }
        Ok(())
    }

    fn timed_out(&self, what: &str) -> Failure {
        let text = format!("{} {what}.", self.address);
        Failure::new(CloseReason::TimedOut, text)
    }

    fn lost(&self) -> Failure {
        let address = self.address;
        let text = if self.settings.is_shared {
            format!("{address} closed the connection; its desktop may have been ended.")
        } else {
            format!(
                "{address} closed the connection; its desktop may have been ended, or taken by \
                 another client."
            )
        };
        Failure::new(CloseReason::TargetLost, text)
    }
}
