//! The frame around every request: an id, a span, metrics, headers, and one shape of error.

use std::fmt::Write as _;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use metrics::{counter, histogram};
use tracing::Instrument as _;

use super::{ApiError, App, headers};
use crate::metrics::{HTTP_DURATION, HTTP_REQUESTS};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An answer must begin within this time. Bounds bodies that trickle in.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long an answer may take to begin; `None` for what takes as long as it moves and watches over
/// itself: uploads, and the removal of a folder with everything in it.
fn patience(method: &Method, path: &str) -> Option<Duration> {
    let is_upload = *method == Method::PUT;
    let is_removal = *method == Method::DELETE && path.ends_with("/files");
    (!is_upload && !is_removal).then_some(PATIENCE)
}

/// Waits for an answer; 408 when that takes longer than `patience`.
async fn in_time<T>(
    answered: impl Future<Output = Result<T, actix_web::Error>>,
    patience: Option<Duration>,
) -> Result<T, actix_web::Error> {
    let Some(patience) = patience else {
        return answered.await;
    };
    let in_time = tokio::time::timeout(patience, answered).await;
    in_time.unwrap_or_else(|_| Err(ApiError::of_status(StatusCode::REQUEST_TIMEOUT).into()))
}

/// Outermost: everything that leaves has passed here.
pub(super) async fn frame<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let app = request
        .app_data::<Data<App>>()
        .cloned()
        .ok_or_else(ApiError::internal)?;
    let id = new_id();
    let method = method_label(request.method().as_str());
    let is_api = request.path().starts_with("/api/");
    let started = app.clock().instant();
    let span = tracing::info_span!("request", id, method);
    // No clone of the request may live here: actix-web fills in the path's parameters in place.
    let patience = patience(request.method(), request.path());

    let answered = next.call(request).instrument(span);
    let response = in_time(answered, patience).await?.map_into_boxed_body();
    let mut response = if is_plain_error(&response) {
        dress(response, &id)
    } else {
        response
    };

    let took = app.clock().instant().saturating_duration_since(started);
    histogram!(HTTP_DURATION, "method" => method).record(took.as_secs_f64());
    let class = class_label(response.status());
    counter!(HTTP_REQUESTS, "method" => method, "status" => class).increment(1);
    let map = response.headers_mut();
    headers::apply(map, app.hosts().is_https());
    if is_api && !map.contains_key(CACHE_CONTROL) {
        map.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        map.insert(X_REQUEST_ID, value);
    }
    Ok(response)
}

/// 96 random bits: unique enough for a log, and nothing to guess from.
fn new_id() -> String {
    let mut bytes = [0_u8; 12];
    if getrandom::fill(&mut bytes).is_err() {
        return "0".to_owned();
    }
    bytes
        .iter()
        .fold(String::with_capacity(24), |mut text, byte| {
            if write!(text, "{byte:02x}").is_err() {
                text.push('0');
            }
            text
        })
}

/// An error answer that no handler has given a body of its own.
fn is_plain_error(response: &ServiceResponse<BoxBody>) -> bool {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_json = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    is_error && (response.response().error().is_some() || !is_json)
}

/// Gives an error the one shape; what is behind a 500 stays in the log.
fn dress(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let (request, plain) = response.into_parts();
    let error = plain.error().and_then(|error| error.as_error::<ApiError>());
    let fallback;
    let error = if let Some(error) = error {
        error
    } else {
        if let Some(cause) = plain.error().filter(|_| plain.status().is_server_error()) {
            tracing::error!(id, error = %cause, "Request failed");
        }
        fallback = ApiError::of_status(plain.status());
        &fallback
    };
    let mut dressed = HttpResponse::build(error.status());
    for name in [ALLOW, RETRY_AFTER, HeaderName::from_static("content-range")] {
        if let Some(value) = plain.headers().get(&name) {
            dressed.insert_header((name, value.clone()));
        }
    }
    for cookie in plain.cookies() {
        dressed.cookie(cookie.into_owned());
    }
    ServiceResponse::new(request, dressed.json(error.envelope(id)))
}

fn method_label(method: &str) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

fn class_label(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn removing_a_large_folder_takes_as_long_as_it_moves_and_nothing_else_does() {
        let files = "/api/v1/sessions/0198c0de-0000-7000-8000-000000000000/files";
        let content = format!("{files}/content");
        for (method, path, is_patient) in [
            (Method::DELETE, files, true),
            (Method::PUT, content.as_str(), true),
            (Method::GET, files, false),
            (Method::DELETE, "/api/v1/targets/1", false),
            (Method::POST, "/api/v1/sign-in", false),
        ] {
            let answered = async {
                tokio::time::sleep(Duration::from_mins(10)).await;
                Ok(())
            };
            let answer = in_time(answered, patience(&method, path)).await;
            assert_eq!(answer.is_ok(), is_patient, "{method} {path}");
        }
    }
}
