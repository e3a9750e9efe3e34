//! Removing files, and folders with everything in them. Links are removed, never followed.

use actix_web::HttpResponse;
use actix_web::web::Query;
use futures_util::stream::{self, StreamExt as _};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::oneshot;

use super::pipe::CUT_OFF;
use super::reach::{End, Reach};
use super::trouble::{answer, bad_path, code};
use crate::actor::{self, Exit};
use crate::driver::{FileEntry, FileError, FileKind, FilesHandle};
use crate::http::ApiError;

/// Entries removed by one request; the next goes on where it stopped.
const MOST_ENTRIES: u64 = 100_000;

/// Folders within folders.
const MOST_DEPTH: usize = 128;

/// Removals in flight at once.
const AHEAD: usize = 16;

/// What to remove.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RemovalQuery {
    /// The path, absolute or below the home directory.
    path: String,
    /// Also a folder with everything in it.
    #[serde(default)]
    recursive: bool,
}

/// Why it is still there, wholly or in part.
#[derive(Debug)]
enum Problem {
    File(FileError),
    TooMany,
    TooDeep,
    CutOff,
}

impl Problem {
    const fn code(&self) -> &'static str {
        match self {
            Self::File(error) => code(error),
            Self::TooMany => "too_many_entries",
            Self::TooDeep => "too_deep",
            Self::CutOff => CUT_OFF,
        }
    }
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// Removes a file, a link or a folder.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}/files", tag = "files",
    params(("id" = Uuid, Path), RemovalQuery),
    responses((status = 204), (status = 403), (status = 404), (status = 409)))]
pub(super) async fn remove(
    reach: Reach,
    query: Query<RemovalQuery>,
) -> Result<HttpResponse, ApiError> {
    let RemovalQuery { path, recursive } = query.into_inner();
    if !is_removable(&path) {
        return Err(bad_path());
    }
    let (files, trail) = reach.into_parts();
    // A browser that goes away stops the removal; what was removed is written down all the same.
    let (waiting, gone) = oneshot::channel::<()>();
    let task = actor::spawn("file-delete", async move {
        let mut removed = 0;
        let outcome = tokio::select! {
            outcome = remove_path(&files, &path, recursive, &mut removed) => outcome,
            _ = gone => Err(Problem::CutOff),
        };
        let problem = outcome.as_ref().err().map(Problem::code);
        let detail = json!({
            "path": path,
            "recursive": recursive,
            "removed": removed,
            "problem": problem,
        });
        let end = problem.map_or(End::Done, End::of);
        trail.record("file.delete", end, detail).await;
        (outcome, removed)
    });
    let exit = task.await;
    drop(waiting);
    match exit {
        Exit::Finished((Ok(()), _)) => Ok(HttpResponse::NoContent().finish()),
        Exit::Finished((Err(problem), removed)) => Err(refusal(problem, removed)),
        Exit::Panicked(_) | Exit::Cancelled => Err(ApiError::internal()),
    }
}

fn refusal(problem: Problem, removed: u64) -> ApiError {
    let code = problem.code();
    let text = match problem {
        Problem::File(error) => {
            let plain = answer(error);
            if removed == 0 {
                return plain;
            }
            let text = format!("{} {removed} entries are removed.", plain.message());
            return ApiError::new(plain.status(), code, text);
        }
        Problem::TooMany => format!("Removed {removed} entries; there are more. Remove it again."),
        Problem::TooDeep => "Its folders lie too deep within each other.".to_owned(),
        Problem::CutOff => "The removal was stopped.".to_owned(),
    };
    ApiError::conflict(code, text)
}

/// Whether the path ends in a name: the root, the home directory and `..` are nobody's to remove.
fn is_removable(path: &str) -> bool {
    let trimmed = path.trim_end_matches('/');
    let name = trimmed.rsplit('/').next().unwrap_or_default();
    !matches!(name, "" | "." | "..")
}

async fn remove_path(
    files: &FilesHandle,
    path: &str,
    is_recursive: bool,
    removed: &mut u64,
) -> Result<(), Problem> {
    // With its slash, a link would lead to what it points to.
    let path = path.trim_end_matches('/');
    let entry = files.stat(path).await?;
    if is_recursive && entry.kind == FileKind::Directory {
        return remove_tree(files, path, removed).await;
    }
    files.remove(path).await?;
    *removed += 1;
    Ok(())
}

/// A folder on the way down, or on the way back up when everything in it is gone.
enum Step {
    Enter(String, usize),
    Leave(String),
}

