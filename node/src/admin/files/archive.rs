//! A folder as one ZIP archive, packed while it is sent.
//!
//! What cannot be packed (links, unreadable files, what lies beyond the limits) is named in a list
//! at the archive's end; only a target that stops answering breaks the archive off.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::Query;
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::disposition::attachment;
use super::download::FileQuery;
use super::pipe::{Broken, CHUNKS, CUT_OFF, Gone, Piece, Source, give};
use super::reach::{End, Reach};
use super::report::{NAME, Report};
use super::trouble::{answer, code, not_a_folder};
use super::walk::{Found, Limits, Walk, words};
use super::zip::{Entry, MOST_SMALL, Zip};
use super::zip_name::tame;
use crate::actor;
use crate::driver::{FileError, FileKind, FilesHandle};
use crate::http::ApiError;

/// How much is packed at most.
const LIMITS: Limits = Limits {
    entries: 100_000,
    depth: 64,
};

/// Bytes of the directory at the archive's end, which must be held until then.
const MOST_DIRECTORY: usize = 32 * 1024 * 1024;

/// Files opened before their turn: with many small ones, round trips are all the time it takes.
const AHEAD: usize = 4;

/// Largest piece of the directory handed on at a time.
const PIECE: usize = 128 * 1024;

/// Downloads a folder as a ZIP archive.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/files/archive", tag = "files",
    params(("id" = Uuid, Path), FileQuery),
    responses((status = 200, content_type = "application/zip"), (status = 400), (status = 403),
        (status = 404), (status = 409)))]
pub(super) async fn read(reach: Reach, query: Query<FileQuery>) -> Result<HttpResponse, ApiError> {
    let slot = reach.slot()?;
    let path = query.into_inner().path;
    let (files, trail) = reach.into_parts();
    let root = root(&files, &path).await?;
    // A folder that cannot be listed is refused; deeper ones are only left out.
    files.list(&root.path).await.map_err(answer)?;
    let name = root.name.clone();
    let (out, pieces) = mpsc::channel(CHUNKS);
    actor::spawn("file-archive", async move {
        let mut packer = Packer::new(out);
        let outcome = packer.pack(files, root).await;
        drop(slot);
        let problem = outcome.err().map(Stop::code);
        let detail = json!({
            "path": path,
            "size": packer.bytes,
            "files": packer.files,
            "left_out": packer.report.count(),
            "problem": problem,
        });
        let end = problem.map_or(End::Done, End::of);
        trail.record("file.archive", end, detail).await;
    })
    .detach();
    Ok(HttpResponse::Ok()
        .content_type("application/zip")
        .insert_header((CONTENT_DISPOSITION, attachment(&format!("{name}.zip"))))
        .streaming(ReceiverStream::new(pieces)))
}

/// The folder that is packed, and its name in the archive.
struct Root {
    path: String,
    name: String,
}

async fn root(files: &FilesHandle, path: &str) -> Result<Root, ApiError> {
    let mut entry = files.stat(path).await.map_err(answer)?;
    let real = files.resolve(path).await.map_err(answer)?;
    let is_named = !matches!(entry.name.as_str(), "" | "." | ".." | "/");
    let name = if is_named { entry.name } else { last(&real) };
    if entry.kind == FileKind::Link {
        entry.kind = files.stat(&real).await.map_err(answer)?.kind;
    }
    if entry.kind != FileKind::Directory {
        return Err(not_a_folder());
    }
    Ok(Root {
        path: real,
        name: tame(&name),
    })
}

fn last(path: &str) -> String {
    let name = path.trim_end_matches('/').rsplit('/').next();
    let name = name.filter(|name| !name.is_empty());
    name.unwrap_or("root").to_owned()
}

/// Why an archive has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// The browser has left.
    Gone,
    /// The target stopped answering; the code says how.
    Broken(&'static str),
}

impl Stop {
    const fn code(self) -> &'static str {
        match self {
            Self::Gone => CUT_OFF,
            Self::Broken(code) => code,
        }
    }
}

impl From<Gone> for Stop {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// Something that is ready to be packed.
enum Ready {
    Folder(Entry),
    File(Entry, u64, Source),
    Left(String, &'static str),
    Broken(FileError),
}

struct Packer {
    out: mpsc::Sender<Piece>,
    zip: Zip,
    report: Report,
    files: u64,
    bytes: u64,
}

impl Packer {
    fn new(out: mpsc::Sender<Piece>) -> Self {
        Self {
            out,
            zip: Zip::default(),
            report: Report::default(),
            files: 0,
            bytes: 0,
        }
    }

    async fn pack(&mut self, files: FilesHandle, root: Root) -> Result<(), Stop> {
        let walk = Walk::new(Arc::clone(&files), root.path, root.name.clone(), LIMITS);
        let top = Entry {
            name: root.name,
            modified: None,
            mode: None,
        };
        let head = self.zip.folder(top);
        self.send(head).await?;
        let mut ready = std::pin::pin!(opened(files, walk));
        loop {
            let next = tokio::select! {
                next = ready.next() => next,
                () = self.out.closed() => return Err(Stop::Gone),
            };
            let Some(next) = next else { break };
            if self.zip.directory_bytes() > MOST_DIRECTORY {
                self.report
                    .add("the rest", "the archive's directory is full");
                break;
            }
            match next {
                Ready::Folder(entry) => {
                    let head = self.zip.folder(entry);
                    self.send(head).await?;
                }
                Ready::File(entry, size, source) => self.file(entry, size, source).await?,
                Ready::Left(name, why) => self.report.add(&name, why),
                Ready::Broken(error) => return Err(self.break_off(&error).await),
            }
        }
        self.finish().await
    }

