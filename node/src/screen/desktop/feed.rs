//! What one viewer is sent next: what changed since it was last sent something, as of now.
//!
//! ```text
//! changes ─▶ damage, copies ─▶ next() while at most a few frames are unacknowledged
//!                     photo-like ─▶ JPEG now ─▶ refine ─▶ exactly, when it is quiet
//! ```

use std::io;
use std::time::{Duration, Instant};

use shared::desktop::{DesktopSize, Rect};
use shared::frame::{DesktopFrame, DesktopImage};

use super::damage::Damage;
use super::photo::{is_photo, jpeg};
use super::picture::Desktop;
use super::stream::PixelStream;

/// Frames a viewer may not have drawn yet: one on the way, one being drawn, one acknowledged on
/// its way back.
const MOST_IN_FLIGHT: u64 = 3;

/// Moves remembered for one frame; beyond it what moved is sent as pixels.
const MOST_COPIES: usize = 64;

/// Pixels of one frame, at most: full HD. The rest of a larger desktop follows in the next.
const MOST_PIXELS: usize = 1920 * 1080;

/// Pixels refined in one frame, at most, so that a key pressed meanwhile does not wait.
const MOST_REFINED: usize = 256 * 1024;

/// No change for this long means that what was sent as JPEG is worth sending exactly.
const QUIET: Duration = Duration::from_millis(500);

/// Nothing sent for this long frees the compressor's memory.
const IDLE: Duration = Duration::from_secs(10);

/// An acknowledgement that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameAckError {
    /// Nothing with that number was sent.
    #[error("frame {acked} was acknowledged, {sent} was the last one sent")]
    NeverSent {
        /// The number given.
        acked: u64,
        /// The newest number sent.
        sent: u64,
    },
    /// A later one has been acknowledged before.
    #[error("frame {acked} was acknowledged after {before}")]
    Backwards {
        /// The number given.
        acked: u64,
        /// The newest number acknowledged before.
        before: u64,
    },
}

/// Pixels that moved.
#[derive(Clone, Copy, Debug)]
struct Move {
    from_x: u16,
    from_y: u16,
    to: Rect,
}

/// One viewer's view of a desktop.
#[derive(Debug)]
pub struct DesktopFeed {
    damage: Damage,
    /// Sent as JPEG, and not exactly since.
    refine: Damage,
    moves: Vec<Move>,
    is_key_due: bool,
    stream: Option<PixelStream>,
    /// The end of a stream that was given up while idle; goes before the next one.
    tail: Vec<u8>,
    sent: u64,
    acked: u64,
    changed_at: Instant,
    /// Nothing could be sent when it was last asked, whatever time it is.
    is_blocked: bool,
}

impl DesktopFeed {
    /// A feed that begins with a key frame.
    pub fn new(desktop: &Desktop, now: Instant) -> Self {
        Self {
            damage: Damage::none(desktop.size()),
            refine: Damage::none(desktop.size()),
            moves: Vec::new(),
            is_key_due: true,
            stream: None,
            tail: Vec::new(),
            sent: 0,
            acked: 0,
            changed_at: now,
            is_blocked: false,
        }
    }

    /// These pixels of the desktop differ now.
    pub fn note_changed(&mut self, rect: Rect, now: Instant) {
        self.changed_at = now;
        self.damage.add(rect);
    }

    /// These pixels of the desktop moved.
    pub fn note_moved(&mut self, from_x: u16, from_y: u16, to: Rect, now: Instant) {
        self.changed_at = now;
        if self.moves.len() >= MOST_COPIES {
            return self.damage.add(to);
        }
        let source = Rect {
            x: from_x,
            y: from_y,
            ..to
        };
        self.damage.follow(source, to);
        self.refine.follow(source, to);
        self.moves.push(Move { from_x, from_y, to });
    }

    /// The desktop has another size; what was sent before is worth nothing.
    pub fn note_resized(&mut self, size: DesktopSize, now: Instant) {
        self.changed_at = now;
        self.damage = Damage::none(size);
        self.refine = Damage::none(size);
        self.moves.clear();
        self.damage.add(size.rect());
    }

    /// Sends everything anew.
    pub const fn redraw(&mut self) {
        self.is_key_due = true;
    }

    /// Whether the viewer has, or is being sent, everything there is.
    pub const fn is_current(&self) -> bool {
        !self.is_key_due && self.damage.is_empty() && self.moves.is_empty()
    }

    /// Frames sent and not acknowledged.
    pub const fn in_flight(&self) -> u64 {
        self.sent - self.acked
    }

    /// The newest frame acknowledged.
    pub const fn acked(&self) -> u64 {
        self.acked
    }

