//! One viewer's zstd stream: a window over everything it has been sent, so that what moved or came
//! back costs next to nothing.

use std::io;

use zstd::stream::raw::{CParameter, Encoder, InBuffer, Operation as _, OutBuffer};

/// Compression level: more costs a core and gains little on screens.
const LEVEL: i32 = 1;

/// Window of the stream, as a power of two, in bytes: 4 MiB hold a 720p screen.
const WINDOW_LOG: u32 = 22;

/// Output is taken in pieces of this size, in bytes.
const PIECE: usize = 64 * 1024;

/// A stream of pixels, flushed at the end of each frame.
pub(super) struct PixelStream {
    encoder: Encoder<'static>,
    out: Vec<u8>,
    piece: Box<[u8]>,
}

impl std::fmt::Debug for PixelStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PixelStream").finish_non_exhaustive()
    }
}

impl PixelStream {
    /// A new zstd frame.
    ///
    /// # Errors
    /// There is no memory for it.
    pub(super) fn new() -> io::Result<Self> {
        let mut encoder = Encoder::new(LEVEL)?;
        encoder.set_parameter(CParameter::WindowLog(WINDOW_LOG))?;
        encoder.set_parameter(CParameter::EnableLongDistanceMatching(true))?;
        encoder.set_parameter(CParameter::ChecksumFlag(false))?;
        Ok(Self {
            encoder,
            out: Vec::new(),
            piece: vec![0; PIECE].into_boxed_slice(),
        })
    }

    /// Compresses some bytes.
    ///
    /// # Errors
    /// The compressor fails; the stream is of no use any more.
    pub(super) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut input = InBuffer::around(bytes);
        while input.pos() < bytes.len() {
            let mut output = OutBuffer::around(&mut *self.piece);
            self.encoder.run(&mut input, &mut output)?;
            self.out.extend_from_slice(output.as_slice());
        }
        Ok(())
    }

    /// Everything pushed so far can be decompressed from what this returns and came before.
    ///
    /// # Errors
    /// As [`PixelStream::push`].
    pub(super) fn flush(&mut self) -> io::Result<Vec<u8>> {
        loop {
            let mut output = OutBuffer::around(&mut *self.piece);
            let left = self.encoder.flush(&mut output)?;
            self.out.extend_from_slice(output.as_slice());
            if left == 0 {
                return Ok(std::mem::take(&mut self.out));
            }
        }
    }

    /// Ends the zstd frame; another stream may follow it.
    ///
    /// # Errors
    /// As [`PixelStream::push`].
    pub(super) fn finish(mut self) -> io::Result<Vec<u8>> {
        loop {
            let mut output = OutBuffer::around(&mut *self.piece);
            let left = self.encoder.finish(&mut output, true)?;
            self.out.extend_from_slice(output.as_slice());
            if left == 0 {
                return Ok(self.out);
            }
        }
    }
}
