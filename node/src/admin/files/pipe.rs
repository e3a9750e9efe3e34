//! From a file at the target to the body of an answer, a few chunks ahead of the socket.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::trouble::code;
use crate::driver::{BoxReader, FileError};

/// Chunks between reader and socket. The reader asks for a megabyte ahead by itself; these only
/// carry it over the moments in which the socket is busy.
pub(super) const CHUNKS: usize = 4;

/// Patience with a browser that sends nothing, and with one that takes the next piece too slowly. One
/// that takes nothing at all is cut by the kernel long before (`http::stall`, 45 s).
pub(super) const STALL: Duration = Duration::from_mins(10);

/// The body ends here, before its end; the connection is cut so that the browser notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the transfer broke off at the target")]
pub(super) struct Broken;

/// What goes to the socket.
pub(super) type Piece = Result<Bytes, Broken>;

/// The browser has left or takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gone;

/// Hands a piece to the socket.
pub(super) async fn give(out: &mpsc::Sender<Piece>, piece: Piece) -> Result<(), Gone> {
    out.send_timeout(piece, STALL).await.map_err(|_left| Gone)
}

/// A file that is being read: at most so many bytes, the first of them already here.
pub(super) struct Source {
    reader: BoxReader,
    ready: Option<Bytes>,
    left: u64,
}

impl Source {
    /// Reads the first chunk, so that a file that cannot be read is refused and not cut off.
    /// A file that grows meanwhile ends after `most` bytes.
    pub(super) async fn start(reader: BoxReader, most: u64) -> Result<Self, FileError> {
        let mut source = Self {
            reader,
            ready: None,
            left: most,
        };
        source.ready = source.fetch().await?;
        Ok(source)
    }

    /// Whether there is nothing at all.
    pub(super) const fn is_empty(&self) -> bool {
        self.ready.is_none()
    }

    /// The next chunk; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, FileError> {
        match self.ready.take() {
            Some(chunk) => Ok(Some(chunk)),
            None => self.fetch().await,
        }
    }

    async fn fetch(&mut self) -> Result<Option<Bytes>, FileError> {
        if self.left == 0 {
            return Ok(None);
        }
        let Some(mut chunk) = self.reader.read().await? else {
            return Ok(None);
        };
        chunk.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.left = self.left.saturating_sub(length);
        Ok(Some(chunk))
    }
}

/// What became of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// Bytes handed to the socket.
    pub(super) bytes: u64,
    /// Why not all of them.
    pub(super) problem: Option<&'static str>,
}

/// The browser went away before the end.
pub(super) const CUT_OFF: &str = "cut_off";

/// The file got shorter while it was read.
const SHORTER: &str = "file_changed";

/// Sends a source; `expected` bytes are promised to the browser, when the length is known.
pub(super) async fn pump(
    mut source: Source,
    expected: Option<u64>,
    out: mpsc::Sender<Piece>,
) -> Sent {
    let mut bytes = 0_u64;
    let problem = loop {
        let next = tokio::select! {
            next = source.next() => next,
            () = out.closed() => break Some(CUT_OFF),
        };
        let (piece, problem) = match next {
            Ok(Some(chunk)) => (Ok(chunk), None),
            Ok(None) if expected.is_none_or(|expected| expected == bytes) => break None,
            Ok(None) => (Err(Broken), Some(SHORTER)),
            Err(error) => (Err(Broken), Some(code(&error))),
        };
        let length = piece.as_ref().map_or(0, Bytes::len);
        if give(&out, piece).await.is_err() {
            break Some(CUT_OFF);
        }
        bytes = bytes.saturating_add(u64::try_from(length).unwrap_or(0));
        if problem.is_some() {
            break problem;
        }
    };
    Sent { bytes, problem }
}

#[cfg(test)]
mod tests {
    use super::super::memory::Memory;
    use super::*;
    use crate::driver::Files as _;

    async fn source(content: &str, most: u64) -> Source {
        let memory = Memory::new();
        memory.put("/f", content);
        let reader = memory.open("/f", 0).await.unwrap();
        Source::start(reader, most).await.unwrap()
    }

    async fn collect(source: Source, expected: Option<u64>) -> (Vec<Piece>, Sent) {
        let (out, mut pieces) = mpsc::channel(CHUNKS);
        let gather = async {
            let mut all = Vec::new();
            while let Some(piece) = pieces.recv().await {
                all.push(piece);
            }
            all
        };
        let (sent, all) = tokio::join!(pump(source, expected, out), gather);
        (all, sent)
    }

    #[tokio::test]
    async fn a_file_that_grew_ends_where_it_was_promised() {
        let (pieces, sent) = collect(source("0123456789", 7).await, Some(7)).await;
        let content: Vec<u8> = pieces.into_iter().flat_map(Result::unwrap).collect();
        assert_eq!(content, b"0123456");
        assert_eq!((sent.bytes, sent.problem), (7, None));
    }

    #[tokio::test]
    async fn a_file_that_shrank_breaks_the_transfer() {
        let (pieces, sent) = collect(source("0123", 7).await, Some(7)).await;
        assert_eq!(pieces.last(), Some(&Err(Broken)));
        assert_eq!((sent.bytes, sent.problem), (4, Some(SHORTER)));
    }

    #[tokio::test]
    async fn a_browser_that_left_stops_the_reading() {
        let (out, pieces) = mpsc::channel(CHUNKS);
        drop(pieces);
        let sent = pump(source("0123", 4).await, Some(4), out).await;
        assert_eq!(sent.problem, Some(CUT_OFF));
    }
}
