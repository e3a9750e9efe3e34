//! Whole conversations: every encoding gives its pixels, whatever the cuts; no bytes do harm.

use proptest::prelude::*;
use shared::desktop::{DesktopSize, MAX_CLIPBOARD, Rect};

use super::replay::{RfbReplay, replay_rfb};
use super::scribe::{Rgb, Scribe};
use crate::driver::DesktopEvent;

const WIDTH: u16 = 150;
const HEIGHT: u16 = 90;

/// One rectangle, and the seed of its pixels.
#[derive(Clone, Copy, Debug)]
struct Drawn {
    rect: Rect,
    kind: u8,
    seed: u8,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let place = (0..WIDTH, 0..HEIGHT, 1..=WIDTH, 1..=HEIGHT);
    (place, 0..10_u8, any::<u8>()).prop_map(|((x, y, width, height), kind, seed)| Drawn {
        rect: Rect {
            x,
            y,
            width: width.min(WIDTH - x),
            height: height.min(HEIGHT - y),
        },
        kind,
        seed,
    })
}

/// Pixels with runs, repetition and noise.
fn pixels(drawn: Drawn) -> Vec<Rgb> {
    let seed = usize::from(drawn.seed);
    let colour = |at: usize| -> Rgb {
        let (x, y) = (at % usize::from(drawn.rect.width), at / 97);
        let noise = if at % 13 > 8 { at * at } else { 0 };
        [x / 20 * seed, y * 31, noise + seed].map(|value| (value % 256) as u8)
    };
    (0..drawn.rect.pixels()).map(colour).collect()
}

/// A framebuffer, for the truth and for what came out.
#[derive(Clone, PartialEq, Eq)]
struct Picture(Vec<Rgb>);

impl Picture {
    fn black() -> Self {
        Self(vec![[0; 3]; usize::from(WIDTH) * usize::from(HEIGHT)])
    }

    fn paint(&mut self, rect: Rect, pixels: &[Rgb]) {
        for (row, line) in pixels.chunks(usize::from(rect.width)).enumerate() {
            let start = (usize::from(rect.y) + row) * usize::from(WIDTH) + usize::from(rect.x);
            self.0[start..start + line.len()].copy_from_slice(line);
        }
    }

    fn part(&self, rect: Rect) -> Vec<Rgb> {
        let rows = self.0.chunks(usize::from(WIDTH)).skip(usize::from(rect.y));
        let columns = usize::from(rect.x)..usize::from(rect.x) + usize::from(rect.width);
        rows.take(usize::from(rect.height))
            .flat_map(|row| row[columns.clone()].to_vec())
            .collect()
    }

    fn apply(&mut self, event: &DesktopEvent) {
        match event {
            DesktopEvent::Pixels { rect, rgbx } => {
                let (four, rest) = rgbx.as_chunks::<4>();
                assert!(rest.is_empty() && four.iter().all(|[.., spare]| *spare == 255));
                let pixels: Vec<Rgb> = four.iter().map(|[r, g, b, _]| [*r, *g, *b]).collect();
                self.paint(*rect, &pixels);
            }
            DesktopEvent::Copied { from_x, from_y, to } => {
                let from = Rect {
                    x: *from_x,
                    y: *from_y,
                    ..*to
                };
                let moved = self.part(from);
                self.paint(*to, &moved);
            }
            _ => {}
        }
    }
}

/// Writes one rectangle, and paints the truth.
fn write(scribe: &mut Scribe, truth: &mut Picture, drawn: Drawn) {
    let (rect, colours) = (drawn.rect, pixels(drawn));
    let palette: Vec<Rgb> = match drawn.kind {
        4 => vec![[1, 2, 3], [250, 251, 252]],
        _ => (0..200_u8)
            .map(|index| [index, drawn.seed, 255 - index])
            .collect(),
    };
    let count = palette.len();
    let indices: Vec<u8> = colours
        .iter()
        .map(|[r, g, b]| ((usize::from(*r) + usize::from(*g) + usize::from(*b)) % count) as u8)
        .collect();
    let indexed: Vec<Rgb> = indices
        .iter()
        .map(|index| palette[usize::from(*index)])
        .collect();
    match drawn.kind {
        0 => scribe.raw(rect, &colours),
        1 => scribe.fill(rect, [drawn.seed, 1, 2]),
        2 => scribe.tight(rect, &colours, drawn.seed % 4, drawn.seed > 200),
        3 => scribe.gradient(rect, &colours),
        4 | 5 => scribe.palette(rect, &palette, &indices),
        6 | 7 => scribe.zrle(rect, &colours),
        8 => scribe.hextile(rect, &colours),
        _ => scribe.copy(rect, WIDTH - rect.width, 0),
    }
    match drawn.kind {
        1 => truth.paint(rect, &vec![[drawn.seed, 1, 2]; rect.pixels()]),
        4 | 5 => truth.paint(rect, &indexed),
        9 => truth.apply(&DesktopEvent::Copied {
            from_x: WIDTH - rect.width,
            from_y: 0,
            to: rect,
        }),
        _ => truth.paint(rect, &colours),
    }
}

