//! The byte stream under SSH: whatever carries it, cut the moment nobody wants it any more.
//!
//! russh reads a stream in a task of its own that would wait for a silent peer for ever; cutting
//! the wire ends it. The wire also remembers the first bytes received, to name what answered.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Bytes remembered: enough to tell protocols apart.
const REMEMBERED: usize = 128;

/// Anything that carries bytes both ways.
pub(crate) trait Carrier: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Carrier for T {}

/// What the peer said first; shared with whoever explains a failure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opening(Arc<Mutex<Vec<u8>>>);

impl Opening {
    /// The first bytes received so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn remember(&self, bytes: &[u8]) -> usize {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = REMEMBERED.saturating_sub(kept.len());
        kept.extend(bytes.iter().take(room));
        kept.len()
    }
}

/// A carrier that can be cut.
pub(crate) struct Wire {
    carrier: Box<dyn Carrier>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    opening: Opening,
    remembered: usize,
}

impl Wire {
    pub(crate) fn new(carrier: Box<dyn Carrier>, cut: CancellationToken, opening: Opening) -> Self {
        Self {
            carrier,
            cut: Box::pin(cut.cancelled_owned()),
            opening,
            remembered: 0,
        }
    }

    fn poll_cut(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_cut(cx)?;
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.carrier).poll_read(cx, buf);
        if self.remembered < REMEMBERED
            && let Some(fresh) = buf.filled().get(before..)
        {
            self.remembered = self.opening.remember(fresh);
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_cut(cx)?;
        Pin::new(&mut self.carrier).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_cut(cx)?;
        Pin::new(&mut self.carrier).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.carrier).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn cutting_ends_a_read_that_would_wait_for_ever() {
        let (near, mut far) = duplex(64);
        let (cut, opening) = (CancellationToken::new(), Opening::default());
        let mut wire = Wire::new(Box::new(near), cut.clone(), opening.clone());
        far.write_all(b"HTTP/1.1 400").await.unwrap();
        let mut buffer = [0; 64];
        let length = wire.read(&mut buffer).await.unwrap();

        cut.cancel();

        assert_eq!(length, 12);
        assert!(wire.read(&mut buffer).await.is_err());
        assert!(wire.write(b"x").await.is_err());
        assert_eq!(opening.bytes(), b"HTTP/1.1 400");
    }
}
