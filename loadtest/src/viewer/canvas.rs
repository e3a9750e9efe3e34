//! What a page draws of a desktop, in memory: so that tests can compare pixels and benches count
//! frames. Photo-like parts are not decoded; they are grey until they come exactly.

use anyhow::Context as _;
use shared::desktop::PIXEL_BYTES;
use shared::frame::DesktopFrame;
use zstd::stream::raw::{Decoder, InBuffer, Operation as _, OutBuffer};

/// Pixels are inflated in pieces of this size, in bytes.
const PIECE: usize = 256 * 1024;

/// A desktop as one viewer sees it.
pub struct Canvas {
    /// Width, in pixels.
    pub width: usize,
    /// Height, in pixels.
    pub height: usize,
    /// Rows of pixels, four bytes each.
    pub pixels: Vec<u8>,
    /// The newest frame drawn.
    pub seq: u64,
    /// Frames, moves and photo-like rectangles drawn.
    pub frames: u64,
    /// Moves drawn.
    pub copies: u64,
    /// Photo-like rectangles drawn.
    pub images: u64,
    /// Bytes of frames received.
    pub bytes: u64,
    decoder: Decoder<'static>,
}

impl std::fmt::Debug for Canvas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Canvas")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

impl Canvas {
    /// Nothing drawn yet.
    ///
    /// # Errors
    /// There is no memory for a decompressor.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            width: 0,
            height: 0,
            pixels: Vec::new(),
            seq: 0,
            frames: 0,
            copies: 0,
            images: 0,
            bytes: 0,
            decoder: Decoder::new()?,
        })
    }

    /// One pixel: red, green, blue.
    pub fn pixel(&self, x: usize, y: usize) -> Option<[u8; 3]> {
        let at = (y * self.width + x) * PIXEL_BYTES;
        match self.pixels.get(at..at + 3)? {
            &[red, green, blue] => Some([red, green, blue]),
            _ => None,
        }
    }

    /// Draws a frame.
    ///
    /// # Errors
    /// The node broke the protocol: a frame out of turn, a rectangle outside, too few pixels.
    pub fn draw(&mut self, frame: &DesktopFrame) -> anyhow::Result<()> {
        anyhow::ensure!(
            frame.seq == self.seq + 1,
            "frame {} after {}",
            frame.seq,
            self.seq
        );
        self.seq = frame.seq;
        (self.width, self.height) = (frame.width as usize, frame.height as usize);
        let count = self.width * self.height * PIXEL_BYTES;
        if frame.key {
            self.decoder = Decoder::new()?;
        }
        if frame.key || self.pixels.len() != count {
            self.pixels = vec![0; count];
        }
        for moved in frame.copies.chunks_exact(6) {
            self.copy(moved)?;
        }
        let pixels = self.inflate(&frame.pixels)?;
        let mut rest = &pixels[..];
        for rect in frame.rects.chunks_exact(4) {
            rest = self.paint(rect, rest)?;
        }
        anyhow::ensure!(rest.is_empty(), "{} bytes of pixels too many", rest.len());
        for image in &frame.images {
            let rect = [image.x, image.y, image.width, image.height];
            let grey = vec![127; image.width as usize * image.height as usize * PIXEL_BYTES];
            self.paint(&rect, &grey)?;
        }
        self.frames += 1;
        self.copies += frame.copies.len() as u64 / 6;
        self.images += frame.images.len() as u64;
        self.bytes += prost::Message::encoded_len(frame) as u64;
        Ok(())
    }

    fn copy(&mut self, moved: &[u32]) -> anyhow::Result<()> {
        let &[from_x, from_y, to_x, to_y, width, height] = moved else {
            anyhow::bail!("a move has six numbers");
        };
        let old = self.pixels.clone();
        for row in 0..height {
            let from = self.range(from_x, from_y + row, width);
            let to = self.range(to_x, to_y + row, width);
            let source = old.get(from).context("a move from outside")?;
            let target = self.pixels.get_mut(to).context("a move to outside")?;
            target.copy_from_slice(source);
        }
        Ok(())
    }

    fn paint<'p>(&mut self, rect: &[u32], mut pixels: &'p [u8]) -> anyhow::Result<&'p [u8]> {
        let &[x, y, width, height] = rect else {
            anyhow::bail!("a rectangle has four numbers");
        };
        for row in y..y + height {
            let range = self.range(x, row, width);
            let (row, rest) = pixels
                .split_at_checked(range.len())
                .context("too few pixels")?;
            let target = self.pixels.get_mut(range).context("a rectangle outside")?;
            target.copy_from_slice(row);
            pixels = rest;
        }
        Ok(pixels)
    }

    const fn range(&self, x: u32, y: u32, width: u32) -> std::ops::Range<usize> {
        let start = (y as usize * self.width + x as usize) * PIXEL_BYTES;
        start..start + width as usize * PIXEL_BYTES
    }

    fn inflate(&mut self, bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut all = Vec::new();
        let mut piece = vec![0; PIECE];
        let mut input = InBuffer::around(bytes);
        loop {
            let mut output = OutBuffer::around(&mut piece[..]);
            self.decoder.run(&mut input, &mut output)?;
            let count = output.as_slice().len();
            all.extend_from_slice(output.as_slice());
            if input.pos() == bytes.len() && count < PIECE {
                return Ok(all);
            }
        }
    }
}
