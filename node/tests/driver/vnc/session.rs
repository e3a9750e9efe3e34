//! The session's side of a dial, with the framebuffer that a viewer would see.

use std::time::Duration;

use node::driver::{
    Ask, AskAnswer, DesktopEvent, DriverEvent, DriverExit, DriverInput, DriverLink, dial, link,
};
use shared::close::CloseReason;
use shared::desktop::{Cursor, DesktopSize, Key, Pointer};
use shared::secret::Secret;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::server::{Picture, VncTarget, Xvnc};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// A dial under way.
pub(crate) struct Session {
    pub(crate) link: DriverLink,
    dialling: JoinSet<DriverExit>,
    pub(crate) picture: Picture,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) clipboard: Vec<String>,
    pub(crate) name: String,
    pub(crate) updates: usize,
    pub(crate) copies: usize,
    pub(crate) bells: usize,
    pub(crate) caps_lock: Option<bool>,
    /// Every event that is not of the desktop.
    pub(crate) events: Vec<DriverEvent>,
}

impl Session {
    pub(crate) fn dial(target: VncTarget) -> Self {
        let (link, ends) = link();
        let mut dialling = JoinSet::new();
        dialling.spawn(dial(target.into_grant(), ends));
        Self {
            link,
            dialling,
            picture: Picture {
                width: 0,
                height: 0,
                rgbx: Vec::new(),
            },
            cursor: None,
            clipboard: Vec::new(),
            name: String::new(),
            updates: 0,
            copies: 0,
            bells: 0,
            caps_lock: None,
            events: Vec::new(),
        }
    }

    /// Dials and waits for the first picture.
    pub(crate) async fn shown(target: VncTarget) -> Self {
        let mut session = Self::dial(target);
        session
            .until("shown", |s| s.updates > 0 && s.picture.rgbx.contains(&255))
            .await;
        session
    }

    /// Takes in the next event; false at the end.
    pub(crate) async fn next(&mut self) -> bool {
        let next = timeout(PATIENCE, self.link.events.recv()).await;
        let event = next.unwrap_or_else(|_| panic!("nothing happens: {self:?}"));
        let is_there = event.is_some();
        self.take(event);
        is_there
    }

    fn take(&mut self, event: Option<DriverEvent>) {
        match event {
            Some(DriverEvent::Desktop(event)) => self.apply(event),
            Some(other) => self.events.push(other),
            None => {}
        }
    }

    fn apply(&mut self, event: DesktopEvent) {
        match event {
            DesktopEvent::Resized(size) => {
                let (width, height) = (usize::from(size.width()), usize::from(size.height()));
                self.picture.width = width;
                self.picture.height = height;
                self.picture.rgbx = vec![0; width * height * 4];
            }
            DesktopEvent::Pixels { rect, rgbx } => {
                assert_eq!(rgbx.len(), rect.pixels() * 4, "{rect:?}");
                assert!(rgbx.len() <= DesktopEvent::MAX_PIXEL_BYTES && !rgbx.is_empty());
                let width = usize::from(rect.width) * 4;
                for (row, bytes) in rgbx.chunks(width).enumerate() {
                    let at = self.at(rect.x, usize::from(rect.y) + row);
                    self.picture.rgbx[at..at + width].copy_from_slice(bytes);
                }
            }
            DesktopEvent::Copied { from_x, from_y, to } => {
                self.copies += 1;
                let width = usize::from(to.width) * 4;
                let before = self.picture.rgbx.clone();
                for row in 0..usize::from(to.height) {
                    let from = self.at(from_x, usize::from(from_y) + row);
                    let at = self.at(to.x, usize::from(to.y) + row);
                    self.picture.rgbx[at..at + width].copy_from_slice(&before[from..from + width]);
                }
            }
            DesktopEvent::Updated => self.updates += 1,
            DesktopEvent::CursorChanged(cursor) => self.cursor = Some(cursor),
            DesktopEvent::LedsChanged { caps_lock, .. } => self.caps_lock = Some(caps_lock),
            DesktopEvent::ClipboardSet(text) => self.clipboard.push(text),
            DesktopEvent::Named(name) => self.name = name,
            DesktopEvent::Bell => self.bells += 1,
        }
    }

