//! Tests of a desktop as its viewers see it: changes in, frames out, the same picture at last.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use shared::desktop::{DesktopSize, PIXEL_BYTES, Rect};
use shared::frame::DesktopFrame;
use shared::time::{Clock as _, SystemClock};
use zstd::stream::raw::{Decoder, InBuffer, Operation as _, OutBuffer};

use super::{Desktop, DesktopFeed, FrameAckError};

/// Longer than any wait of a feed.
const LONG: Duration = Duration::from_mins(1);

fn size(width: u32, height: u32) -> DesktopSize {
    DesktopSize::checked(width, height).expect("sane")
}

const fn rect(x: u16, y: u16, width: u16, height: u16) -> Rect {
    Rect {
        x,
        y,
        width,
        height,
    }
}

/// What a browser does with frames.
struct Canvas {
    width: usize,
    pixels: Vec<u8>,
    decoder: Decoder<'static>,
    seq: u64,
    images: usize,
    copies: usize,
    bytes: usize,
}

impl Canvas {
    fn new() -> Self {
        Self {
            width: 0,
            pixels: Vec::new(),
            decoder: Decoder::new().unwrap(),
            seq: 0,
            images: 0,
            copies: 0,
            bytes: 0,
        }
    }

    fn draw(&mut self, frame: &DesktopFrame) {
        assert_eq!(frame.seq, self.seq + 1, "every frame, in order");
        self.seq = frame.seq;
        self.width = frame.width as usize;
        let count = self.width * frame.height as usize * PIXEL_BYTES;
        if frame.key || self.pixels.len() != count {
            self.pixels = vec![0; count];
        }
        if frame.key {
            self.decoder = Decoder::new().unwrap();
        }
        for &[x, y, to_x, to_y, width, height] in frame.copies.as_chunks::<6>().0 {
            let old = self.pixels.clone();
            for row in 0..height {
                let from = self.at(x, y + row)..self.at(x + width, y + row);
                let to = self.at(to_x, to_y + row);
                self.pixels[to..to + from.len()].copy_from_slice(&old[from]);
            }
            self.copies += 1;
        }
        let mut rows = self.inflate(frame).into_iter();
        for &[x, y, width, height] in frame.rects.as_chunks::<4>().0 {
            for row in y..y + height {
                let range = self.at(x, row)..self.at(x + width, row);
                for byte in &mut self.pixels[range] {
                    *byte = rows.next().expect("pixels for every rectangle");
                }
            }
        }
        assert_eq!(rows.next(), None, "no pixels left over");
        for image in &frame.images {
            assert_eq!(image.jpeg[..2], [0xff, 0xd8]);
            for row in image.y..image.y + image.height {
                let range = self.at(image.x, row)..self.at(image.x + image.width, row);
                self.pixels[range].fill(1);
            }
            self.images += 1;
        }
        self.bytes += frame.pixels.len();
    }

    fn at(&self, x: u32, y: u32) -> usize {
        (y as usize * self.width + x as usize) * PIXEL_BYTES
    }

    fn inflate(&mut self, frame: &DesktopFrame) -> Vec<u8> {
        let mut all = Vec::new();
        let mut input = InBuffer::around(&frame.pixels[..]);
        let mut piece = vec![0; 64 * 1024];
        loop {
            let mut output = OutBuffer::around(&mut piece[..]);
            self.decoder.run(&mut input, &mut output).unwrap();
            let count = output.pos();
            all.extend_from_slice(output.as_slice());
            if input.pos() == frame.pixels.len() && count < 64 * 1024 {
                return all;
            }
        }
    }
}

/// A desktop, one viewer and its canvas.
struct World {
    desktop: Desktop,
    feed: DesktopFeed,
    canvas: Canvas,
    now: Instant,
}

impl World {
    fn new(size: DesktopSize) -> Self {
        let (desktop, now) = (Desktop::new(size), SystemClock.instant());
        let feed = DesktopFeed::new(&desktop, now);
        Self {
            desktop,
            feed,
            canvas: Canvas::new(),
            now,
        }
    }

    fn paint(&mut self, rect: Rect, rgbx: &[u8]) {
        let (feed, now) = (&mut self.feed, self.now);
        self.desktop
            .paint(rect, rgbx, |changed| feed.note_changed(changed, now));
    }