fn shown(replay: &RfbReplay) -> Picture {
    let mut picture = Picture::black();
    for event in &replay.events {
        picture.apply(event);
    }
    picture
}

/// What must hold whatever the server says.
fn check(replay: &RfbReplay) {
    let mut size: Option<DesktopSize> = None;
    for event in &replay.events {
        match event {
            DesktopEvent::Resized(new) => size = Some(*new),
            DesktopEvent::Pixels { rect, rgbx } => {
                assert!(rect.fits(size.unwrap()) && !rect.is_empty());
                assert_eq!(rgbx.len(), rect.pixels() * 4);
                assert!(rgbx.len() <= DesktopEvent::MAX_PIXEL_BYTES);
            }
            DesktopEvent::Copied { to, .. } => assert!(to.fits(size.unwrap())),
            DesktopEvent::ClipboardSet(text) => assert!(text.len() <= MAX_CLIPBOARD),
            _ => {}
        }
    }
    assert!(replay.said.len() < 2 * 1024 * 1024);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_cuts_of_any_drawing_give_its_pixels(
        drawings in prop::collection::vec(drawn(), 1..8),
        piece in 1_usize..3000,
    ) {
        let (mut scribe, mut truth) = (Scribe::new(WIDTH, HEIGHT), Picture::black());
        scribe.update(u16::try_from(drawings.len()).unwrap());
        for drawn in drawings {
            write(&mut scribe, &mut truth, drawn);
        }
        let whole = replay_rfb(&scribe.bytes, usize::MAX, false);
        prop_assert_eq!(&whole.ending, "");
        prop_assert_eq!(whole.waiting, 0);
        prop_assert_eq!(whole.events.last(), Some(&DesktopEvent::Updated));
        prop_assert!(shown(&whole) == truth);
        check(&whole);
        let cut = replay_rfb(&scribe.bytes, piece, false);
        prop_assert!(cut == whole);
    }

    #[test]
    fn damage_never_does_harm_and_cuts_never_matter(
        drawings in prop::collection::vec(drawn(), 1..4),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        piece in 1_usize..200,
    ) {
        let (mut scribe, mut truth) = (Scribe::new(WIDTH, HEIGHT), Picture::black());
        scribe.update(u16::try_from(drawings.len()).unwrap());
        for drawn in drawings {
            write(&mut scribe, &mut truth, drawn);
        }
        for (at, byte) in damage {
            let at = at.index(scribe.bytes.len());
            scribe.bytes[at] = byte;
        }
        let whole = replay_rfb(&scribe.bytes, usize::MAX, true);
        check(&whole);
        let cut = replay_rfb(&scribe.bytes, piece, true);
        prop_assert!(cut.agrees_with(&whole), "{} / {}", cut.ending, whole.ending);
    }

    #[test]
    fn noise_after_the_handshake_does_no_harm(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut scribe = Scribe::new(WIDTH, HEIGHT);
        scribe.bytes.extend(noise);
        let whole = replay_rfb(&scribe.bytes, usize::MAX, false);
        check(&whole);
        prop_assert!(replay_rfb(&scribe.bytes, 1, false).agrees_with(&whole));
    }
}

fn said(bytes: &[u8]) -> RfbReplay {
    replay_rfb(bytes, 1, true)
}

#[test]
fn each_version_agrees_on_security_in_its_own_way() {
    let init = |bytes: &mut Vec<u8>| {
        bytes.extend([0, 9, 0, 9]);
        bytes.extend([0; 20]);
    };
    for (version, types, proof, answer) in [
        (
            b"RFB 003.003\n",
            &[0, 0, 0, 1][..],
            &[][..],
            &b"RFB 003.003\n\x01"[..],
        ),
        (b"RFB 003.005\n", &[0, 0, 0, 1], &[], b"RFB 003.003\n\x01"),
        (b"RFB 003.007\n", &[1, 1], &[], b"RFB 003.007\n\x01\x01"),
        (
            b"RFB 003.008\n",
            &[1, 1],
            &[0, 0, 0, 0],
            b"RFB 003.008\n\x01\x01",
        ),
        (
            b"RFB 003.889\n",
            &[1, 1],
            &[0, 0, 0, 0],
            b"RFB 003.008\n\x01\x01",
        ),
        (
            b"RFB 005.000\n",
            &[1, 1],
            &[0, 0, 0, 0],
            b"RFB 003.008\n\x01\x01",
        ),
    ] {
        let mut bytes = version.to_vec();
        bytes.extend(types);
        bytes.extend(proof);
        init(&mut bytes);
        let replay = said(&bytes);
        assert_eq!(replay.ending, "", "{version:?}");
        assert_eq!(replay.events.len(), 1, "{version:?}");
        assert!(
            replay.said.starts_with(answer),
            "{version:?}: {:?}",
            replay.said
        );
    }
}