async fn remove_tree(files: &FilesHandle, path: &str, removed: &mut u64) -> Result<(), Problem> {
    let mut steps = vec![Step::Enter(path.to_owned(), 0)];
    while let Some(step) = steps.pop() {
        match step {
            Step::Enter(folder, depth) => {
                if depth > MOST_DEPTH {
                    return Err(Problem::TooDeep);
                }
                let Some(entries) = unless_gone(files.list(&folder).await)? else {
                    continue;
                };
                let (folders, others): (Vec<_>, Vec<_>) = entries
                    .into_iter()
                    .partition(|entry| entry.kind == FileKind::Directory);
                remove_entries(files, &folder, others, removed).await?;
                let below: Vec<_> = folders
                    .iter()
                    .map(|entry| Step::Enter(format!("{folder}/{}", entry.name), depth + 1))
                    .collect();
                steps.push(Step::Leave(folder));
                steps.extend(below);
            }
            Step::Leave(folder) => {
                unless_gone(files.remove(&folder).await)?;
                count(removed)?;
            }
        }
    }
    Ok(())
}

/// Removes what is no folder, several at a time.
async fn remove_entries(
    files: &FilesHandle,
    folder: &str,
    entries: Vec<FileEntry>,
    removed: &mut u64,
) -> Result<(), Problem> {
    let removals = entries.into_iter().map(|entry| {
        let path = format!("{folder}/{}", entry.name);
        async move { files.remove(&path).await }
    });
    let mut outcomes = stream::iter(removals).buffer_unordered(AHEAD);
    while let Some(outcome) = outcomes.next().await {
        unless_gone(outcome)?;
        count(removed)?;
    }
    Ok(())
}

fn count(removed: &mut u64) -> Result<(), Problem> {
    *removed += 1;
    if *removed >= MOST_ENTRIES {
        return Err(Problem::TooMany);
    }
    Ok(())
}

/// Somebody else may have removed it meanwhile: then it is as wanted.
fn unless_gone<T>(outcome: Result<T, FileError>) -> Result<Option<T>, FileError> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(FileError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::memory::Memory;
    use super::*;

    fn tree() -> (Memory, FilesHandle) {
        let memory = Memory::new();
        for folder in ["/keep", "/t", "/t/a", "/t/a/b"] {
            memory.folder(folder);
        }
        for file in ["/keep/file", "/t/1", "/t/a/2", "/t/a/b/3"] {
            memory.put(file, "x");
        }
        memory.link("/t/link", "/keep");
        let files: FilesHandle = Arc::new(memory.clone());
        (memory, files)
    }

    #[tokio::test]
    async fn a_tree_goes_and_what_its_links_point_to_stays() {
        let (memory, files) = tree();
        let mut removed = 0;
        let outcome = remove_path(&files, "/t/", true, &mut removed).await;
        assert!(outcome.is_ok());
        assert_eq!(removed, 7);
        assert!(!memory.has("/t") && memory.has("/keep/file"));
    }

    #[tokio::test]
    async fn a_link_with_a_slash_is_still_only_a_link() {
        let (memory, files) = tree();
        let mut removed = 0;
        let outcome = remove_path(&files, "/t/link/", true, &mut removed).await;
        assert!(outcome.is_ok());
        assert!(!memory.has("/t/link") && memory.has("/keep/file"));
    }

    #[tokio::test]
    async fn without_recursive_a_full_folder_stays() {
        let (memory, files) = tree();
        let mut removed = 0;
        let outcome = remove_path(&files, "/t", false, &mut removed).await;
        assert!(matches!(outcome, Err(Problem::File(FileError::NotEmpty))));
        assert!(memory.has("/t/a/b/3"));
    }

    #[tokio::test]
    async fn too_deep_a_tree_is_refused() {
        let memory = Memory::new();
        let mut path = String::new();
        for _ in 0..=MOST_DEPTH + 1 {
            path.push_str("/d");
            memory.folder(&path);
        }
        let files: FilesHandle = Arc::new(memory);
        let outcome = remove_path(&files, "/d", true, &mut 0).await;
        assert!(matches!(outcome, Err(Problem::TooDeep)));
    }

    #[test]
    fn roots_and_homes_are_not_removable() {
        for bad in ["", "/", "//", ".", "..", "a/..", "/a/./"] {
            assert!(!is_removable(bad), "{bad}");
        }
        assert!(is_removable("a") && is_removable("/a/b/"));
    }
}
