//! [`Files`] over SFTP on the session's own connection.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, FuturesUnordered};
use futures_util::{FutureExt as _, StreamExt as _};
use russh_sftp::client::error::Error;
use russh_sftp::protocol::{File, FileAttributes, FileType, Name, OpenFlags};
use shared::time::UnixMicros;

use super::error::{Meaning, meaning, plain, with_figures};
use super::path;
use super::reader::Reader;
use super::session::Sftp;
use super::writer::{Plan, Writer};
use super::{BoxReader, BoxWriter, FileEntry, FileError, FileKind, Files, WriteMode};
use crate::driver::ssh::Handle;

/// Entries of one directory, and bytes of their names; beyond that nobody scrolls, and memory must
/// end somewhere.
const MOST_ENTRIES: usize = 200_000;
const MOST_NAME_BYTES: usize = 16 * 1024 * 1024;

/// Requests for entries in flight; a server answers each with about a hundred.
const LISTING_AHEAD: usize = 4;

/// Links resolved per listing, and at a time.
const MOST_LINKS: usize = 5000;
const LINKS_AHEAD: usize = 32;

/// File access; lives as long as the connection.
#[derive(Debug)]
pub(crate) struct SftpFiles {
    connection: Weak<Handle>,
    limit: Duration,
    /// The open session. Locked for a moment at a time, never across an await.
    open: Mutex<Option<Arc<Sftp>>>,
}

impl SftpFiles {
    pub(crate) const fn new(connection: Weak<Handle>, limit: Duration) -> Self {
        Self {
            connection,
            limit,
            open: Mutex::new(None),
        }
    }