    fn at(&self, x: u16, y: usize) -> usize {
        (y * self.picture.width + usize::from(x)) * 4
    }

    pub(crate) async fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        while !is_so(self) {
            let is_on = self.next().await;
            assert!(
                is_on,
                "ended before {what}: {:?}: {self:?}",
                self.ended().await
            );
        }
    }

    /// As `until`, for what only another process can tell.
    pub(crate) async fn eventually(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        for _ in 0..400 {
            if is_so(self) {
                return;
            }
            let is_on = self.take_for(Duration::from_millis(25)).await;
            assert!(
                is_on,
                "ended before {what}: {:?}: {self:?}",
                self.ended().await
            );
        }
        panic!("never happened: {what}: {self:?}");
    }

    /// Takes events in for a while; false when they have ended.
    async fn take_for(&mut self, long: Duration) -> bool {
        let taking = async { while self.next().await {} };
        timeout(long, taking).await.is_err()
    }

    /// Waits until the framebuffer is the server's, pixel by pixel.
    pub(crate) async fn until_same_as(&mut self, server: &Xvnc) {
        // Xvnc draws the pointer into the picture of a viewer that has not moved it there.
        self.point(3, 3, 0).await;
        self.eventually("the same picture", |s| s.picture == server.picture())
            .await;
    }

    pub(crate) async fn input(&self, input: DriverInput) {
        self.link.input.send(input).await.unwrap();
    }

    pub(crate) async fn press(&self, scancode: u16, keysym: u32) {
        for is_down in [true, false] {
            let key = Key {
                scancode,
                keysym,
                is_down,
            };
            self.input(DriverInput::Key(key)).await;
        }
    }

    pub(crate) async fn point(&self, x: u16, y: u16, buttons: u8) {
        let pointer = Pointer {
            x,
            y,
            buttons,
            ..Pointer::default()
        };
        self.input(DriverInput::Pointer(pointer)).await;
    }

    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let size = DesktopSize::checked(width, height).unwrap();
        let input = DriverInput::ResizeDesktop(size);
        self.link.control.send(input).await.unwrap();
    }

    /// Waits for the next question.
    pub(crate) async fn asked(&mut self) -> Ask {
        let seen = self.events.len();
        loop {
            assert!(self.next().await, "ended unasked: {self:?}");
            let fresh = self.events[seen..].iter();
            let asks = fresh.filter_map(|event| match event {
                DriverEvent::Ask(ask) => Some(ask.clone()),
                _ => None,
            });
            if let Some(ask) = asks.last() {
                return ask;
            }
        }
    }

    pub(crate) async fn answer(&self, ask: &Ask, values: &[&str]) {
        let values = values.iter().map(|value| Secret::new((*value).to_owned()));
        let input = DriverInput::Answer {
            ask: ask.id,
            answer: AskAnswer::Values(values.collect()),
        };
        self.link.control.send(input).await.unwrap();
    }

    /// The fingerprint reported as trusted.
    pub(crate) fn trusted(&self) -> Option<String> {
        self.events.iter().find_map(|event| match event {
            DriverEvent::HostKeyTrusted { public_key, .. } => Some(public_key.clone()),
            _ => None,
        })
    }

    /// Drains what is left and returns how the dial ended.
    pub(crate) async fn end(&mut self) -> DriverExit {
        while self.next().await {}
        self.ended().await
    }

    async fn ended(&mut self) -> DriverExit {
        let ended = timeout(PATIENCE, self.dialling.join_next()).await;
        ended.unwrap().unwrap().unwrap()
    }

    /// Ends the dial as a session does.
    pub(crate) async fn cancel(mut self) {
        self.link.cancel.cancel();
        let exit = self.end().await;
        assert_eq!(exit.reason, CloseReason::Cancelled);
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (width, height) = (self.picture.width, self.picture.height);
        write!(
            f,
            "{width}x{height}, {} updates, clipboard {:?}, events {:?}",
            self.updates, self.clipboard, self.events
        )
    }
}

/// Dials something that must fail, and returns how.
pub(crate) async fn failure(target: VncTarget) -> DriverExit {
    Session::dial(target).end().await
}
