//! The decoder of one rectangle, whatever its encoding.

use bytes::BytesMut;
use shared::desktop::Rect;

use super::band::Band;
use super::hextile::Hextile;
use super::inflate::Streams;
use super::raw::Raw;
use super::tight::Tight;
use super::zrle::Zrle;
use crate::driver::vnc::broken::Broken;
use crate::driver::vnc::say::encoding;

/// How far a step got.
#[derive(Debug)]
pub(in super::super) enum Progress {
    /// More bytes are needed.
    Starved,
    /// Some rows are done; there is more.
    Band(Band),
    /// The rectangle is complete.
    Done,
}

/// A rectangle being decoded.
#[derive(Debug)]
pub(in super::super) enum Decoder {
    Raw(Raw),
    Hextile(Box<Hextile>),
    Zrle(Box<Zrle>),
    Tight(Box<Tight>),
}

impl Decoder {
    /// A decoder for an encoding of pixels; none for any other.
    pub(in super::super) fn new(code: i32, rect: Rect) -> Option<Self> {
        match code {
            encoding::RAW => Some(Self::Raw(Raw::new(rect))),
            encoding::HEXTILE => Some(Self::Hextile(Box::new(Hextile::new(rect)))),
            encoding::ZRLE => Some(Self::Zrle(Box::new(Zrle::new(rect)))),
            encoding::TIGHT => Some(Self::Tight(Box::new(Tight::new(rect)))),
            _ => None,
        }
    }

    /// Goes on as far as the input allows.
    pub(in super::super) fn step(
        &mut self,
        input: &mut BytesMut,
        streams: &mut Streams,
    ) -> Result<Progress, Broken> {
        match self {
            Self::Raw(raw) => Ok(raw.step(input)),
            Self::Hextile(hextile) => hextile.step(input),
            Self::Zrle(zrle) => zrle.step(input, streams),
            Self::Tight(tight) => tight.step(input, streams),
        }
    }
}
