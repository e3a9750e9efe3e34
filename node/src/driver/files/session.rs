//! One SFTP channel: its protocol session, its limits, and what its server can do.

use std::time::Duration;

use russh::ChannelMsg;
use russh_sftp::client::rawsession::Limits;
use russh_sftp::client::{Config, RawSftpSession};
use russh_sftp::extensions::Statvfs;
use tokio::time::timeout;

use super::FileError;
use super::path::parent;
use crate::driver::ssh::Handle;

/// Largest packet taken from the server: what OpenSSH sends at most.
const PACKET_BYTES: u32 = 256 * 1024;

/// Chunk when the server does not state its limits: every server supports it (draft §3).
const PLAIN_CHUNK: u64 = 32 * 1024;

/// Largest chunk even where the server allows more; four SSH packets make one.
const MOST_CHUNK: u64 = 128 * 1024;

/// Patience for one request. A slow line needs minutes for what a pipeline holds; a dead one is
/// found by keepalives long before.
const PATIENCE_SECONDS: u64 = 300;

const POSIX_RENAME: &str = "posix-rename@openssh.com";

/// An open SFTP session.
pub(super) struct Sftp {
    pub(super) raw: RawSftpSession,
    pub(super) read_bytes: u32,
    pub(super) write_bytes: usize,
    has_posix_rename: bool,
    has_statvfs: bool,
}

impl std::fmt::Debug for Sftp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sftp")
            .field("read_bytes", &self.read_bytes)
            .field("write_bytes", &self.write_bytes)
            .finish_non_exhaustive()
    }
}

impl Sftp {
    /// Opens the subsystem on a channel of its own.
    pub(super) async fn open(handle: &Handle, limit: Duration) -> Result<Self, FileError> {
        match timeout(limit, Self::start(handle)).await {
            Ok(Some(session)) => Ok(session),
            Ok(None) | Err(_) => Err(FileError::Unavailable),
        }
    }

    async fn start(handle: &Handle) -> Option<Self> {
        let mut channel = handle.channel_open_session().await.ok()?;
        channel.request_subsystem(true, "sftp").await.ok()?;
        // A server without SFTP refuses here and would leave `init` below without an answer.
        loop {
            match channel.wait().await? {
                ChannelMsg::Success => break,
                ChannelMsg::Failure | ChannelMsg::Close | ChannelMsg::Eof => return None,
                _ => {}
            }
        }
        let config = Config {
            max_packet_len: PACKET_BYTES + 1024,
            request_timeout_secs: PATIENCE_SECONDS,
            ..Config::default()
        };
        let mut raw = RawSftpSession::new_with_config(channel.into_stream(), config);
        let version = raw.init().await.ok()?;
        let can = |name: &str| version.extensions.contains_key(name);
        let limits = if can("limits@openssh.com") {
            raw.limits().await.ok().map(Limits::from)
        } else {
            None
        };
        let chunk = |stated: Option<u64>| {
            let most = if limits.is_some() {
                stated.unwrap_or(PLAIN_CHUNK)
            } else {
                PLAIN_CHUNK
            };
            most.clamp(1024, MOST_CHUNK)
        };
        let read = chunk(limits.and_then(|limits| limits.read_len));
        let write = chunk(limits.and_then(|limits| limits.write_len));
        if let Some(limits) = limits {
            raw.set_limits(limits);
        }
        Some(Self {
            raw,
            read_bytes: u32::try_from(read).unwrap_or(32 * 1024),
            write_bytes: usize::try_from(write).unwrap_or(32 * 1024),
            has_posix_rename: can(POSIX_RENAME),
            has_statvfs: can("statvfs@openssh.com"),
        })
    }

    /// Figures of the file system that holds `path`, where the server tells them.
    pub(super) async fn figures(&self, path: &str) -> Option<Statvfs> {
        if !self.has_statvfs {
            return None;
        }
        self.raw.statvfs(parent(path)).await.ok()
    }

    /// Renames over whatever is there, atomically where the server can.
    pub(super) async fn replace(
        &self,
        from: &str,
        to: &str,
    ) -> Result<(), russh_sftp::client::error::Error> {
        use russh_sftp::client::error::Error;
        use russh_sftp::protocol::{Packet, StatusCode};
        if !self.has_posix_rename {
            // Without the extension there is a moment without the file; it cannot be helped.
            drop(self.raw.remove(to).await);
            return self.raw.rename(from, to).await.map(drop);
        }
        let mut body = Vec::with_capacity(from.len() + to.len() + 8);
        for text in [from, to] {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            body.extend_from_slice(&length.to_be_bytes());
            body.extend_from_slice(text.as_bytes());
        }
        match self.raw.extended(POSIX_RENAME, body).await? {
            Packet::Status(status) if status.status_code == StatusCode::Ok => Ok(()),
            Packet::Status(status) => Err(Error::Status(status)),
            _ => Err(Error::UnexpectedPacket),
        }
    }
}
