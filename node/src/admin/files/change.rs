//! New folders and new names.

use actix_web::HttpResponse;
use actix_web::web::Json;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::reach::{End, Reach};
use super::trouble::{answer, bad_path, code};
use crate::actor::{self, Exit};
use crate::driver::{FileError, FileKind, FilesHandle};
use crate::http::ApiError;

/// Folders made at once on the way to a file.
const MOST_PARENTS: usize = 64;

/// A new folder.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewFolder {
    /// The path, absolute or below the home directory.
    path: String,
    /// Make missing folders on the way, and be content when it is there.
    #[serde(default)]
    parents: bool,
}

/// A folder that was made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct MadeFolder {
    /// The path as asked for.
    path: String,
}

/// Makes a folder.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/files/directory", tag = "files",
    params(("id" = Uuid, Path)), request_body = NewFolder,
    responses((status = 201, body = MadeFolder), (status = 403), (status = 404), (status = 409),
        (status = 507)))]
pub(super) async fn make_folder(
    reach: Reach,
    body: Json<NewFolder>,
) -> Result<HttpResponse, ApiError> {
    let NewFolder { path, parents } = body.into_inner();
    if path.is_empty() {
        return Err(bad_path());
    }
    let made = if parents {
        make_all(&reach.files, &path).await
    } else {
        make_one(&reach.files, &path).await
    };
    made.map_err(answer)?;
    Ok(HttpResponse::Created().json(MadeFolder { path }))
}

/// A new name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Renaming {
    /// The path until now.
    from: String,
    /// The path from now on; nothing may be there.
    to: String,
}

/// Renames or moves a file or folder within the target.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/files/rename", tag = "files",
    params(("id" = Uuid, Path)), request_body = Renaming,
    responses((status = 204), (status = 403), (status = 404), (status = 409)))]
pub(super) async fn rename(reach: Reach, body: Json<Renaming>) -> Result<HttpResponse, ApiError> {
    let Renaming { from, to } = body.into_inner();
    let (files, trail) = reach.into_parts();
    // A task of its own: once begun, it is done and written down whether or not anybody waits.
    let task = actor::spawn("file-rename", async move {
        let renamed = files.rename(&from, &to).await;
        let problem = renamed.as_ref().err().map(code);
        let detail = json!({ "path": from, "to": to, "problem": problem });
        let end = problem.map_or(End::Done, End::of);
        trail.record("file.rename", end, detail).await;
        renamed
    });
    match task.await {
        Exit::Finished(renamed) => renamed.map_err(answer)?,
        Exit::Panicked(_) | Exit::Cancelled => return Err(ApiError::internal()),
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Makes one folder; what is there already is in the way.
async fn make_one(files: &FilesHandle, path: &str) -> Result<(), FileError> {
    match files.stat(path).await {
        Ok(_) => Err(FileError::Exists),
        Err(FileError::NotFound) => files.make_directory(path).await,
        Err(error) => Err(error),
    }
}

/// Makes the folders that a file needs and that are not there.
pub(super) async fn make_parents(files: &FilesHandle, path: &str) -> Result<(), FileError> {
    match parent(path) {
        Some(folder) => make_all(files, folder).await,
        None => Ok(()),
    }
}

/// Makes a folder and those on the way to it. Links on the way are followed, as every path is.
async fn make_all(files: &FilesHandle, path: &str) -> Result<(), FileError> {
    let mut missing = Vec::new();
    let mut at = Some(path.trim_end_matches('/')).filter(|path| !path.is_empty());
    while let Some(folder) = at {
        if missing.len() >= MOST_PARENTS {
            return Err(FileError::BadPath);
        }
        match files.stat(folder).await {
            Ok(entry) if matches!(entry.kind, FileKind::Directory | FileKind::Link) => break,
            Ok(_) => return Err(FileError::Exists),
            Err(FileError::NotFound) => missing.push(folder),
            Err(error) => return Err(error),
        }
        at = parent(folder);
    }
    for folder in missing.into_iter().rev() {
        files.make_directory(folder).await?;
    }
    Ok(())
}

/// The folder that holds a path; none for the root and for what lies in the home directory.
fn parent(path: &str) -> Option<&str> {
    let (folder, _) = path.trim_end_matches('/').rsplit_once('/')?;
    let folder = folder.trim_end_matches('/');
    (!folder.is_empty()).then_some(folder)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::memory::Memory;
    use super::*;

    #[test]
    fn parents_end_at_the_root_and_at_home() {
        assert_eq!(parent("/a/b/"), Some("/a"));
        assert_eq!(parent("a//b"), Some("a"));
        assert_eq!(parent("/a"), None);
        assert_eq!(parent("a"), None);
    }

    #[tokio::test]
    async fn missing_folders_are_made_from_the_top() {
        let memory = Memory::new();
        memory.folder("/a");
        memory.put("/a/file", "x");
        let files: FilesHandle = Arc::new(memory.clone());

        make_parents(&files, "/a/b/c/new").await.unwrap();
        make_parents(&files, "/a/b/c/new").await.unwrap();

        assert!(memory.has("/a/b/c") && !memory.has("/a/b/c/new"));
        let refused = make_parents(&files, "/a/file/c/new").await;
        assert!(matches!(refused, Err(FileError::Exists)));
        let deep = "/x".repeat(200);
        assert!(make_all(&files, &deep).await.is_err());
    }

    #[tokio::test]
    async fn a_folder_that_is_there_is_in_the_way() {
        let memory = Memory::new();
        let files: FilesHandle = Arc::new(memory.clone());
        make_one(&files, "/a").await.unwrap();
        let again = make_one(&files, "/a").await;
        assert!(matches!(again, Err(FileError::Exists)));
    }
}
