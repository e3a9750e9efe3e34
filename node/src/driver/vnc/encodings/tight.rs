//! Tight: filtered rows in one of four zlib streams, one colour, or a JPEG (`rfbproto`, "Tight").

use bytes::{Bytes, BytesMut};
use shared::desktop::Rect;

use super::band::{Band, row_bytes, rows, rows_per_event};
use super::decoder::Progress;
use super::fill::Fill;
use super::inflate::{Inflater, Streams};
use super::jpeg;
use super::tight_filter::unfilter;
use super::tight_head::{self, Body, Filter, Rows};
use crate::driver::vnc::broken::Broken;
use crate::driver::vnc::wire::parse;

/// A Tight rectangle.
#[derive(Debug)]
pub(in super::super) struct Tight {
    rect: Rect,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Head,
    Fill(Fill),
    Jpeg(usize),
    Rows(Filtered),
    Done,
}

/// Filtered rows on their way to pixels.
#[derive(Debug)]
struct Filtered {
    rect: Rect,
    filter: Filter,
    stream: Option<u8>,
    /// Bytes on the wire still to come.
    left: usize,
    row: u16,
    /// Filtered bytes of the band under way, of which some are there.
    bytes: Vec<u8>,
    filled: usize,
    /// The row before the band, for the gradient.
    above: Vec<[u8; 3]>,
}

impl Tight {
    pub(super) const fn new(rect: Rect) -> Self {
        Self {
            rect,
            stage: Stage::Head,
        }
    }

    pub(super) fn step(
        &mut self,
        input: &mut BytesMut,
        streams: &mut Streams,
    ) -> Result<Progress, Broken> {
        if matches!(self.stage, Stage::Head) {
            let size = (usize::from(self.rect.width), usize::from(self.rect.height));
            let Some(head) = parse(input, |reader| tight_head::read(reader, size)) else {
                return Ok(Progress::Starved);
            };
            let head = head?;
            streams.reset_tight(head.resets);
            self.stage = match head.body {
                Body::Fill(pixel) => Stage::Fill(Fill::new(self.rect, pixel)),
                Body::Jpeg(length) => Stage::Jpeg(length),
                Body::Rows(rows) => Stage::Rows(Filtered::new(self.rect, rows)),
            };
        }
        match &mut self.stage {
            Stage::Head | Stage::Done => Ok(Progress::Done),
            Stage::Fill(fill) => Ok(fill.step()),
            Stage::Rows(rows) => rows.step(input, streams),
            Stage::Jpeg(length) if input.len() < *length => Ok(Progress::Starved),
            Stage::Jpeg(length) => {
                let picture = input.split_to(*length);
                self.stage = Stage::Done;
                jpeg::decode(&picture, self.rect).map(Progress::Band)
            }
        }
    }
}

impl Filtered {
    fn new(rect: Rect, Rows { filter, packed }: Rows) -> Self {
        let plain = filter.row_bytes(usize::from(rect.width)) * usize::from(rect.height);
        Self {
            rect,
            filter,
            stream: packed.map(|(stream, _)| stream),
            left: packed.map_or(plain, |(_, length)| length),
            row: 0,
            bytes: Vec::new(),
            filled: 0,
            above: Vec::new(),
        }
    }

    fn step(&mut self, input: &mut BytesMut, streams: &mut Streams) -> Result<Progress, Broken> {
        let mut stream = self.stream.and_then(|number| streams.tight(number));
        let rect = rows(self.rect, self.row, rows_per_event(self.rect));
        if rect.is_empty() {
            return self.finish(input, stream);
        }
        let width = usize::from(rect.width);
        let needed = self.filter.row_bytes(width) * usize::from(rect.height);
        self.bytes.resize(needed, 0);
        let room = self.bytes.get_mut(self.filled..).unwrap_or_default();
        self.filled += match &mut stream {
            Some(stream) => stream.fill(input, &mut self.left, room)?,
            None => take(input, &mut self.left, room),
        };
        if self.filled < needed {
            return if self.left == 0 || !input.is_empty() {
                Err(Broken::Corrupt("a Tight rectangle"))
            } else {
                Ok(Progress::Starved)
            };
        }
        let mut pixels = vec![0; row_bytes(rect) * usize::from(rect.height)];
        unfilter(
            &self.filter,
            width,
            &self.bytes,
            &mut self.above,
            &mut pixels,
        );
        self.filled = 0;
        self.row = self.row.saturating_add(rect.height);
        let rgbx = Bytes::from(pixels);
        Ok(Progress::Band(Band { rect, rgbx }))
    }

    fn finish(
        &mut self,
        input: &mut BytesMut,
        stream: Option<&mut Inflater>,
    ) -> Result<Progress, Broken> {
        let is_over = match stream {
            Some(stream) => stream.finish(input, &mut self.left)?,
            None => self.left == 0,
        };
        Ok(if is_over {
            Progress::Done
        } else {
            Progress::Starved
        })
    }
}

/// Moves plain bytes; returns how many.
fn take(input: &mut BytesMut, left: &mut usize, room: &mut [u8]) -> usize {
    let count = input.len().min(room.len()).min(*left);
    let taken = input.split_to(count);
    if let Some(place) = room.get_mut(..count) {
        place.copy_from_slice(&taken);
    }
    *left -= count;
    count
}
