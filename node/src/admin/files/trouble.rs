//! What a failed file operation means to a client: status, code, sentence.

use std::borrow::Cow;

use actix_web::http::StatusCode;

use crate::driver::FileError;
use crate::http::ApiError;
use crate::session::FilesUnavailable;

const UNAVAILABLE: &str = "files_unavailable";

/// The stable code of an error.
pub(super) const fn code(error: &FileError) -> &'static str {
    match error {
        FileError::NotFound => "not_found",
        FileError::Denied => "denied",
        FileError::Exists => "exists",
        FileError::NoSpace => "no_space",
        FileError::ReadOnly => "read_only",
        FileError::NotEmpty => "not_empty",
        FileError::BadPath => "bad_path",
        FileError::Refused(_) => "target_refused",
        FileError::Unavailable => UNAVAILABLE,
    }
}

/// The answer of an error.
pub(super) fn answer(error: FileError) -> ApiError {
    let code = code(&error);
    let (status, message): (_, Cow<'static, str>) = match error {
        FileError::NotFound => (
            StatusCode::NOT_FOUND,
            "There is no such file or folder.".into(),
        ),
        FileError::Denied => (
            StatusCode::FORBIDDEN,
            "The account at the target may not do this.".into(),
        ),
        FileError::Exists => (
            StatusCode::CONFLICT,
            "Something of this name is already there.".into(),
        ),
        FileError::NoSpace => (
            StatusCode::INSUFFICIENT_STORAGE,
            "The target's disk or quota is full.".into(),
        ),
        FileError::ReadOnly => (
            StatusCode::FORBIDDEN,
            "The target's file system is read-only.".into(),
        ),
        FileError::NotEmpty => (StatusCode::CONFLICT, "The folder is not empty.".into()),
        FileError::BadPath => (
            StatusCode::BAD_REQUEST,
            "The target has no such paths.".into(),
        ),
        FileError::Refused(text) => (
            StatusCode::CONFLICT,
            format!("The target refused: {text}").into(),
        ),
        FileError::Unavailable => (
            StatusCode::CONFLICT,
            "The session's connection does not answer for files.".into(),
        ),
    };
    ApiError::new(status, code, message)
}

/// Why the session has no files at all.
pub(super) fn unavailable(why: FilesUnavailable) -> ApiError {
    let message = match why {
        FilesUnavailable::NotLive => "The session is not connected yet; files come with it.",
        FilesUnavailable::NotOffered => {
            "This target offers no files, or its settings turn them off."
        }
        FilesUnavailable::Ended => "The session has ended.",
    };
    ApiError::conflict(UNAVAILABLE, message)
}

/// The path names something without bytes of its own.
pub(super) fn not_a_file() -> ApiError {
    ApiError::bad_request(
        "not_a_file",
        "This is not a file that can be read. A folder comes as an archive.",
    )
}

/// The path names no folder.
pub(super) fn not_a_folder() -> ApiError {
    ApiError::bad_request("not_a_folder", "This is not a folder.")
}

/// The path is needed and must end in a name.
pub(super) fn bad_path() -> ApiError {
    answer(FileError::BadPath)
}