    /// The session, opened when first wanted. Two callers may both open one; the later is kept.
    async fn session(&self) -> Result<Arc<Sftp>, FileError> {
        let handle = self.connection.upgrade().ok_or(FileError::Unavailable)?;
        let open = self.kept().clone();
        if let Some(sftp) = open {
            return Ok(sftp);
        }
        let sftp = Arc::new(Sftp::open(&handle, self.limit).await?);
        *self.kept() = Some(Arc::clone(&sftp));
        Ok(sftp)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Arc<Sftp>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets a session that has died, so that the next call opens another.
    fn forget(&self, dead: &Arc<Sftp>) {
        let mut kept = self.kept();
        if kept.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, dead)) {
            *kept = None;
        }
    }

    /// Runs `work`; when its session turns out to be dead, once more on a new one.
    async fn with<T, F>(&self, work: impl Fn(Arc<Sftp>) -> F) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let sftp = self.session().await?;
        match work(Arc::clone(&sftp)).await {
            Err(error) if meaning(&error) == Meaning::Dead => self.forget(&sftp),
            done => {
                return done.map_err(|error| Trouble {
                    error: Ok(error),
                    sftp: Some(sftp),
                });
            }
        }
        let sftp = self.session().await?;
        let done = work(Arc::clone(&sftp)).await;
        if matches!(&done, Err(error) if meaning(error) == Meaning::Dead) {
            self.forget(&sftp);
        }
        done.map_err(|error| Trouble {
            error: Ok(error),
            sftp: Some(sftp),
        })
    }

    async fn attributes(&self, path: &str) -> Result<FileAttributes, FileError> {
        let path = path::sent(path)?.to_owned();
        let found = self.with(|sftp| {
            let path = path.clone();
            async move { sftp.raw.lstat(path).await }
        });
        Ok(found.await.map_err(Trouble::plain)?.attrs)
    }

    async fn real_path(&self, path: &str) -> Result<String, FileError> {
        let path = path::sent(path)?.to_owned();
        let found = self.with(|sftp| {
            let path = path.clone();
            async move { sftp.raw.realpath(path).await }
        });
        let found = found.await.map_err(Trouble::plain)?;
        let first = found.files.into_iter().next().ok_or(FileError::BadPath)?;
        path::check(&first.filename)?;
        Ok(first.filename)
    }

    async fn do_list(&self, path: &str) -> Result<Vec<FileEntry>, FileError> {
        let path = path::sent(path)?;
        let listed = self.with(|sftp| list(sftp, path.to_owned()));
        let Some(mut entries) = listed.await.map_err(Trouble::plain)? else {
            return Err(FileError::Refused(
                "the directory has too many entries to list".to_owned(),
            ));
        };
        self.resolve_links(path, &mut entries).await?;
        Ok(entries)
    }

    /// Says what links point to, where they resolve.
    async fn resolve_links(
        &self,
        directory: &str,
        entries: &mut [FileEntry],
    ) -> Result<(), FileError> {
        let sftp = self.session().await?;
        let links = entries
            .iter_mut()
            .filter(|entry| entry.kind == FileKind::Link)
            .take(MOST_LINKS);
        let resolving = links.map(|entry| {
            let (sftp, path) = (Arc::clone(&sftp), path::join(directory, &entry.name));
            async move {
                let found = sftp.raw.stat(path).await.ok();
                entry.target_kind = found.map(|found| kind(&found.attrs));
            }
        });
        let resolving: Vec<_> = resolving.map(futures_util::FutureExt::boxed).collect();
        stream::iter(resolving)
            .buffer_unordered(LINKS_AHEAD)
            .for_each(|()| async {})
            .await;
        Ok(())
    }

    async fn do_open(&self, path: &str, offset: u64) -> Result<Reader, FileError> {
        let name = path::sent(path)?;
        let opened = self.with(|sftp| async move {
            let opened = sftp
                .raw
                .open(name, OpenFlags::READ, FileAttributes::empty());
            opened
                .await
                .map(|opened| (Arc::clone(&sftp), opened.handle))
        });
        let (sftp, handle) = opened.await.map_err(Trouble::plain)?;
        let reader = Reader::new(Arc::clone(&sftp), handle.clone(), offset);
        // Opening a directory succeeds; reading it is what fails, too late to say so.
        match sftp.raw.fstat(handle).await {
            Ok(found) if kind(&found.attrs) == FileKind::Directory => Err(FileError::BadPath),
            Ok(_) | Err(_) => Ok(reader),
        }
    }

    async fn do_create(&self, path: &str, mode: WriteMode) -> Result<Writer, FileError> {
        path::split(path)?;
        let mut plan = Plan {
            path: path.to_owned(),
            mode,
            permissions: None,
        };
        match (self.attributes(path).await, mode) {
            (Ok(_), WriteMode::New) => return Err(FileError::Exists),
            (Ok(found), WriteMode::Replace) => match kind(&found) {
                FileKind::File => plan.permissions = found.permissions,
                // Writing to a link means writing to its file; the link stays.
                FileKind::Link => {
                    plan.path = self.real_path(path).await?;
                    plan.permissions = match self.attributes(&plan.path).await {
                        Ok(file) if kind(&file) == FileKind::File => file.permissions,
                        Ok(_) => return Err(FileError::Exists),
                        Err(_) => None,
                    };
                }
                FileKind::Directory | FileKind::Other => return Err(FileError::Exists),
            },
            (Err(FileError::NotFound), _) => {}
            (Err(error), _) => return Err(error),
        }
        let sftp = self.session().await?;
        Writer::create(sftp, plan).await
    }

    async fn do_make_directory(&self, path: &str) -> Result<(), FileError> {
        let name = path::sent(path)?;
        let made = self.with(|sftp| async move {
            sftp.raw
                .mkdir(name, FileAttributes::empty())
                .await
                .map(drop)
        });
        let Err(trouble) = made.await else {
            return Ok(());
        };
        match self.attributes(path).await.as_ref().map(kind) {
            Ok(FileKind::Directory) => Ok(()),
            Ok(FileKind::File | FileKind::Link | FileKind::Other) => Err(FileError::Exists),
            Err(_) => Err(trouble.with_figures(path).await),
        }
    }

    async fn do_rename(&self, from: &str, to: &str) -> Result<(), FileError> {
        path::split(from.trim_end_matches('/'))?;
        path::split(to.trim_end_matches('/'))?;
        // SFTP's own rename refuses to overwrite, but some servers overwrite all the same.
        if self.attributes(to).await.is_ok() {
            return Err(FileError::Exists);
        }
        let renamed = self.with(|sftp| async move { sftp.raw.rename(from, to).await.map(drop) });
        match renamed.await {
            Ok(()) => Ok(()),
            Err(trouble) if trouble.is_unclear() && self.attributes(to).await.is_ok() => {
                Err(FileError::Exists)
            }
            Err(trouble) => Err(trouble.with_figures(to).await),
        }
    }

    async fn do_remove(&self, path: &str) -> Result<(), FileError> {
        path::split(path.trim_end_matches('/'))?;
        let path = path.trim_end_matches('/');
        let is_directory = kind(&self.attributes(path).await?) == FileKind::Directory;
        let removed = self.with(|sftp| async move {
            if is_directory {
                sftp.raw.rmdir(path).await.map(drop)
            } else {
                sftp.raw.remove(path).await.map(drop)
            }
        });
        let Err(trouble) = removed.await else {
            return Ok(());
        };
        let has_entries = is_directory
            && trouble.is_unclear()
            && matches!(self.do_list(path).await, Ok(entries) if !entries.is_empty());
        if has_entries {
            return Err(FileError::NotEmpty);
        }
        Err(trouble.with_figures(path).await)
    }
}