    fn fill(&mut self, rect: Rect, shade: u8) {
        self.paint(rect, &[shade, shade, shade, 255].repeat(rect.pixels()));
    }

    fn noise(&mut self, rect: Rect) {
        let mut state = 1_u32;
        let mut byte = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_le_bytes()[3]
        };
        let pixels = (0..rect.pixels()).flat_map(|_| [byte(), byte(), byte(), 255]);
        self.paint(rect, &pixels.collect::<Vec<_>>());
    }

    fn copy(&mut self, from_x: u16, from_y: u16, to: Rect) {
        if self.desktop.copy(from_x, from_y, to) {
            self.feed.note_moved(from_x, from_y, to, self.now);
        }
    }

    /// Sends what there is to send; how many frames.
    fn pump(&mut self) -> usize {
        let mut count = 0;
        while let Some(frame) = self.feed.next(&self.desktop, self.now) {
            self.canvas.draw(&frame);
            count += 1;
        }
        count
    }

    /// Acknowledges and pumps until nothing is left.
    fn settle(&mut self) {
        self.desktop.mark_whole();
        while self.pump() > 0 {
            self.feed.on_ack(self.canvas.seq).unwrap();
        }
    }

    fn is_same(&self) -> bool {
        self.canvas.pixels == self.desktop.pixels()
    }
}

#[test]
fn a_viewer_starts_with_the_whole_picture() {
    let mut world = World::new(size(100, 70));
    world.fill(rect(10, 10, 80, 50), 9);
    world.settle();
    assert!(world.is_same());
    assert_eq!(world.canvas.seq, 1);
}

#[test]
fn a_static_desktop_costs_nothing() {
    let mut world = World::new(size(300, 200));
    world.fill(rect(0, 0, 300, 200), 50);
    world.settle();
    let (seq, bytes) = (world.canvas.seq, world.canvas.bytes);

    world.fill(rect(0, 0, 300, 200), 50);
    world.settle();

    assert_eq!((world.canvas.seq, world.canvas.bytes), (seq, bytes));
    assert!(world.feed.is_current());
}

#[test]
fn only_what_differs_is_sent() {
    let mut world = World::new(size(640, 400));
    world.settle();
    let mut screen = world.desktop.pixels().to_vec();
    let start = (130 * 640 + 70) * PIXEL_BYTES;
    screen[start..start + 3 * PIXEL_BYTES].fill(77);
    world.paint(rect(0, 0, 640, 400), &screen);
    world.desktop.mark_whole();

    let frame = world.feed.next(&world.desktop, world.now).expect("a frame");

    assert_eq!(frame.rects, [70, 130, 3, 1]);
}

#[test]
fn a_scroll_stays_a_copy() {
    let mut world = World::new(size(640, 400));
    world.noise(rect(0, 0, 640, 400));
    world.now += LONG;
    world.settle();
    world.now += LONG;
    world.settle();
    assert!(world.is_same(), "refined");
    let bytes = world.canvas.bytes;

    world.copy(0, 16, rect(0, 0, 640, 384));
    world.fill(rect(0, 384, 640, 16), 0);
    world.settle();

    assert!(world.is_same());
    assert_eq!(world.canvas.copies, 1);
    assert!(
        world.canvas.bytes - bytes < 200,
        "{}",
        world.canvas.bytes - bytes
    );
}

#[test]
fn photos_are_sent_roughly_at_once_and_exactly_when_it_is_quiet() {
    let mut world = World::new(size(640, 400));
    world.settle();
    world.noise(rect(100, 100, 300, 200));
    world.settle();
    assert!(world.canvas.images > 0 && !world.is_same());

    let due = world.feed.wakes_at().expect("a refinement is due");
    world.now = due;
    world.settle();

    assert!(world.is_same());
}

#[test]
fn a_half_painted_picture_is_not_shown() {
    let mut world = World::new(size(100, 100));
    world.fill(rect(0, 0, 100, 50), 1);
    assert_eq!(world.pump(), 0);
    world.desktop.mark_whole();
    assert_eq!(world.pump(), 1);
}

