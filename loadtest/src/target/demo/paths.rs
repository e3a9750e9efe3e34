//! Names on the wire ⇄ paths and attributes of the local file system.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use russh_sftp::protocol::{FileAttributes, StatusCode};
use russh_sftp::server::StatusReply;

/// Where a client's path leads: relative ones start at home, as with every SFTP server.
pub(super) fn local(home: &Path, path: &str) -> PathBuf {
    home.join(path)
}

/// The absolute form of a path whose last parts need not exist (RFC draft: `realpath` of new files).
pub(super) fn absolute(home: &Path, path: &str) -> PathBuf {
    let path = local(home, path);
    std::fs::canonicalize(&path).unwrap_or_else(|_| {
        path.components().fold(PathBuf::new(), |mut done, part| {
            match part {
                Component::ParentDir => {
                    done.pop();
                }
                Component::CurDir => {}
                other => done.push(other),
            }
            done
        })
    })
}

/// What the client learns about a file.
pub(super) fn attributes(meta: &Metadata) -> FileAttributes {
    FileAttributes {
        size: Some(meta.len()),
        uid: Some(meta.uid()),
        gid: Some(meta.gid()),
        permissions: Some(meta.mode()),
        atime: u32::try_from(meta.atime()).ok(),
        mtime: u32::try_from(meta.mtime()).ok(),
        ..FileAttributes::empty()
    }
}

/// The reply for a failed system call; SFTP 3 knows few codes, so the text says the rest.
pub(super) fn refusal(error: &std::io::Error) -> StatusReply {
    use std::io::ErrorKind;
    let code = match error.kind() {
        ErrorKind::NotFound => StatusCode::NoSuchFile,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StatusCode::PermissionDenied,
        ErrorKind::UnexpectedEof => StatusCode::Eof,
        _ => StatusCode::Failure,
    };
    code.with_message(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_start_at_home_and_absolute_ones_do_not() {
        let home = Path::new("/nonexistent/home");
        assert_eq!(absolute(home, "."), home);
        assert_eq!(absolute(home, ""), home);
        assert_eq!(absolute(home, "a/../b"), home.join("b"));
        assert_eq!(absolute(home, "/etc"), Path::new("/etc"));
    }
}
