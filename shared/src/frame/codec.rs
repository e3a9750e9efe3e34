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

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::client_frame::Body as FromViewer;
    use super::super::server_frame::Body as FromNode;
    use super::super::{Ack, Attach, Input, Output, Pong, Resize};
    use super::*;

    fn from_viewer() -> impl Strategy<Value = FromViewer> {
        let bytes = || vec(any::<u8>(), 0..200).prop_map(Bytes::from);
        let attach = (any::<u32>(), bytes(), any::<Option<u64>>(), any::<bool>());
        prop_oneof![
            attach.prop_map(|(cols, ticket, resume_offset_bytes, read_only)| {
                FromViewer::Attach(Attach {
                    ticket,
                    resume_offset_bytes,
                    cols,
                    read_only,
                    ..Attach::default()
                })
            }),
            (any::<u64>(), bytes())
                .prop_map(|(offset_bytes, data)| FromViewer::Input(Input { offset_bytes, data })),
            (any::<u32>(), any::<u32>())
                .prop_map(|(cols, rows)| FromViewer::Resize(Resize { cols, rows })),
            any::<u64>().prop_map(|offset_bytes| FromViewer::Ack(Ack { offset_bytes })),
            any::<u64>().prop_map(|nonce| FromViewer::Pong(Pong { nonce })),
        ]
    }

    /// A field that no version of ours has: its key, then a length and bytes.
    fn unknown_field(number: u32, content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        prost::encoding::encode_varint(u64::from(number << 3 | 2), &mut bytes);
        prost::encoding::encode_varint(content.len() as u64, &mut bytes);
        bytes.extend_from_slice(content);
        bytes
    }

    proptest! {
        #[test]
        fn what_a_viewer_says_comes_back_the_same(body in from_viewer()) {
            let bytes = encode(&ClientFrame { body: Some(body.clone()) });
            prop_assert_eq!(decode_client(bytes).unwrap(), body);
        }

        #[test]
        fn what_a_node_says_comes_back_the_same(offset in any::<u64>(), data in vec(any::<u8>(), 0..999)) {
            let output = Output { offset_bytes: offset, data: data.into() };
            let body = FromNode::Output(output);
            let bytes = encode(&ServerFrame { body: Some(body.clone()) });
            prop_assert_eq!(decode_server(bytes).unwrap(), body);
        }

        #[test]
        fn unknown_fields_are_skipped_wherever_they_stand(
            body in from_viewer(),
            number in 100_u32..10_000,
            content in vec(any::<u8>(), 0..50),
            is_first in any::<bool>(),
        ) {
            let known = encode(&ClientFrame { body: Some(body.clone()) });
            let unknown = unknown_field(number, &content);
            let parts = if is_first { [&unknown[..], &known] } else { [&known[..], &unknown] };
            prop_assert_eq!(decode_client(parts.concat().into()).unwrap(), body);
        }

        #[test]
        fn a_frame_of_a_newer_peer_is_empty_and_not_malformed(
            number in 100_u32..10_000,
            content in vec(any::<u8>(), 0..50),
        ) {
            let bytes = Bytes::from(unknown_field(number, &content));
            prop_assert!(matches!(decode_client(bytes.clone()), Err(FrameError::Empty)));
            prop_assert!(matches!(decode_server(bytes), Err(FrameError::Empty)));
        }

        #[test]
        fn random_bytes_are_a_frame_or_an_error_and_never_a_panic(bytes in vec(any::<u8>(), 0..2000)) {
            let bytes = Bytes::from(bytes);
            drop(decode_client(bytes.clone()));
            drop(decode_server(bytes));
        }

        #[test]
        fn a_cut_frame_is_no_other_frame(body in from_viewer(), cut in any::<prop::sample::Index>()) {
            let whole = encode(&ClientFrame { body: Some(body.clone()) });
            let part = whole.slice(..cut.index(whole.len()));
            prop_assert!(decode_client(part).map_or(true, |decoded| decoded != body));
        }
    }

    #[test]
    fn nothing_is_no_frame() {
        let nothing = decode_client(Bytes::new());
        assert!(matches!(nothing, Err(FrameError::Empty)), "{nothing:?}");
        let nothing = decode_server(Bytes::new());
        assert!(matches!(nothing, Err(FrameError::Empty)), "{nothing:?}");
    }

    #[test]
    fn the_largest_frame_is_taken_and_one_byte_more_is_not() {
        let of = |data: usize| {
            let data = Bytes::from(vec![7; data]);
            let body = FromViewer::Input(Input {
                offset_bytes: 0,
                data,
            });
            encode(&ClientFrame { body: Some(body) })
        };
        let overhead = of(MAX_CLIENT_FRAME).len() - MAX_CLIENT_FRAME;
        let largest = of(MAX_CLIENT_FRAME - overhead);
        assert_eq!(largest.len(), MAX_CLIENT_FRAME);
        assert!(decode_client(largest).is_ok());
        let refused = decode_client(of(MAX_CLIENT_FRAME - overhead + 1));
        let is_named = matches!(
            refused,
            Err(FrameError::TooLarge { size }) if size == MAX_CLIENT_FRAME + 1
        );
        assert!(is_named, "{refused:?}");
    }
}