impl Files for SftpFiles {
    fn home(&self) -> BoxFuture<'_, Result<String, FileError>> {
        self.real_path("").boxed()
    }

    fn resolve<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<String, FileError>> {
        self.real_path(path).boxed()
    }

    fn list<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Vec<FileEntry>, FileError>> {
        self.do_list(path).boxed()
    }

    fn stat<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<FileEntry, FileError>> {
        async move {
            let found = self.attributes(path).await?;
            Ok(entry(path::last(path).to_owned(), &found))
        }
        .boxed()
    }

    fn open<'a>(
        &'a self,
        path: &'a str,
        offset: u64,
    ) -> BoxFuture<'a, Result<BoxReader, FileError>> {
        async move {
            let reader = self.do_open(path, offset).await?;
            Ok(Box::new(reader) as BoxReader)
        }
        .boxed()
    }

    fn create<'a>(
        &'a self,
        path: &'a str,
        mode: WriteMode,
    ) -> BoxFuture<'a, Result<BoxWriter, FileError>> {
        async move {
            let writer = self.do_create(path, mode).await?;
            Ok(Box::new(writer) as BoxWriter)
        }
        .boxed()
    }

    fn make_directory<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(), FileError>> {
        self.do_make_directory(path).boxed()
    }

    fn rename<'a>(&'a self, from: &'a str, to: &'a str) -> BoxFuture<'a, Result<(), FileError>> {
        self.do_rename(from, to).boxed()
    }

    fn remove<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(), FileError>> {
        self.do_remove(path).boxed()
    }
}

/// What went wrong, and on which session it can be asked why.
struct Trouble {
    error: Result<Error, FileError>,
    sftp: Option<Arc<Sftp>>,
}

impl From<FileError> for Trouble {
    fn from(error: FileError) -> Self {
        Self {
            error: Err(error),
            sftp: None,
        }
    }
}

impl Trouble {
    fn plain(self) -> FileError {
        match self.error {
            Ok(error) => plain(&error),
            Err(error) => error,
        }
    }

    fn is_unclear(&self) -> bool {
        matches!(&self.error, Ok(error) if matches!(meaning(error), Meaning::Failure(_)))
    }

    async fn with_figures(self, path: &str) -> FileError {
        match (self.error, self.sftp) {
            (Ok(error), Some(sftp)) => {
                let figures = sftp.figures(path).await;
                with_figures(&error, figures.as_ref(), false)
            }
            (Ok(error), None) => plain(&error),
            (Err(error), _) => error,
        }
    }
}

/// Reads a directory; `None` when it has more entries than we take.
async fn list(sftp: Arc<Sftp>, path: String) -> Result<Option<Vec<FileEntry>>, Error> {
    let handle = sftp.raw.opendir(path).await?.handle;
    let listed = read_entries(&sftp, &handle).await;
    // The server forgets the directory whether or not we hear of it.
    drop(sftp.raw.close(handle).now_or_never());
    listed
}

async fn read_entries(sftp: &Sftp, handle: &str) -> Result<Option<Vec<FileEntry>>, Error> {
    let mut entries = Vec::new();
    let (mut seen, mut name_bytes) = (0_usize, 0_usize);
    let mut ahead = FuturesUnordered::new();
    for _ in 0..LISTING_AHEAD {
        ahead.push(sftp.raw.readdir(handle));
    }
    while let Some(answer) = ahead.next().await {
        match answer {
            Ok(Name { files: more, .. }) if !more.is_empty() => {
                seen = seen.saturating_add(more.len());
                for File {
                    filename, attrs, ..
                } in more
                {
                    name_bytes = name_bytes.saturating_add(filename.len());
                    if path::is_name(&filename) {
                        entries.push(entry(filename, &attrs));
                    }
                }
                ahead.push(sftp.raw.readdir(handle));
            }
            Ok(_) => {}
            Err(error) if meaning(&error) == Meaning::Eof => {}
            Err(error) => return Err(error),
        }
        if seen > MOST_ENTRIES || name_bytes > MOST_NAME_BYTES {
            return Ok(None);
        }
    }
    Ok(Some(entries))
}

fn entry(name: String, attributes: &FileAttributes) -> FileEntry {
    let modified = attributes
        .mtime
        .map(|seconds| UnixMicros::new(i64::from(seconds).saturating_mul(1_000_000)));
    FileEntry {
        name,
        kind: kind(attributes),
        target_kind: None,
        size: attributes.size.unwrap_or(0),
        modified,
        mode: attributes.permissions.map(|mode| mode & 0o7777),
    }
}

fn kind(attributes: &FileAttributes) -> FileKind {
    // Without a mode there is no type; a plain file is the least surprising guess.
    if attributes.permissions.is_none() {
        return FileKind::File;
    }
    match attributes.file_type() {
        FileType::Dir => FileKind::Directory,
        FileType::File => FileKind::File,
        FileType::Symlink => FileKind::Link,
        FileType::Other => FileKind::Other,
    }
}
