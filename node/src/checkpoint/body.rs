//! The versioned body: protobuf, so that an old reader skips what it does not know.

use prost::Message as _;

/// Version of the meaning of the fields; raised only when an old reader would misread them.
const VERSION: u32 = 1;

/// Most terminal content kept, in bytes: several times a full screen with 1000 lines of history.
pub const MAX_TERMINAL_BYTES: usize = 1024 * 1024;

/// A body that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// Not protobuf of the expected shape.
    #[error("checkpoint does not decode")]
    Malformed(#[source] prost::DecodeError),
    /// Written by a newer program, with another meaning.
    #[error("checkpoint has version {found}, newer than {VERSION}")]
    TooNew {
        /// Its version.
        found: u32,
    },
}

/// What another node needs to resume a session.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Body {
    /// Version of the meaning of these fields.
    #[prost(uint32, tag = "1")]
    pub(crate) version: u32,
    /// The user the session belongs to.
    #[prost(string, tag = "2")]
    pub user: String,
    /// The stored target; empty for quick connect.
    #[prost(string, tag = "3")]
    pub target: String,
    /// Protocol spoken to the target.
    #[prost(string, tag = "4")]
    pub protocol: String,
    /// Host of the target, before resolution.
    #[prost(string, tag = "5")]
    pub host: String,
    /// Port of the target.
    #[prost(uint32, tag = "6")]
    pub port: u32,
    /// Title shown to users.
    #[prost(string, tag = "7")]
    pub title: String,
    /// Phase, as a stable code.
    #[prost(string, tag = "8")]
    pub phase: String,
    /// Columns of the terminal.
    #[prost(uint32, tag = "9")]
    pub cols: u32,
    /// Rows of the terminal.
    #[prost(uint32, tag = "10")]
    pub rows: u32,
    /// Screen and scrollback as one replayable write; empty until the first save.
    #[prost(bytes = "bytes", tag = "11")]
    pub terminal: bytes::Bytes,
    /// When the session was opened, UTC microseconds.
    #[prost(int64, tag = "12")]
    pub opened_at_us: i64,
}

impl Body {
    /// Bytes for the store.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = self.clone();
        body.version = VERSION;
        body.encode_to_vec()
    }

    /// Reads what [`Body::to_bytes`] wrote, in this version or an older one.
    ///
    /// # Errors
    /// Bytes that are no body, or one that this version would misread.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BodyError> {
        let body: Self = prost::Message::decode(bytes).map_err(BodyError::Malformed)?;
        if body.version > VERSION {
            let found = body.version;
            return Err(BodyError::TooNew { found });
        }
        Ok(body)
    }

    /// Takes new terminal content, unless it is larger than a checkpoint may be.
    pub fn set_terminal(&mut self, terminal: bytes::Bytes) {
        if terminal.len() <= MAX_TERMINAL_BYTES {
            self.terminal = terminal;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> Body {
        Body {
            title: "web 1".to_owned(),
            cols: 80,
            terminal: bytes::Bytes::from_static(b"\x1b[2Jhello"),
            ..Body::default()
        }
    }

    #[test]
    fn a_body_comes_back_as_it_was_written() {
        let read = Body::from_bytes(&body().to_bytes()).unwrap();
        assert_eq!((read.title.as_str(), read.cols), ("web 1", 80));
        assert_eq!(read.terminal, body().terminal);
    }

    #[test]
    fn fields_of_a_newer_writer_are_skipped() {
        let mut bytes = body().to_bytes();
        // Field 200, a string that this version does not know.
        bytes.extend_from_slice(&[0xc2, 0x0c, 3, b'n', b'e', b'w']);
        assert_eq!(Body::from_bytes(&bytes).unwrap().title, "web 1");
    }

    #[test]
    fn a_body_that_would_be_misread_is_refused() {
        let mut newer = body();
        newer.version = VERSION + 1;
        let bytes = newer.encode_to_vec();
        assert!(matches!(
            Body::from_bytes(&bytes),
            Err(BodyError::TooNew { found: 2 })
        ));
        assert!(matches!(
            Body::from_bytes(&[0xff; 9]),
            Err(BodyError::Malformed(_))
        ));
    }

    #[test]
    fn absurd_terminal_content_keeps_what_was_there() {
        let mut body = body();
        body.set_terminal(vec![0; MAX_TERMINAL_BYTES + 1].into());
        assert_eq!(body.terminal.len(), 9);
    }
}
