//! What is in a folder, page by page.

use actix_web::web::{Json, Query};
use serde::{Deserialize, Serialize};
use shared::time::UnixMicros;
use utoipa::ToSchema;

use super::order::{Place, page};
use super::reach::Reach;
use super::trouble::{answer, not_a_folder};
use crate::driver::{FileEntry, FileError, FileKind, FilesHandle};
use crate::http::ApiError;

/// Entries of a page when the request does not say, and at most.
const USUAL: u32 = 200;
const MOST: u32 = 1000;

/// Which folder, and which part of it.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// The folder; empty or absent: where the target's settings begin, else the home directory.
    #[serde(default)]
    path: String,
    /// Most entries, 1 to 1000; 200 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link.
    Link,
    /// A device, a socket, a pipe.
    Other,
}

impl From<FileKind> for EntryKind {
    fn from(kind: FileKind) -> Self {
        match kind {
            FileKind::File => Self::File,
            FileKind::Directory => Self::Directory,
            FileKind::Link => Self::Link,
            FileKind::Other => Self::Other,
        }
    }
}

/// One entry of a folder.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Entry {
    /// Its name as the target spells it.
    name: String,
    /// What it is.
    kind: EntryKind,
    /// What a link points to, when it resolves.
    target_kind: Option<EntryKind>,
    /// Bytes.
    size: u64,
    /// Last change.
    modified: Option<i64>,
    /// POSIX permission bits.
    mode: Option<u32>,
}

impl From<FileEntry> for Entry {
    fn from(entry: FileEntry) -> Self {
        Self {
            name: entry.name,
            kind: entry.kind.into(),
            target_kind: entry.target_kind.map(EntryKind::from),
            size: entry.size,
            modified: entry.modified.map(UnixMicros::as_i64),
            mode: entry.mode,
        }
    }
}

/// A part of a folder: folders first, then by name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Folder {
    /// The folder, absolute.
    path: String,
    /// The entries.
    items: Vec<Entry>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

/// Lists a folder of the session's target.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/files", tag = "files",
    params(("id" = Uuid, Path), ListQuery),
    responses((status = 200, body = Folder), (status = 403), (status = 404), (status = 409)))]
pub(super) async fn list(reach: Reach, query: Query<ListQuery>) -> Result<Json<Folder>, ApiError> {
    let query = query.into_inner();
    let cursor = query.cursor.as_deref().filter(|cursor| !cursor.is_empty());
    let after = cursor.map(|cursor| {
        Place::parse(cursor).ok_or_else(|| {
            ApiError::bad_request("bad_cursor", "This page cursor is not of this list.")
        })
    });
    let after = after.transpose()?;
    let limit = query.limit.unwrap_or(USUAL).clamp(1, MOST);
    let limit = usize::try_from(limit).unwrap_or(200);

    let wanted = if query.path.is_empty() {
        reach.initial_directory().await.unwrap_or_default()
    } else {
        query.path
    };
    let path = absolute(&reach.files, &wanted).await.map_err(answer)?;
    let entries = match reach.files.list(&path).await {
        Ok(entries) => entries,
        Err(error) => return Err(explain(&reach.files, &path, error).await),
    };
    let (items, next) = page(entries, after.as_ref(), limit);
    Ok(Json(Folder {
        path,
        items: items.into_iter().map(Entry::from).collect(),
        next: next.map(|place| place.cursor()),
    }))
}

/// The path as people see it: absolute, but with the links they came through.
async fn absolute(files: &FilesHandle, path: &str) -> Result<String, FileError> {
    if path.is_empty() {
        return files.home().await;
    }
    let trimmed = path.trim_end_matches('/');
    let is_plain = path.starts_with('/')
        && trimmed
            .split('/')
            .skip(1)
            .all(|name| !matches!(name, "" | "." | ".."));
    if trimmed.is_empty() {
        Ok("/".to_owned())
    } else if is_plain {
        Ok(trimmed.to_owned())
    } else {
        files.resolve(path).await
    }
}

/// Servers refuse to list a file with words of their own.
async fn explain(files: &FilesHandle, path: &str, error: FileError) -> ApiError {
    let is_unclear = matches!(error, FileError::Refused(_) | FileError::NotFound);
    if is_unclear && matches!(files.stat(path).await, Ok(entry) if entry.kind == FileKind::File) {
        return not_a_folder();
    }
    answer(error)
}