#[test]
fn a_viewer_that_draws_nothing_gets_three_frames_and_then_the_newest() {
    let mut world = World::new(size(100, 100));
    for shade in 0..100 {
        world.fill(rect(0, 0, 100, 100), shade);
        world.desktop.mark_whole();
        world.pump();
    }
    assert_eq!(world.canvas.seq, 3);

    world.feed.on_ack(1).unwrap();
    world.pump();

    assert_eq!(world.canvas.seq, 4);
    assert!(world.is_same(), "newest state wins");
}

#[test]
fn a_blocked_viewer_does_not_ask_to_be_looked_at() {
    let mut world = World::new(size(640, 400));
    world.noise(rect(0, 0, 640, 400));
    world.desktop.mark_whole();
    for _ in 0..3 {
        world.noise(rect(0, 0, 640, 400));
        world.fill(rect(0, 0, 10, 10), 3);
        world.desktop.mark_whole();
        world.pump();
        world.fill(rect(0, 0, 10, 10), 4);
    }
    assert_eq!(world.feed.in_flight(), 3);
    world.pump();
    assert_eq!(world.feed.wakes_at(), None, "time does not unblock it");
}

#[test]
fn absurd_acknowledgements_are_refused() {
    let mut world = World::new(size(100, 100));
    world.settle();
    let (acked, sent) = (u64::MAX, 1);
    assert_eq!(
        world.feed.on_ack(acked),
        Err(FrameAckError::NeverSent { acked, sent })
    );
    assert_eq!(
        world.feed.on_ack(0),
        Err(FrameAckError::Backwards {
            acked: 0,
            before: 1
        })
    );
}

#[test]
fn an_idle_viewer_gives_its_compressor_back_and_goes_on() {
    let mut world = World::new(size(100, 100));
    world.settle();
    world.now += LONG;
    world.settle();
    assert_eq!(world.feed.wakes_at(), None, "nothing left to free");

    world.fill(rect(5, 5, 20, 20), 200);
    world.settle();

    assert!(world.is_same());
    assert_eq!(world.canvas.seq, 2);
}

#[test]
fn a_large_desktop_comes_in_parts() {
    let mut world = World::new(size(7680, 4320));
    world.fill(rect(0, 4300, 7680, 20), 3);
    world.settle();
    assert!(world.canvas.seq > 10);
    assert!(world.is_same());
}

#[derive(Clone, Debug)]
enum Step {
    Paint(Rect, u8),
    Copy(u16, u16, Rect),
    Resize(u32, u32),
    Whole,
    Pump,
    Ack,
    Redraw,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let side = || 0_u16..220;
    let some_rect = (side(), side(), side(), side()).prop_map(|(x, y, w, h)| rect(x, y, w, h));
    let other_rect = (side(), side(), side(), side()).prop_map(|(x, y, w, h)| rect(x, y, w, h));
    prop_oneof![
        6 => (some_rect, 0_u8..4).prop_map(|(rect, shade)| Step::Paint(rect, shade)),
        6 => (side(), side(), other_rect).prop_map(|(x, y, to)| Step::Copy(x, y, to)),
        1 => (1_u32..250, 1_u32..250).prop_map(|(w, h)| Step::Resize(w, h)),
        6 => Just(Step::Whole),
        6 => Just(Step::Pump),
        6 => Just(Step::Ack),
        1 => Just(Step::Redraw),
        2 => (0_u64..20_000).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn every_history_ends_in_the_same_picture(steps in proptest::collection::vec(step(), 1..80)) {
        let mut world = World::new(size(200, 150));
        for step in steps {
            match step {
                Step::Paint(rect, shade) => world.fill(rect, shade),
                Step::Copy(x, y, to) => world.copy(x, y, to),
                Step::Resize(width, height) => {
                    world.desktop.resize(size(width, height));
                    world.feed.note_resized(size(width, height), world.now);
                }
                Step::Whole => world.desktop.mark_whole(),
                Step::Pump => { world.pump(); }
                Step::Ack => prop_assert_eq!(world.feed.on_ack(world.canvas.seq), Ok(())),
                Step::Redraw => world.feed.redraw(),
                Step::Wait(millis) => world.now += Duration::from_millis(millis),
            }
            prop_assert!(world.feed.in_flight() <= 3);
        }
        world.settle();
        world.now += LONG;
        world.settle();
        prop_assert!(world.is_same());
    }
}
