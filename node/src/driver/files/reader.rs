//! Reading a file with several requests in flight, handed out in order.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt as _, StreamExt as _};
use russh_sftp::client::error::Error;

use super::error::{Meaning, meaning, plain};
use super::session::Sftp;
use super::{FileError, FileReader};

/// Bytes requested ahead: the SSH window is 2 MiB, and half of it keeps a terminal's share free.
const AHEAD_BYTES: u64 = 1024 * 1024;

struct Chunk {
    offset: u64,
    asked: u32,
    data: Result<Vec<u8>, Error>,
}

pub(super) struct Reader {
    sftp: Arc<Sftp>,
    handle: String,
    next: u64,
    ahead: FuturesOrdered<BoxFuture<'static, Chunk>>,
    is_over: bool,
}

impl Reader {
    pub(super) fn new(sftp: Arc<Sftp>, handle: String, offset: u64) -> Self {
        Self {
            sftp,
            handle,
            next: offset,
            ahead: FuturesOrdered::new(),
            is_over: false,
        }
    }

    fn fill(&mut self) {
        let size = self.sftp.read_bytes;
        let most = usize::try_from(AHEAD_BYTES / u64::from(size.max(1)))
            .unwrap_or(8)
            .max(2);
        while self.ahead.len() < most {
            let (sftp, handle, offset) = (Arc::clone(&self.sftp), self.handle.clone(), self.next);
            self.next = self.next.saturating_add(u64::from(size));
            self.ahead.push_back(
                async move {
                    let data = sftp.raw.read(handle, offset, size).await;
                    Chunk {
                        offset,
                        asked: size,
                        data: data.map(|data| data.data),
                    }
                }
                .boxed(),
            );
        }
    }

    async fn advance(&mut self) -> Result<Option<Bytes>, FileError> {
        if self.is_over {
            return Ok(None);
        }
        self.fill();
        let Some(chunk) = self.ahead.next().await else {
            return Ok(None);
        };
        match chunk.data {
            Ok(data) if data.is_empty() => Ok(self.end()),
            Ok(mut data) => {
                // A server that sends more than asked would shift everything after it.
                data.truncate(usize::try_from(chunk.asked).unwrap_or(data.len()));
                let got = u32::try_from(data.len()).unwrap_or(chunk.asked);
                if got < chunk.asked {
                    // What follows was asked from the wrong place: ask again from here.
                    self.ahead = FuturesOrdered::new();
                    self.next = chunk.offset.saturating_add(u64::from(got));
                }
                Ok(Some(Bytes::from(data)))
            }
            Err(error) if meaning(&error) == Meaning::Eof => Ok(self.end()),
            Err(error) => {
                self.end();
                Err(plain(&error))
            }
        }
    }

    fn end(&mut self) -> Option<Bytes> {
        self.is_over = true;
        self.ahead = FuturesOrdered::new();
        None
    }
}

impl FileReader for Reader {
    fn read(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, FileError>> {
        self.advance().boxed()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Polling once puts the request on its way; nobody needs the answer.
        drop(self.sftp.raw.close(self.handle.clone()).now_or_never());
    }
}
