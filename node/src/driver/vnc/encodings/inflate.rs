//! zlib streams that go on from rectangle to rectangle, inflated into buffers of known size.

use std::fmt;

use bytes::{Buf as _, BytesMut};
use flate2::{Decompress, FlushDecompress};

use crate::driver::vnc::broken::Broken;

const DAMAGED: Broken = Broken::Corrupt("compressed data");

/// One zlib stream.
pub(in super::super) struct Inflater {
    zlib: Decompress,
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inflater({} bytes out)", self.zlib.total_out())
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self {
            zlib: Decompress::new(true),
        }
    }
}

impl Inflater {
    /// Inflates into `room` from at most `left` bytes of `input`; both are used up as far as
    /// possible. Returns the bytes written, less than there is room for only when input is missing.
    pub(super) fn fill(
        &mut self,
        input: &mut BytesMut,
        left: &mut usize,
        room: &mut [u8],
    ) -> Result<usize, Broken> {
        let mut written = 0;
        while let Some(free) = room.get_mut(written..).filter(|free| !free.is_empty()) {
            let given = input.get(..*left).unwrap_or(input);
            let (used, made) = self.step(given, free)?;
            input.advance(used);
            *left -= used;
            written += made;
            if (used, made) == (0, 0) {
                break;
            }
        }
        Ok(written)
    }

    /// Uses up the rest of a rectangle's bytes, which must inflate to nothing; true when all of
    /// them have come.
    pub(super) fn finish(
        &mut self,
        input: &mut BytesMut,
        left: &mut usize,
    ) -> Result<bool, Broken> {
        let mut nothing = [0];
        if self.fill(input, left, &mut nothing)? > 0 {
            return Err(Broken::TooLong("compressed data"));
        }
        if *left > 0 && !input.is_empty() {
            return Err(DAMAGED);
        }
        Ok(*left == 0)
    }

    fn step(&mut self, given: &[u8], room: &mut [u8]) -> Result<(usize, usize), Broken> {
        let (before_in, before_out) = (self.zlib.total_in(), self.zlib.total_out());
        self.zlib
            .decompress(given, room, FlushDecompress::None)
            .map_err(|_zlib_says_no_more_than_that| DAMAGED)?;
        let count = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
        let used = count(self.zlib.total_in(), before_in).min(given.len());
        let made = count(self.zlib.total_out(), before_out).min(room.len());
        Ok((used, made))
    }
}

/// Inflates a whole stream of its own into at most `most` bytes.
pub(in super::super) fn inflate_all(compressed: &[u8], most: usize) -> Result<Vec<u8>, Broken> {
    const STEP: usize = 16 * 1024;
    let mut inflater = Inflater::default();
    let mut input = BytesMut::from(compressed);
    let mut left = compressed.len();
    let mut whole = Vec::new();
    loop {
        let filled = whole.len();
        whole.resize(filled + STEP, 0);
        let room = whole.get_mut(filled..).unwrap_or_default();
        let made = inflater.fill(&mut input, &mut left, room)?;
        whole.truncate(filled + made);
        if whole.len() > most {
            return Err(Broken::TooLong("compressed data"));
        }
        if made < STEP {
            return Ok(whole);
        }
    }
}

/// The streams of one connection; made when first used, 40 KB each.
#[derive(Debug, Default)]
pub(in super::super) struct Streams {
    tight: [Option<Box<Inflater>>; 4],
    zrle: Option<Box<Inflater>>,
    /// Room for inflated bytes between rectangles, so that small ones need none of their own.
    pub(super) room: Vec<u8>,
}

impl Streams {
    pub(super) fn zrle(&mut self) -> &mut Inflater {
        self.zrle.get_or_insert_default()
    }

    /// One of Tight's four streams; beyond those there is none.
    pub(super) fn tight(&mut self, number: u8) -> Option<&mut Inflater> {
        let stream = self.tight.get_mut(usize::from(number))?;
        Some(stream.get_or_insert_default())
    }

    /// Starts those of Tight's streams anew whose bit is set.
    pub(super) fn reset_tight(&mut self, bits: u8) {
        for (number, stream) in self.tight.iter_mut().enumerate() {
            if bits & (1 << number) != 0 {
                *stream = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.flush().unwrap();
        encoder.get_ref().clone()
    }

    #[test]
    fn a_stream_is_inflated_whatever_the_cuts_and_ends_exactly() {
        let plain: Vec<u8> = (0..100_000_u32).flat_map(u32::to_be_bytes).collect();
        let packed = deflate(&plain);
        let (mut inflater, mut left) = (Inflater::default(), packed.len());
        let (mut input, mut room, mut filled) = (BytesMut::new(), vec![0; plain.len()], 0);
        for piece in packed.chunks(13) {
            input.extend_from_slice(piece);
            filled += inflater
                .fill(&mut input, &mut left, &mut room[filled..])
                .unwrap();
        }
        assert_eq!((filled, room == plain), (plain.len(), true));
        assert_eq!(inflater.finish(&mut input, &mut left), Ok(true));
    }

    #[test]
    fn more_than_there_is_room_for_is_refused() {
        let packed = deflate(&vec![0; 4 * 1024 * 1024]);
        assert!(packed.len() < 40_000);
        let refused = inflate_all(&packed, 1000);
        assert_eq!(refused, Err(Broken::TooLong("compressed data")));
        assert_eq!(
            inflate_all(&packed, 4 * 1024 * 1024).unwrap().len(),
            4 << 20
        );
        assert!(inflate_all(b"no zlib at all", 1000).is_err());
    }
}
