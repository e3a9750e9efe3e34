//! A file's new content. It appears under its name when the last byte is stored, or not at all.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Payload, Query};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::change::make_parents;
use super::pipe::{CHUNKS, CUT_OFF, STALL};
use super::reach::{End, Reach, Trail};
use super::slot::Slot;
use super::trouble::{answer, code};
use crate::actor::{self, Exit, Task};
use crate::driver::{BoxWriter, FileError, WriteMode};
use crate::http::ApiError;

/// Bytes gathered into one write: sockets give a few kilobytes at a time, and each write costs
/// a request at the target.
const GATHERED: usize = 256 * 1024;

/// What is still taken of a body that is already refused, so that the browser reads the reason
/// and not a reset connection.
const DRAINED_BYTES: usize = 64 * 1024 * 1024;
const DRAINED_TIME: Duration = Duration::from_secs(5);

/// What to do with a file that is there.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    /// Refuse with `exists`.
    #[default]
    New,
    /// Replace it, at the end and at once.
    Replace,
}

/// Where the content goes.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UploadQuery {
    /// The path, absolute or below the home directory.
    path: String,
    /// What to do with a file that is there; `new` when absent.
    #[serde(default)]
    #[param(inline)]
    mode: Mode,
    /// Make missing folders on the way.
    #[serde(default)]
    parents: bool,
}

/// What was stored.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Stored {
    /// The path as asked for.
    path: String,
    /// Bytes.
    size: u64,
}

/// Uploads a file; the body is its content.
#[utoipa::path(put, path = "/api/v1/sessions/{id}/files/content", tag = "files",
    params(("id" = Uuid, Path), UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Stored), (status = 403), (status = 404), (status = 409),
        (status = 507)))]
pub(super) async fn write(
    reach: Reach,
    query: Query<UploadQuery>,
    mut payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let query = query.into_inner();
    match take(reach, &query, &mut payload).await {
        Ok(size) => Ok(HttpResponse::Created().json(Stored {
            path: query.path,
            size,
        })),
        Err(error) => {
            drain(&mut payload).await;
            Err(error)
        }
    }
}

async fn take(reach: Reach, query: &UploadQuery, payload: &mut Payload) -> Result<u64, ApiError> {
    let slot = reach.slot()?;
    let (files, trail) = reach.into_parts();
    let mode = match query.mode {
        Mode::New => WriteMode::New,
        Mode::Replace => WriteMode::Replace,
    };
    let opened = async {
        if query.parents {
            make_parents(&files, &query.path).await?;
        }
        files.create(&query.path, mode).await
    };
    let writer = match opened.await {
        Ok(writer) => writer,
        Err(error) => {
            let problem = code(&error);
            let detail = json!({ "path": query.path, "problem": problem });
            let end = End::of(problem);
            trail.record("file.upload", end, detail).await;
            return Err(answer(error));
        }
    };
    let (pieces, task) = start(writer, query, trail, slot);
    let received = receive(payload, &pieces).await;
    if received.is_ok() {
        // A task that is gone says below why.
        drop(pieces.send(Piece::End).await);
    }
    drop(pieces);
    // Also after a failure: what was stored is removed before the answer says so.
    let stored = match task.await {
        Exit::Finished(stored) => stored,
        Exit::Panicked(_) | Exit::Cancelled => return Err(ApiError::internal()),
    };
    received?;
    stored.map_err(|problem| match problem {
        Problem::File(error) => answer(error),
        Problem::CutOff => cut_off(),
    })
}

/// What the listener hands to the task that stores.
#[derive(Debug)]
enum Piece {
    Data(Bytes),
    /// That was all; without it the upload was cut off.
    End,
}

/// Why nothing was stored.
#[derive(Debug)]
enum Problem {
    File(FileError),
    CutOff,
}

/// The task that stores; answers how many bytes.
type Storing = Task<Result<u64, Problem>>;

/// Stores in a task of its own: it cleans up also when the browser goes away and takes the
/// request's handler with it.
fn start(
    writer: BoxWriter,
    query: &UploadQuery,
    trail: Trail,
    slot: Slot,
) -> (mpsc::Sender<Piece>, Storing) {
    let (pieces_to, pieces) = mpsc::channel(CHUNKS);
    let (path, mode) = (query.path.clone(), query.mode);
    let task = actor::spawn("file-upload", async move {
        let stored = store(writer, pieces).await;
        drop(slot);
        let (end, size, problem) = match &stored {
            Ok(size) => (End::Done, Some(*size), None),
            Err(Problem::File(error)) => (End::of(code(error)), None, Some(code(error))),
            Err(Problem::CutOff) => (End::Failed, None, Some(CUT_OFF)),
        };
        let is_replacing = matches!(mode, Mode::Replace);
        let detail =
            json!({ "path": path, "size": size, "replace": is_replacing, "problem": problem });
        trail.record("file.upload", end, detail).await;
        stored
    });
    (pieces_to, task)
}

