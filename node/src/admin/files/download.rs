//! A file's content, whole or in part.

use std::time::{Duration, SystemTime};

use actix_web::body::SizedStream;
use actix_web::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_RANGE, ETAG, HttpDate, IF_RANGE, LAST_MODIFIED,
    RANGE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Query;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Deserialize;
use serde_json::json;
use shared::time::UnixMicros;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::disposition::attachment;
use super::pipe::{CHUNKS, Source, pump};
use super::range::{Wanted, wanted};
use super::reach::{End, Reach, Trail};
use super::slot::Slot;
use super::trouble::{answer, not_a_file};
use crate::actor;
use crate::driver::{FileEntry, FileKind, FilesHandle};
use crate::http::ApiError;

/// Which file.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FileQuery {
    /// The path, absolute or below the home directory.
    pub(super) path: String,
}

/// A file as it is now.
struct Current {
    path: String,
    entry: FileEntry,
    tag: String,
    changed: Option<String>,
}

impl Current {
    /// Finds the file behind a path; links lead to theirs. Devices and pipes are refused before
    /// they are opened: opening a pipe would wait for its other end.
    async fn find(files: &FilesHandle, path: &str) -> Result<Self, ApiError> {
        let mut entry = files.stat(path).await.map_err(answer)?;
        let mut path = path.to_owned();
        if entry.kind == FileKind::Link {
            path = files.resolve(&path).await.map_err(answer)?;
            let name = entry.name;
            entry = files.stat(&path).await.map_err(answer)?;
            entry.name = name;
        }
        if entry.kind != FileKind::File {
            return Err(not_a_file());
        }
        let micros = entry.modified.map_or(0, UnixMicros::as_i64);
        let seconds = u64::try_from(micros / 1_000_000).ok().filter(|s| *s > 0);
        let changed = seconds
            .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
            .map(|time| HttpDate::from(time).to_string());
        let tag = format!("\"{micros:x}-{:x}\"", entry.size);
        Ok(Self {
            path,
            entry,
            tag,
            changed,
        })
    }

    /// The bytes wanted; a range of another version of the file is none of this one.
    fn wanted(&self, request: &HttpRequest) -> Wanted {
        let header = |name| {
            let value = request.headers().get(name);
            value.and_then(|value| value.to_str().ok())
        };
        let is_same = header(IF_RANGE).is_none_or(|version| {
            version == self.tag || self.changed.as_deref().is_some_and(|at| at == version)
        });
        wanted(header(RANGE).filter(|_| is_same), self.entry.size)
    }

    fn dress(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        response
            .content_type("application/octet-stream")
            .insert_header((CONTENT_DISPOSITION, attachment(&self.entry.name)))
            .insert_header((ACCEPT_RANGES, "bytes"))
            .insert_header((ETAG, self.tag.as_str()));
        if let Some(changed) = &self.changed {
            response.insert_header((LAST_MODIFIED, changed.as_str()));
        }
        response
    }
}

/// Downloads a file, always as an attachment. `HEAD` says whether it could be.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/files/content", tag = "files",
    params(("id" = Uuid, Path), FileQuery,
        ("range" = Option<String>, Header, description = "One range of bytes.")),
    responses(
        (status = 200, content_type = "application/octet-stream"),
        (status = 206, content_type = "application/octet-stream"),
        (status = 400), (status = 403), (status = 404), (status = 409), (status = 416)))]
pub(super) async fn read(
    reach: Reach,
    query: Query<FileQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let slot = reach.slot()?;
    let current = Current::find(&reach.files, &query.path).await?;
    let size = current.entry.size;
    let (first, length, status) = match current.wanted(&request) {
        Wanted::Whole => (0, size, StatusCode::OK),
        Wanted::Part { first, last } => (
            first,
            last.saturating_sub(first).saturating_add(1),
            StatusCode::PARTIAL_CONTENT,
        ),
        Wanted::Nothing => {
            let mut response = HttpResponse::build(StatusCode::RANGE_NOT_SATISFIABLE);
            response.insert_header((CONTENT_RANGE, format!("bytes */{size}")));
            return Ok(response.finish());
        }
    };
    let reader = reach.files.open(&current.path, first).await;
    let reader = reader.map_err(answer)?;
    let mut response = current.dress(status);
    if status == StatusCode::PARTIAL_CONTENT {
        let last = first.saturating_add(length).saturating_sub(1);
        response.insert_header((CONTENT_RANGE, format!("bytes {first}-{last}/{size}")));
    }
    if *request.method() == Method::HEAD {
        let nothing = futures_util::stream::empty::<Result<_, ApiError>>();
        return Ok(response.body(SizedStream::new(length, nothing)));
    }
    // Files of `/proc` say that they are empty, and are not.
    let is_sized = size > 0;
    let most = if is_sized { length } else { u64::MAX };
    let source = Source::start(reader, most).await.map_err(answer)?;
    let transfer = Transfer {
        path: query.into_inner().path,
        size,
        first,
        expected: is_sized.then_some(length),
    };
    let (_, trail) = reach.into_parts();
    Ok(send(response, source, transfer, (trail, slot)))
}

struct Transfer {
    path: String,
    size: u64,
    first: u64,
    expected: Option<u64>,
}

/// Starts the transfer and answers with its stream. The task outlives the request, so that the
/// trail tells how much was taken also when the browser goes away.
fn send(
    mut response: HttpResponseBuilder,
    source: Source,
    transfer: Transfer,
    (trail, slot): (Trail, Slot),
) -> HttpResponse {
    let (out, pieces) = mpsc::channel(CHUNKS);
    let length = if source.is_empty() {
        Some(transfer.expected.unwrap_or(0))
    } else {
        transfer.expected
    };
    let task = async move {
        let sent = pump(source, transfer.expected, out).await;
        drop(slot);
        let end = sent.problem.map_or(End::Done, End::of);
        let detail = json!({
            "path": transfer.path,
            "size": transfer.size,
            "offset": transfer.first,
            "bytes": sent.bytes,
            "problem": sent.problem,
        });
        trail.record("file.download", end, detail).await;
    };
    actor::spawn("file-download", task).detach();
    let pieces = ReceiverStream::new(pieces);
    match length {
        Some(length) => response.body(SizedStream::new(length, pieces)),
        None => response.streaming(pieces),
    }
}
