//! Bytes ⇄ frames: bounded, and the same for every peer.

use bytes::Bytes;
use prost::Message;

use super::generated::{ClientFrame, ServerFrame};

/// Largest frame a viewer may send, in bytes: a full input window plus headers.
pub const MAX_CLIENT_FRAME: usize = 72 * 1024;

/// Bytes that are not a frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Longer than [`MAX_CLIENT_FRAME`].
    #[error("frame of {size} bytes is over the limit of {MAX_CLIENT_FRAME}")]
    TooLarge {
        /// Size of what arrived, in bytes.
        size: usize,
    },
    /// Not protobuf of the expected shape.
    #[error("frame does not decode")]
    Malformed(#[source] prost::DecodeError),
    /// No body that this version knows.
    #[error("frame has no known body")]
    Empty,
}

/// Decodes what a viewer sent.
///
/// # Errors
/// Oversize, malformed or bodiless frames; the caller closes the socket.
pub fn decode_client(bytes: Bytes) -> Result<super::client_frame::Body, FrameError> {
    if bytes.len() > MAX_CLIENT_FRAME {
        return Err(FrameError::TooLarge { size: bytes.len() });
    }
    let frame = ClientFrame::decode(bytes).map_err(FrameError::Malformed)?;
    frame.body.ok_or(FrameError::Empty)
}

/// Decodes what a node sent; used by the load generator and tests.
///
/// # Errors
/// Malformed or bodiless frames.
pub fn decode_server(bytes: Bytes) -> Result<super::server_frame::Body, FrameError> {
    let frame = ServerFrame::decode(bytes).map_err(FrameError::Malformed)?;
    frame.body.ok_or(FrameError::Empty)
}

/// Encodes a frame into one message.
pub fn encode(frame: &impl Message) -> Bytes {
    frame.encode_to_vec().into()
}
