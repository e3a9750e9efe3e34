//! Files at the target: what SFTP offers now and drive redirection will.
//!
//! Paths are UTF-8 and absolute as the target sees them, or relative to the login directory.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use shared::time::UnixMicros;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link (listed, never followed when deleting).
    Link,
    /// Devices, sockets, pipes.
    Other,
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Last component, as the target spells it; untrusted.
    pub name: String,
    /// What it is; links to directories say `Link` with `target_kind`.
    pub kind: FileKind,
    /// What a link points to, when it resolves.
    pub target_kind: Option<FileKind>,
    /// Size in bytes.
    pub size: u64,
    /// Last change.
    pub modified: Option<UnixMicros>,
    /// POSIX mode bits.
    pub mode: Option<u32>,
}

/// What to do when the file exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// Fail with [`FileError::Exists`].
    New,
    /// Replace it, at the end and at once: the old content stays until `finish`.
    Replace,
}

/// Why a file operation failed, split by what the caller tells the user.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Nothing at that path.
    #[error("no such file or directory")]
    NotFound,
    /// The target's account may not.
    #[error("permission denied")]
    Denied,
    /// Something is already there.
    #[error("a file of that name exists")]
    Exists,
    /// The target's disk or quota is full.
    #[error("no space left at the target")]
    NoSpace,
    /// The file system at the target is read-only.
    #[error("the file system is read-only")]
    ReadOnly,
    /// A directory that was to be removed has entries.
    #[error("the directory is not empty")]
    NotEmpty,
    /// The path is not valid at the target.
    #[error("bad path")]
    BadPath,
    /// The target refused for a reason of its own; the text is untrusted.
    #[error("the target refused: {0}")]
    Refused(String),
    /// The session's connection is gone or offers no files.
    #[error("files are not available in this session")]
    Unavailable,
}

/// A reader behind a pointer.
pub type BoxReader = Box<dyn FileReader>;

/// A writer behind a pointer.
pub type BoxWriter = Box<dyn FileWriter>;

/// Reads a file from its start or an offset.
pub trait FileReader: Send {
    /// The next chunk, at most 256 KiB; `None` at the end.
    fn read(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, FileError>>;
}

/// Writes a file; dropped without `finish`, it leaves nothing behind.
pub trait FileWriter: Send {
    /// Appends a chunk.
    fn write(&mut self, chunk: Bytes) -> BoxFuture<'_, Result<(), FileError>>;

    /// Makes the file appear under its name.
    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<(), FileError>>;

    /// Removes what was written.
    fn abort(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// File operations at one target.
pub trait Files: Send + Sync + std::fmt::Debug {
    /// The login directory, absolute.
    fn home(&self) -> BoxFuture<'_, Result<String, FileError>>;

    /// The absolute path behind `path`, every link on the way resolved.
    fn resolve<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<String, FileError>>;

    /// Entries of a directory, unsorted, without `.` and `..`.
    fn list<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Vec<FileEntry>, FileError>>;

    /// One entry; links are not followed.
    fn stat<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<FileEntry, FileError>>;

    /// Opens for reading at `offset` bytes.
    fn open<'a>(
        &'a self,
        path: &'a str,
        offset: u64,
    ) -> BoxFuture<'a, Result<BoxReader, FileError>>;

    /// Opens for writing.
    fn create<'a>(
        &'a self,
        path: &'a str,
        mode: WriteMode,
    ) -> BoxFuture<'a, Result<BoxWriter, FileError>>;

    /// Makes a directory; fine when it exists.
    fn make_directory<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(), FileError>>;

    /// Moves; fails with [`FileError::Exists`] when `to` exists.
    fn rename<'a>(&'a self, from: &'a str, to: &'a str) -> BoxFuture<'a, Result<(), FileError>>;

    /// Removes a file, a link, or an empty directory.
    fn remove<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(), FileError>>;
}

/// Shared access to a target's files.
pub type FilesHandle = Arc<dyn Files>;