#[test]
fn plain_vencrypt_sends_name_and_password() {
    let mut bytes = b"RFB 003.008\n\x01\x13\x00\x02\x00\x02".to_vec();
    bytes.extend([0, 0, 1, 2, 0, 0, 1, 0]);
    let replay = said(&bytes);
    let expected = b"RFB 003.008\n\x13\x00\x02\0\0\x01\0\0\0\0\x04\0\0\0\x08userpassword";
    assert_eq!(replay.said, expected);
}

#[test]
fn refusals_are_told_in_the_servers_words() {
    for (bytes, ending) in [
        (
            &b"RFB 003.008\n\0\0\0\0\x03no!"[..],
            "the server refuses connections: no!",
        ),
        (
            b"RFB 003.003\n\0\0\0\0\0\0\0\x03no!",
            "the server refuses connections: no!",
        ),
        (
            b"RFB 003.008\n\x01\x01\0\0\0\x01\0\0\0\x02\x1b!",
            "the server refused the sign-in: !",
        ),
        (
            b"RFB 003.007\n\x01\x02____________ ___\0\0\0\x02",
            "the server refused the sign-in: too many attempts",
        ),
        (
            b"RFB 003.008\n\0\xff\0\0\0",
            "the reason of a refusal is too long",
        ),
        (b"SSH-2.0", "it does not speak RFB"),
        (
            b"RFB 003.008\n\x01\x1e",
            "no security type in common; it offers Apple Remote Desktop",
        ),
    ] {
        assert_eq!(said(bytes).ending, ending);
    }
}

#[test]
fn messages_without_pixels_are_understood() {
    let size = |width, height| Rect {
        x: 0,
        y: 0,
        width,
        height,
    };
    let mut scribe = Scribe::new(100, 50);
    scribe.bytes.extend([2, 1, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6]);
    scribe.bytes.extend([3, 0, 0, 0, 0, 0, 0, 2, b'h', 0xe9]);
    scribe.bytes.extend([248, 0, 0, 0, 0x80, 0, 0, 1, 2, 7, 8]);
    scribe.bytes.push(150);
    scribe.update(0xffff);
    scribe.header(size(0, 0), -258);
    scribe.header(size(0, 0), -261);
    scribe.bytes.push(0b110);
    scribe.header(size(0, 0), -307);
    scribe.bytes.extend([0, 0, 0, 2, b'n', b'\n']);
    scribe.header(size(60, 40), -308);
    scribe.bytes.extend([0, 0, 0, 0]);
    scribe.header(size(30, 20), -223);
    scribe.header(size(0, 0), -224);
    let replay = said(&scribe.bytes);

    assert_eq!(replay.ending, "");
    let resized =
        |width, height| DesktopEvent::Resized(DesktopSize::checked(width, height).unwrap());
    let expected = [
        resized(100, 50),
        DesktopEvent::Bell,
        DesktopEvent::ClipboardSet("hé".to_owned()),
        DesktopEvent::LedsChanged {
            scroll_lock: false,
            num_lock: true,
            caps_lock: true,
        },
        DesktopEvent::Named("n".to_owned()),
        resized(60, 40),
        resized(30, 20),
        DesktopEvent::Updated,
    ];
    assert_eq!(replay.events, expected);
    let fence = [248, 0, 0, 0, 0, 0, 0, 1, 2, 7, 8];
    let continuous = [150, 1, 0, 0, 0, 0, 0, 30, 0, 20];
    for message in [&fence[..], &continuous] {
        let is_said = replay
            .said
            .windows(message.len())
            .any(|part| part == message);
        assert!(is_said, "{message:?}");
    }
}

#[test]
fn what_is_absurd_ends_the_conversation() {
    let rect = |x, width| Rect {
        x,
        y: 0,
        width,
        height: 50,
    };
    let outside = |scribe: &mut Scribe| scribe.fill(rect(1, 100), [0; 3]);
    let from_outside = |scribe: &mut Scribe| scribe.copy(rect(0, 100), 1, 0);
    let unasked = |scribe: &mut Scribe| scribe.header(rect(0, 1), 6);
    let empty = |scribe: &mut Scribe| scribe.header(rect(0, 0), -223);
    let huge = |scribe: &mut Scribe| scribe.header(rect(0, 60_000), -223);
    let over_and_over = |scribe: &mut Scribe| {
        for _ in 0..17 {
            scribe.fill(rect(0, 100), [0; 3]);
        }
    };
    for (wrong, ending) in [
        (
            &outside as &dyn Fn(&mut Scribe),
            "a rectangle lies outside of the desktop",
        ),
        (&from_outside, "a rectangle lies outside of the desktop"),
        (&unasked, "encoding 6 was not asked for"),
        (&empty, "the desktop's size, 0 × 50, is not supported"),
        (&huge, "the desktop's size, 60000 × 50, is not supported"),
        (
            &over_and_over,
            "one update paints far more than the desktop",
        ),
    ] {
        let mut scribe = Scribe::new(100, 50);
        scribe.update(17);
        wrong(&mut scribe);
        let replay = said(&scribe.bytes);
        assert_eq!(replay.ending, ending);
        check(&replay);
    }
}