    async fn file(&mut self, entry: Entry, size: u64, mut source: Source) -> Result<(), Stop> {
        let name = entry.name.clone();
        let (mut open, head) = Zip::begin(entry, size);
        self.send(head).await?;
        let problem = loop {
            let next = tokio::select! {
                next = source.next() => next,
                () = self.out.closed() => return Err(Stop::Gone),
            };
            match next {
                Ok(Some(chunk)) => {
                    open.note(&chunk);
                    self.send(chunk).await?;
                }
                Ok(None) => break None,
                Err(FileError::Unavailable) => {
                    return Err(self.break_off(&FileError::Unavailable).await);
                }
                Err(error) => break Some(words(&error)),
            }
        };
        if let Some(why) = problem {
            self.report.add(&name, why);
        }
        self.files = self.files.saturating_add(1);
        let tail = self.zip.end(open);
        self.send(tail).await
    }

    /// Cuts the answer off: half an archive must not look like a whole one.
    async fn break_off(&mut self, error: &FileError) -> Stop {
        match give(&self.out, Err(Broken)).await {
            Ok(()) => Stop::Broken(code(error)),
            Err(gone) => gone.into(),
        }
    }

    async fn finish(&mut self) -> Result<(), Stop> {
        if let Some(text) = self.report.text() {
            let text = Bytes::from(text);
            let entry = Entry {
                name: NAME.to_owned(),
                modified: None,
                mode: None,
            };
            let (mut open, head) = Zip::begin(entry, 0);
            open.note(&text);
            self.send(head).await?;
            self.send(text).await?;
            let tail = self.zip.end(open);
            self.send(tail).await?;
        }
        let mut directory = std::mem::take(&mut self.zip).finish();
        while !directory.is_empty() {
            let piece = directory.split_to(directory.len().min(PIECE));
            self.send(piece).await?;
        }
        Ok(())
    }

    async fn send(&mut self, bytes: Bytes) -> Result<(), Stop> {
        let length = u64::try_from(bytes.len()).unwrap_or(0);
        give(&self.out, Ok(bytes)).await?;
        self.bytes = self.bytes.saturating_add(length);
        Ok(())
    }
}

/// What the walk finds, files opened and their first chunk read a few ahead, in order.
fn opened(files: FilesHandle, walk: Walk) -> impl Stream<Item = Ready> + Send {
    let found = stream::unfold(Some(walk), async |walk| {
        let mut walk = walk?;
        match walk.next().await {
            Ok(Some(found)) => Some((Ok(found), Some(walk))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    });
    found
        .map(move |found| open(Arc::clone(&files), found))
        .buffered(AHEAD)
}

async fn open(files: FilesHandle, found: Result<Found, FileError>) -> Ready {
    let (path, entry, size) = match found {
        Ok(Found::File { path, entry, size }) => (path, entry, size),
        Ok(Found::Folder(entry)) => return Ready::Folder(entry),
        Ok(Found::Left { name, why }) => return Ready::Left(name, why),
        Err(error) => return Ready::Broken(error),
    };
    // Files of `/proc` say that they are empty, and are not.
    let most = if size == 0 { MOST_SMALL } else { size };
    let source = match files.open(&path, 0).await {
        Ok(reader) => Source::start(reader, most).await,
        Err(error) => Err(error),
    };
    match source {
        Ok(source) => Ready::File(entry, size, source),
        Err(FileError::Unavailable) => Ready::Broken(FileError::Unavailable),
        Err(error) => Ready::Left(entry.name, words(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::memory::Memory;
    use super::*;

    async fn packed(memory: &Memory) -> Vec<u8> {
        let (out, mut pieces) = mpsc::channel(CHUNKS);
        let files: FilesHandle = Arc::new(memory.clone());
        let root = root(&files, "/r").await.unwrap();
        let pack = async {
            let mut packer = Packer::new(out);
            packer.pack(files, root).await
        };
        let gather = async {
            let mut all = Vec::new();
            while let Some(piece) = pieces.recv().await {
                all.extend_from_slice(&piece.unwrap());
            }
            all
        };
        let (outcome, all) = tokio::join!(pack, gather);
        assert_eq!(outcome, Ok(()));
        all
    }

    fn has(archive: &[u8], text: &str) -> bool {
        memchr::memmem::find(archive, text.as_bytes()).is_some()
    }

    #[tokio::test]
    async fn an_archive_names_what_it_leaves_out() {
        let memory = Memory::new();
        memory.folder("/r");
        memory.put("/r/a.txt", "the content of a");
        memory.lock("/r/secret");
        memory.link("/r/link", "/etc");

        let archive = packed(&memory).await;

        assert!(archive.starts_with(b"PK\x03\x04"));
        assert!(has(&archive, "the content of a"));
        assert!(has(&archive, "r/link: it is a link\n"));
        assert!(has(
            &archive,
            "r/secret: the account at the target may not read it\n"
        ));
    }

    #[tokio::test]
    async fn a_whole_archive_has_no_list() {
        let memory = Memory::new();
        memory.folder("/r");
        memory.put("/r/a.txt", "x");
        assert!(!has(&packed(&memory).await, NAME));
    }

    #[tokio::test]
    async fn files_are_no_folders() {
        let memory = Memory::new();
        memory.put("/r", "x");
        let files: FilesHandle = Arc::new(memory);
        let refused = root(&files, "/r").await.err().unwrap();
        assert_eq!(refused.code(), "not_a_folder");
    }
}
