//! Bodies, queries and paths that do not parse: each with its code and a sentence.

use actix_web::HttpRequest;
use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError};
use actix_web::http::StatusCode;
use actix_web::web::{JsonConfig, PathConfig, QueryConfig};

use super::ApiError;

/// JSON bodies: only `application/json`, at most `limit` bytes.
pub(super) fn json(limit: usize) -> JsonConfig {
    JsonConfig::default()
        .limit(limit)
        .content_type_required(true)
        .error_handler(|error, _| json_error(&error).into())
}

/// Query strings.
pub(super) fn query() -> QueryConfig {
    QueryConfig::default().error_handler(|error: QueryPayloadError, _: &HttpRequest| {
        ApiError::bad_request("bad_query", format!("The query cannot be read: {error}.")).into()
    })
}

/// Path segments; an id that is none names nothing.
pub(super) fn path() -> PathConfig {
    PathConfig::default()
        .error_handler(|_: PathError, _: &HttpRequest| ApiError::not_found().into())
}

fn json_error(error: &JsonPayloadError) -> ApiError {
    match error {
        JsonPayloadError::OverflowKnownLength { limit, .. }
        | JsonPayloadError::Overflow { limit } => ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            format!("The body may have at most {limit} bytes."),
        ),
        JsonPayloadError::ContentType => ApiError::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        JsonPayloadError::Deserialize(error) => ApiError::bad_request(
            "bad_json",
            // serde names the field or the place, and never repeats more than a word of the input;
            // data errors may repeat a value, so only syntax errors are quoted.
            match error.classify() {
                serde_json::error::Category::Data => field_error(error),
                _ => format!(
                    "The body is not JSON (line {}, column {}).",
                    error.line(),
                    error.column()
                ),
            },
        ),
        _ => ApiError::bad_request("bad_body", "The body could not be read."),
    }
}

/// "missing field `x`", "unknown field `x`"; values are left out, they may be secrets.
fn field_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let is_about_fields = text.starts_with("missing field") || text.starts_with("unknown field");
    if is_about_fields {
        let end = text.find(" at line").unwrap_or(text.len());
        let what = text.get(..end).unwrap_or_default();
        return format!("The body does not fit: {what}.");
    }
    format!(
        "The body does not fit: a value at line {}, column {} has the wrong shape.",
        error.line(),
        error.column()
    )
}