async fn store(mut writer: BoxWriter, mut pieces: mpsc::Receiver<Piece>) -> Result<u64, Problem> {
    let mut gathered = BytesMut::new();
    let mut size = 0_u64;
    loop {
        let (is_end, is_cut) = match pieces.recv().await {
            Some(Piece::Data(data)) => {
                size = size.saturating_add(u64::try_from(data.len()).unwrap_or(0));
                gathered.extend_from_slice(&data);
                (false, false)
            }
            Some(Piece::End) => (true, false),
            None => (false, true),
        };
        if is_cut {
            writer.abort().await;
            return Err(Problem::CutOff);
        }
        let is_due = gathered.len() >= GATHERED || (is_end && !gathered.is_empty());
        if is_due && let Err(error) = writer.write(gathered.split().freeze()).await {
            writer.abort().await;
            return Err(Problem::File(error));
        }
        if is_end {
            writer.finish().await.map_err(Problem::File)?;
            return Ok(size);
        }
    }
}

/// Passes the body on until it ends or nobody takes it any more.
async fn receive(payload: &mut Payload, pieces: &mpsc::Sender<Piece>) -> Result<(), ApiError> {
    loop {
        let Ok(next) = timeout(STALL, payload.next()).await else {
            return Err(ApiError::new(
                StatusCode::REQUEST_TIMEOUT,
                "stalled",
                "The upload stood still for too long and was given up.",
            ));
        };
        match next {
            None => return Ok(()),
            Some(Err(error)) => {
                tracing::debug!(%error, "Upload was cut off");
                return Err(cut_off());
            }
            Some(Ok(data)) => {
                if pieces.send(Piece::Data(data)).await.is_err() {
                    return Ok(());
                }
            }
        }
    }
}

fn cut_off() -> ApiError {
    ApiError::bad_request(
        CUT_OFF,
        "The upload broke off before its end; nothing was stored.",
    )
}

async fn drain(payload: &mut Payload) {
    let draining = async {
        let mut left = DRAINED_BYTES;
        while let Some(Ok(data)) = payload.next().await {
            left = left.saturating_sub(data.len());
            if left == 0 {
                break;
            }
        }
    };
    if timeout(DRAINED_TIME, draining).await.is_err() {
        tracing::debug!("Refused upload goes on sending");
    }
}

#[cfg(test)]
mod tests {
    use super::super::memory::Memory;
    use super::*;
    use crate::driver::Files as _;

    async fn run(memory: &Memory, pieces: Vec<Piece>) -> Result<u64, Problem> {
        let writer = memory.create("/new", WriteMode::New).await.unwrap();
        let (to, from) = mpsc::channel(pieces.len().max(1));
        for piece in pieces {
            to.send(piece).await.unwrap();
        }
        drop(to);
        store(writer, from).await
    }

    #[tokio::test]
    async fn a_body_without_its_end_leaves_nothing() {
        let memory = Memory::new();
        let pieces = vec![Piece::Data(Bytes::from_static(b"half"))];
        let stored = run(&memory, pieces).await;
        assert!(matches!(stored, Err(Problem::CutOff)));
        assert!(memory.content("/new").is_none());
    }

    #[tokio::test]
    async fn a_body_is_stored_in_order_whatever_its_pieces() {
        let memory = Memory::new();
        let big = vec![7; GATHERED + 1];
        let pieces = vec![
            Piece::Data(Bytes::from_static(b"a")),
            Piece::Data(Bytes::from(big.clone())),
            Piece::Data(Bytes::from_static(b"b")),
            Piece::End,
        ];
        assert_eq!(run(&memory, pieces).await.unwrap(), GATHERED as u64 + 3);
        let want = [b"a".as_slice(), &big, b"b"].concat();
        assert_eq!(memory.content("/new").unwrap(), want);
    }

    #[tokio::test]
    async fn an_empty_body_is_an_empty_file() {
        let memory = Memory::new();
        assert_eq!(run(&memory, vec![Piece::End]).await.unwrap(), 0);
        assert_eq!(memory.content("/new").unwrap(), b"");
    }
}
