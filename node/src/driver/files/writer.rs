//! Writing a file under another name, several requests in flight, renamed when complete.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use russh_sftp::client::error::Error;
use russh_sftp::protocol::{FileAttributes, OpenFlags};

use super::error::{Meaning, meaning, with_figures};
use super::session::Sftp;
use super::{FileError, FileWriter, WriteMode, path};

/// Bytes on their way before `write` waits.
const AHEAD_BYTES: usize = 2 * 1024 * 1024;

/// Permission bits of a mode.
const PERMISSIONS: u32 = 0o7777;

/// Where the bytes go and what becomes of them.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The final path; links are already resolved.
    pub(super) path: String,
    pub(super) mode: WriteMode,
    /// Permissions of the file that is replaced.
    pub(super) permissions: Option<u32>,
}

pub(super) struct Writer {
    sftp: Arc<Sftp>,
    plan: Plan,
    part: String,
    handle: String,
    offset: u64,
    under_way: FuturesUnordered<BoxFuture<'static, Result<(), Error>>>,
    failed: Option<Error>,
    is_done: bool,
}

impl Writer {
    pub(super) async fn create(sftp: Arc<Sftp>, plan: Plan) -> Result<Self, FileError> {
        let (directory, name) = path::split(&plan.path)?;
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random)
            .map_err(|_no_source| FileError::Refused("this node has no randomness".to_owned()))?;
        let part = path::part(directory, name, u64::from_be_bytes(random));
        let flags = OpenFlags::CREATE | OpenFlags::EXCLUDE | OpenFlags::WRITE;
        let attributes = FileAttributes {
            permissions: plan.permissions.map(|mode| mode & PERMISSIONS),
            ..FileAttributes::empty()
        };
        match sftp.raw.open(part.as_str(), flags, attributes).await {
            Ok(opened) => Ok(Self {
                sftp,
                plan,
                part,
                handle: opened.handle,
                offset: 0,
                under_way: FuturesUnordered::new(),
                failed: None,
                is_done: false,
            }),
            Err(error) => {
                let figures = sftp.figures(&part).await;
                Err(with_figures(&error, figures.as_ref(), false))
            }
        }
    }

    async fn push(&mut self, mut chunk: Bytes) -> Result<(), FileError> {
        while !chunk.is_empty() {
            self.check().await?;
            let piece = chunk.split_to(chunk.len().min(self.sftp.write_bytes));
            self.send(&piece);
            let most = (AHEAD_BYTES / self.sftp.write_bytes.max(1)).max(2);
            while self.under_way.len() >= most {
                self.settle_one().await;
            }
            // Requests are sent when first polled; this also collects what has come back.
            while let Some(Some(settled)) = self.under_way.next().now_or_never() {
                self.note(settled);
            }
        }
        self.check().await
    }

    fn send(&mut self, piece: &Bytes) {
        let (sftp, handle, offset) = (Arc::clone(&self.sftp), self.handle.clone(), self.offset);
        let length = u64::try_from(piece.len()).unwrap_or(0);
        self.offset = self.offset.saturating_add(length);
        let data = piece.to_vec();
        let write = async move { sftp.raw.write(handle, offset, data).await.map(drop) };
        self.under_way.push(write.boxed());
    }

    async fn settle_one(&mut self) {
        if let Some(settled) = self.under_way.next().await {
            self.note(settled);
        }
    }

    fn note(&mut self, settled: Result<(), Error>) {
        if let Err(error) = settled {
            self.failed.get_or_insert(error);
        }
    }

    async fn check(&mut self) -> Result<(), FileError> {
        match &self.failed {
            None => Ok(()),
            Some(error) => {
                let figures = self.sftp.figures(&self.plan.path).await;
                Err(with_figures(error, figures.as_ref(), true))
            }
        }
    }

    async fn complete(&mut self) -> Result<(), FileError> {
        while !self.under_way.is_empty() {
            self.settle_one().await;
        }
        self.check().await?;
        if let Some(mode) = self.plan.permissions {
            let attributes = FileAttributes {
                permissions: Some(mode & PERMISSIONS),
                ..FileAttributes::empty()
            };
            // The account may not be allowed to; the content still matters more.
            drop(
                self.sftp
                    .raw
                    .fsetstat(self.handle.as_str(), attributes)
                    .await,
            );
        }
        let closed = self.sftp.raw.close(self.handle.as_str()).await;
        self.handle.clear();
        // Network file systems report a full disk only here.
        if let Err(error) = closed {
            let figures = self.sftp.figures(&self.plan.path).await;
            return Err(with_figures(&error, figures.as_ref(), true));
        }
        self.rename().await?;
        self.is_done = true;
        Ok(())
    }

    async fn rename(&mut self) -> Result<(), FileError> {
        let (from, to) = (self.part.as_str(), self.plan.path.as_str());
        let renamed = match self.plan.mode {
            WriteMode::Replace => self.sftp.replace(from, to).await,
            // Plain renaming refuses to overwrite, so two uploads cannot clobber each other.
            WriteMode::New => self.sftp.raw.rename(from, to).await.map(drop),
        };
        let Err(error) = renamed else {
            return Ok(());
        };
        let is_unclear = matches!(meaning(&error), Meaning::Failure(_));
        if is_unclear && self.sftp.raw.lstat(to).await.is_ok() {
            return Err(FileError::Exists);
        }
        let figures = self.sftp.figures(to).await;
        Err(with_figures(&error, figures.as_ref(), false))
    }

    async fn discard(&mut self) {
        self.is_done = true;
        self.under_way = FuturesUnordered::new();
        if !self.handle.is_empty() {
            drop(self.sftp.raw.close(self.handle.as_str()).await);
        }
        drop(self.sftp.raw.remove(self.part.as_str()).await);
    }
}

impl FileWriter for Writer {
    fn write(&mut self, chunk: Bytes) -> BoxFuture<'_, Result<(), FileError>> {
        self.push(chunk).boxed()
    }

    fn finish(mut self: Box<Self>) -> BoxFuture<'static, Result<(), FileError>> {
        async move {
            let completed = self.complete().await;
            if completed.is_err() {
                self.discard().await;
            }
            completed
        }
        .boxed()
    }

    fn abort(mut self: Box<Self>) -> BoxFuture<'static, ()> {
        async move { self.discard().await }.boxed()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        // Polling once puts each request on its way, in this order; nobody needs the answers.
        if !self.handle.is_empty() {
            drop(self.sftp.raw.close(self.handle.clone()).now_or_never());
        }
        drop(self.sftp.raw.remove(self.part.clone()).now_or_never());
    }
}
