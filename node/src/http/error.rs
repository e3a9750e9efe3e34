//! Errors as the API answers them: a status, a stable code, a sentence.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use schema::store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::telemetry::chain;

/// An answer that is not success. `frame` turns it into the JSON that clients see.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    status: StatusCode,
    code: Cow<'static, str>,
    message: Cow<'static, str>,
    retry_after: Option<Duration>,
}

impl ApiError {
    /// An error with a status, a stable code and a sentence for people.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code: Cow::Borrowed(code),
            message: message.into(),
            retry_after: None,
        }
    }

    /// 400: the request makes no sense.
    pub fn bad_request(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 401: nobody is signed in.
    pub fn signed_out() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "signed_out",
            "You are not signed in.",
        )
    }

    /// 403: not theirs to do.
    pub fn forbidden(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// 404: not there, or not theirs to know.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is nothing at this address.",
        )
    }

    /// 409: what is stored speaks against it.
    pub fn conflict(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 429: later.
    pub fn throttled(wait: Duration) -> Self {
        let seconds = wait.as_secs().saturating_add(1);
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "throttled",
            format!("Too many tries. Try again in {seconds} s."),
        )
        .after(wait)
    }

    /// 503: later, elsewhere, or when somebody has repaired it.
    pub fn unavailable(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message).after(Duration::from_secs(2))
    }

    /// 500: our fault; the log has the details under the request id.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong here. The log has the details under this request id.",
        )
    }

    /// Asks the client to wait before the next try.
    #[must_use]
    pub const fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The body that clients see.
    pub(super) fn envelope(&self, request_id: &str) -> ErrorBody {
        ErrorBody {
            error: ErrorDetail {
                code: self.code.to_string(),
                message: self.message.to_string(),
                request_id: request_id.to_owned(),
            },
        }
    }

    pub(super) fn retry_after(&self) -> Option<HeaderValue> {
        let seconds = self.retry_after?.as_millis().div_ceil(1000).max(1);
        HeaderValue::from_str(&seconds.to_string()).ok()
    }

    /// What a bare status means when nobody said more.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let (code, message) = match status.as_u16() {
            400 => ("bad_request", "The request cannot be understood."),
            404 => return Self::not_found(),
            405 => ("method_not_allowed", "This method is not offered here."),
            408 => ("request_timeout", "The request took too long to arrive."),
            413 => ("body_too_large", "The request's body is too large."),
            415 => (
                "unsupported_media_type",
                "The body must be application/json.",
            ),
            416 => ("range_not_satisfiable", "The range lies outside the file."),
            431 => ("headers_too_large", "The request's headers are too large."),
            500..=599 => return Self::internal(),
            _ => ("refused", "The request was refused."),
        };
        Self::new(status, code, message)
    }
}

/// The one shape of every error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorDetail {
    /// Stable code.
    code: String,
    /// A sentence for people.
    message: String,
    /// Finds the request in the log.
    request_id: String,
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after() {
            response.insert_header((RETRY_AFTER, seconds));
        }
        response.json(self.envelope(""))
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable(_) => {
                tracing::warn!(error = %chain(&error), "Database does not answer");
                metrics::gauge!(crate::metrics::DATABASE_UP).set(0.0);
                Self::unavailable(
                    "database_unavailable",
                    "The database does not answer. Running sessions go on; try again shortly.",
                )
            }
            StoreError::Locked => {
                tracing::warn!("Database is locked");
                Self::unavailable(
                    "database_locked",
                    "The database is busy. Try again in a moment.",
                )
            }
            StoreError::Full => {
                tracing::error!("No space left for the database");
                Self::new(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "database_full",
                    "There is no space left for the database. An admin must make room.",
                )
            }
            StoreError::NotFound => Self::not_found(),
            StoreError::Conflict { what } => conflict(what),
            StoreError::Fenced { .. }
            | StoreError::NewerSchema { .. }
            | StoreError::Sealed(_)
            | StoreError::Corrupt { .. } => {
                tracing::error!(error = %chain(&error), "Store failed");
                Self::internal()
            }
        }
    }
}

/// What is said about a conflict that the list does not know; a test finds such codes.
const UNNAMED: &str = "This does not fit what is stored.";

/// The store's codes with a sentence each.
fn conflict(what: &'static str) -> ApiError {
    let sentence = match what {
        "last_admin" => "This is the last admin who can sign in; make another one first.",
        "name_taken" => "This name is taken.",
        "jump_cycle" => "The jump hosts would lead back to this target.",
        "jump_too_long" => "Too many jump hosts in a row.",
        "target_is_jump" => "Another target goes through this one; change that one first.",
        "unknown_reference" => "Something named in the request does not exist (any more).",
        "grant_exists" => "This right is given already.",
        "unknown_target" => "This target does not exist any more.",
        "unknown_user" => "This user does not exist any more.",
        "session_exists" => "There is a session of this id already.",
        "session_is_over" => "This session is over already.",
        "setup_link_exists" => "There is such a link already; make another one.",
        _ => UNNAMED,
    };
    if what.starts_with("bad_") || what == "too_long" {
        return ApiError::bad_request(what, bad(what).unwrap_or(sentence));
    }
    ApiError::conflict(what, sentence)
}

fn bad(what: &str) -> Option<&'static str> {
    Some(match what {
        "bad_name" => "A name is needed: without control characters and not too long.",
        "bad_label" => "A label is needed: without control characters and not too long.",
        "bad_code" => "The event's code is empty or too long.",
        "bad_host_key" => "The host key is empty, too long or has control characters.",
        "bad_cursor" => "This page cursor is not of this list.",
        "bad_display_name" => "The display name is too long or has control characters.",
        "bad_folder" => "The folder is too long or has control characters.",
        "bad_host" => "A host name or address is needed.",
        "bad_protocol" => "This protocol is not known.",
        "bad_user_name" => "The user name is too long or has control characters.",
        "too_long" => "A value is too long.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every word in quotes that follows one of `marks` in the text.
    fn words_after<'t>(text: &'t str, marks: &[&str]) -> BTreeSet<&'t str> {
        let after = marks.iter().flat_map(|mark| text.split(mark).skip(1));
        let quoted = after.filter_map(|rest| {
            let (word, _) = rest.trim_start().split_once('"')?;
            let is_code =
                !word.is_empty() && word.bytes().all(|b| b == b'_' || b.is_ascii_lowercase());
            is_code.then_some(word)
        });
        quoted.collect()
    }

    /// The codes of conflicts in the store's sources, except those that a store always renames.
    fn codes() -> BTreeSet<String> {
        let room = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema/src/store");
        let mut codes = BTreeSet::new();
        for file in std::fs::read_dir(room).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let plain: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let marks = [
                "Conflict { what: \"",
                ".duplicate(\"",
                ".reference(\"",
                "conflict(\"",
            ];
            codes.extend(words_after(&plain, &marks).into_iter().map(str::to_owned));
            let quoted = plain.split('"').filter(|word| word.starts_with("bad_"));
            codes.extend(quoted.map(str::to_owned));
        }
        codes.remove("duplicate");
        codes.remove("reference");
        codes
    }

    #[test]
    fn every_conflict_of_the_store_has_a_sentence_of_its_own() {
        let codes = codes();
        for known in ["grant_exists", "last_admin", "bad_label", "unknown_target"] {
            assert!(codes.contains(known), "{known} is not among {codes:?}");
        }
        for code in codes {
            let error = conflict(code.clone().leak());
            assert_ne!(error.message(), UNNAMED, "{code}");
            assert_eq!(error.code(), code);
        }
    }
}
