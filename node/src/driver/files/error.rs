//! SFTP's few status codes made into the words of [`FileError`].
//!
//! Version 3 has one code, "failure", for a full disk, a read-only file system, a name that
//! exists and a directory with entries. The caller knows what it tried, and the file system's
//! own figures (`statvfs@openssh.com`) tell the rest.

use russh_sftp::client::error::Error;
use russh_sftp::extensions::Statvfs;
use russh_sftp::protocol::StatusCode;

use super::FileError;
use crate::driver::text::tame_line;

/// What an error means before anything else is asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    NotFound,
    Denied,
    BadPath,
    /// The one code for everything else, with the server's words.
    Failure(String),
    /// The channel is dead; open another.
    Dead,
    Eof,
}

pub(super) fn meaning(error: &Error) -> Meaning {
    match error {
        Error::Status(status) => match status.status_code {
            StatusCode::NoSuchFile => Meaning::NotFound,
            StatusCode::PermissionDenied => Meaning::Denied,
            StatusCode::BadMessage => Meaning::BadPath,
            StatusCode::Eof => Meaning::Eof,
            StatusCode::NoConnection | StatusCode::ConnectionLost => Meaning::Dead,
            StatusCode::Failure | StatusCode::Ok | StatusCode::OpUnsupported => {
                Meaning::Failure(tame_line(&status.error_message, 200))
            }
        },
        Error::Limited(text) => Meaning::Failure(tame_line(text, 200)),
        Error::IO(_) | Error::Timeout | Error::UnexpectedPacket | Error::UnexpectedBehavior(_) => {
            Meaning::Dead
        }
    }
}

/// The error where nothing more is known.
pub(super) fn plain(error: &Error) -> FileError {
    match meaning(error) {
        Meaning::NotFound => FileError::NotFound,
        Meaning::Denied => FileError::Denied,
        Meaning::BadPath => FileError::BadPath,
        Meaning::Dead => FileError::Unavailable,
        Meaning::Eof => FileError::Refused("unexpected end".to_owned()),
        Meaning::Failure(text) => worded(&text).unwrap_or(FileError::Refused(text)),
    }
}

/// Some servers say in words what the code does not.
fn worded(text: &str) -> Option<FileError> {
    let text = text.to_ascii_lowercase();
    let says = |part: &str| text.contains(part);
    if says("no space") || says("quota") || says("disk full") || says("disk is full") {
        Some(FileError::NoSpace)
    } else if says("read-only") || says("read only") {
        Some(FileError::ReadOnly)
    } else if says("not empty") {
        Some(FileError::NotEmpty)
    } else if says("exists") {
        Some(FileError::Exists)
    } else {
        None
    }
}

/// Flag of a read-only file system (`PROTOCOL` of OpenSSH §4.4).
const READ_ONLY: u64 = 1;

/// The error of a change that failed, given the figures of its file system. `is_write` says that
/// bytes of an open file were refused: only space or a quota can be behind that.
pub(super) fn with_figures(error: &Error, figures: Option<&Statvfs>, is_write: bool) -> FileError {
    let Meaning::Failure(text) = meaning(error) else {
        return plain(error);
    };
    if let Some(known) = worded(&text) {
        return known;
    }
    match figures {
        Some(figures) if figures.flags & READ_ONLY != 0 => FileError::ReadOnly,
        Some(figures) if figures.blocks_avail == 0 => FileError::NoSpace,
        Some(figures) if figures.inodes > 0 && figures.inodes_avail == 0 => FileError::NoSpace,
        Some(_) | None if is_write => FileError::NoSpace,
        Some(_) | None => FileError::Refused(text),
    }
}

#[cfg(test)]
mod tests {
    use russh_sftp::protocol::Status;

    use super::*;

    fn status(status_code: StatusCode, message: &str) -> Error {
        Error::Status(Status {
            id: 1,
            status_code,
            error_message: message.to_owned(),
            language_tag: String::new(),
        })
    }

    fn figures(flags: u64, blocks_avail: u64, inodes_avail: u64) -> Statvfs {
        Statvfs {
            block_size: 4096,
            fragment_size: 4096,
            blocks: 100,
            blocks_free: blocks_avail,
            blocks_avail,
            inodes: 100,
            inodes_free: inodes_avail,
            inodes_avail,
            fs_id: 0,
            flags,
            name_max: 255,
        }
    }

    #[test]
    fn codes_and_words_become_errors() {
        use StatusCode::{BadMessage, Failure, NoSuchFile, PermissionDenied};
        for (code, message, name) in [
            (NoSuchFile, "", "NotFound"),
            (PermissionDenied, "", "Denied"),
            (BadMessage, "", "BadPath"),
            (Failure, "Failure", "Refused(\"Failure\")"),
            (Failure, "No space left on device", "NoSpace"),
            (Failure, "Disk quota exceeded", "NoSpace"),
            (Failure, "Read-only file system", "ReadOnly"),
            (Failure, "Directory not empty", "NotEmpty"),
            (Failure, "File already exists", "Exists"),
            (Failure, "odd\x1b[2J", "Refused(\"odd[2J\")"),
        ] {
            assert_eq!(format!("{:?}", plain(&status(code, message))), name);
        }
        assert!(matches!(plain(&Error::Timeout), FileError::Unavailable));
    }

    #[test]
    fn figures_tell_what_failure_means() {
        let failure = status(StatusCode::Failure, "Failure");
        for (flags, blocks, inodes, is_write, name) in [
            (1, 9, 9, false, "ReadOnly"),
            (0, 0, 9, false, "NoSpace"),
            (0, 9, 0, false, "NoSpace"),
            (0, 9, 9, false, "Refused(\"Failure\")"),
            (0, 9, 9, true, "NoSpace"),
        ] {
            let error = with_figures(&failure, Some(&figures(flags, blocks, inodes)), is_write);
            assert_eq!(format!("{error:?}"), name);
        }
        assert!(matches!(
            with_figures(&failure, None, true),
            FileError::NoSpace
        ));
    }
}