    /// The viewer has drawn everything up to this frame.
    ///
    /// # Errors
    /// It was never sent, or a later one was acknowledged before.
    pub const fn on_ack(&mut self, seq: u64) -> Result<(), FrameAckError> {
        if seq > self.sent {
            let sent = self.sent;
            return Err(FrameAckError::NeverSent { acked: seq, sent });
        }
        if seq < self.acked {
            let before = self.acked;
            return Err(FrameAckError::Backwards { acked: seq, before });
        }
        self.acked = seq;
        Ok(())
    }

    /// When it wants to be asked again although nothing changes.
    pub fn wakes_at(&self) -> Option<Instant> {
        if self.is_blocked {
            return None;
        }
        if !self.refine.is_empty() {
            return Some(self.changed_at + QUIET);
        }
        self.stream.is_some().then(|| self.changed_at + IDLE)
    }

    /// The next frame; none while there is nothing to tell, the picture is half painted, or the
    /// viewer has enough to draw.
    pub fn next(&mut self, desktop: &Desktop, now: Instant) -> Option<DesktopFrame> {
        self.is_blocked = desktop.is_torn() || self.in_flight() >= MOST_IN_FLIGHT;
        if self.is_blocked {
            return None;
        }
        let is_key = std::mem::take(&mut self.is_key_due);
        if is_key {
            self.start_over(desktop);
        }
        if self.damage.is_empty() && self.moves.is_empty() {
            if self.changed_at + QUIET > now {
                return None;
            }
            if self.refine.is_empty() {
                self.rest(now);
                return None;
            }
            let refined = self.refine.take(MOST_REFINED);
            return self.frame(desktop, false, &refined, &Damage::none(desktop.size()));
        }
        let taken = self.damage.take(MOST_PIXELS);
        let (mut exact, mut photos) = (Damage::none(taken.size()), Damage::none(taken.size()));
        for part in taken.boxes() {
            if is_photo(&desktop.framebuffer, part) {
                photos.add(part);
                self.refine.add(part);
            } else {
                exact.add(part);
                self.refine.heal(part);
            }
        }
        self.frame(desktop, is_key, &exact, &photos)
    }

    fn start_over(&mut self, desktop: &Desktop) {
        self.note_resized(desktop.size(), self.changed_at);
        self.stream = None;
        self.tail.clear();
    }

    /// Frees what only matters while something changes.
    fn rest(&mut self, now: Instant) {
        if self.changed_at + IDLE <= now
            && let Some(stream) = self.stream.take()
        {
            match stream.finish() {
                Ok(end) => self.tail = end,
                Err(_) => self.is_key_due = true,
            }
        }
    }

    fn frame(
        &mut self,
        desktop: &Desktop,
        is_key: bool,
        exact: &Damage,
        photos: &Damage,
    ) -> Option<DesktopFrame> {
        let mut rects = exact.rects();
        let mut images = Vec::new();
        for rect in photos.rects() {
            match jpeg(&desktop.framebuffer, rect) {
                Some(file) => images.push(image(rect, file)),
                None => rects.push(rect),
            }
        }
        let Ok(pixels) = self.compress(desktop, &rects) else {
            // Without memory for a compressor there is no picture now; the next one is whole.
            self.is_key_due = true;
            return None;
        };
        self.sent += 1;
        let size = desktop.size();
        let moves = std::mem::take(&mut self.moves);
        Some(DesktopFrame {
            seq: self.sent,
            key: is_key,
            width: size.width().into(),
            height: size.height().into(),
            copies: moves.into_iter().flat_map(numbers_of).collect(),
            rects: rects
                .into_iter()
                .flat_map(|rect| [rect.x, rect.y, rect.width, rect.height].map(u32::from))
                .collect(),
            pixels: pixels.into(),
            images,
        })
    }

    fn compress(&mut self, desktop: &Desktop, rects: &[Rect]) -> io::Result<Vec<u8>> {
        if rects.is_empty() {
            return Ok(Vec::new());
        }
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => PixelStream::new()?,
        };
        for rect in rects {
            for row in desktop.framebuffer.rows(*rect) {
                stream.push(row)?;
            }
        }
        let mut bytes = std::mem::take(&mut self.tail);
        bytes.append(&mut stream.flush()?);
        self.stream = Some(stream);
        Ok(bytes)
    }
}

fn numbers_of(moved: Move) -> [u32; 6] {
    let Move { from_x, from_y, to } = moved;
    [from_x, from_y, to.x, to.y, to.width, to.height].map(u32::from)
}

fn image(rect: Rect, file: Vec<u8>) -> DesktopImage {
    DesktopImage {
        x: rect.x.into(),
        y: rect.y.into(),
        width: rect.width.into(),
        height: rect.height.into(),
        jpeg: file.into(),
    }
}
