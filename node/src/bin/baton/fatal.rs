//! What ends the process: one line with the cause and the remedy, and an exit code.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;
use std::path::Path;

use node::config::ConfigError;
use node::http::ServeError;
use node::telemetry::chain;
use schema::seal::{KeyId, SealError};
use schema::store::StoreError;

/// An end that a person must read.
#[derive(Debug)]
pub(crate) struct Fatal {
    code: u8,
    text: String,
}

const FAILED: u8 = 1;
const USAGE: u8 = 2;
const NOT_FOUND: u8 = 3;
const DENIED: u8 = 4;
const UNAVAILABLE: u8 = 5;

impl Fatal {
    fn new(code: u8, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }

    /// Cause and remedy in one line.
    fn with(code: u8, cause: &dyn Error, remedy: &str) -> Self {
        let text = format!("{}; {remedy}", chain(cause)).replace('\n', " ");
        Self::new(code, text)
    }

    /// The exit code.
    pub(crate) const fn code(&self) -> u8 {
        self.code
    }

    /// Something that should not happen.
    pub(crate) fn internal(error: impl Error) -> Self {
        Self::new(FAILED, chain(&error))
    }

    /// Wrong arguments.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(USAGE, text)
    }

    /// A thing that was named and does not exist.
    pub(crate) fn not_found(text: impl Into<String>) -> Self {
        Self::new(NOT_FOUND, text)
    }

    /// A listener ended under a running node.
    pub(crate) fn fallen(which: &str, cause: &str) -> Self {
        let text = format!("the {which} listener ended: {cause}; start the node again");
        Self::new(FAILED, text)
    }

    /// Stored secrets need a key that the key file does not hold, or the file is gone.
    pub(crate) fn missing_key(file: &Path, key: &KeyId) -> Self {
        let file = file.display();
        Self::not_found(format!(
            "stored credentials are sealed with {key}, which the key file {file} does not hold; put \
             the file back from your copy, or set keys.file"
        ))
    }

    /// A directory or file that cannot be used.
    pub(crate) fn file(what: &str, error: &std::io::Error, remedy: &str) -> Self {
        let code = match error.kind() {
            ErrorKind::NotFound => NOT_FOUND,
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => DENIED,
            ErrorKind::StorageFull | ErrorKind::WouldBlock => UNAVAILABLE,
            _ => FAILED,
        };
        Self::new(code, format!("{what}: {error}; {remedy}"))
    }
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<ConfigError> for Fatal {
    fn from(error: ConfigError) -> Self {
        Self::new(USAGE, error.to_string())
    }
}

impl From<ServeError> for Fatal {
    fn from(error: ServeError) -> Self {
        match &error {
            ServeError::Bind { key, source, .. } => {
                let (code, remedy) = match source.kind() {
                    ErrorKind::AddrInUse => (
                        UNAVAILABLE,
                        format!("end the process that uses the port, or set {key}"),
                    ),
                    ErrorKind::PermissionDenied => (
                        DENIED,
                        format!("ports below 1024 need a right of their own; set {key}"),
                    ),
                    _ => (USAGE, format!("set {key} to an address of this machine")),
                };
                Self::with(code, &error, &remedy)
            }
            ServeError::Tls(_) => {
                Self::with(USAGE, &error, "check server.tls_cert and server.tls_key")
            }
            ServeError::Start(_) => Self::internal(error),
        }
    }
}

impl From<SealError> for Fatal {
    fn from(error: SealError) -> Self {
        match &error {
            SealError::Exposed { path, .. } => {
                let remedy = format!("run: chmod 600 {}", path.display());
                Self::with(DENIED, &error, &remedy)
            }
            SealError::File { source, .. } => {
                let code = match source.kind() {
                    ErrorKind::NotFound => NOT_FOUND,
                    ErrorKind::PermissionDenied => DENIED,
                    _ => FAILED,
                };
                Self::with(code, &error, "check keys.file and its owner")
            }
            SealError::Text { .. } | SealError::NoKeys | SealError::Twice { .. } => {
                Self::with(USAGE, &error, "restore the key file from your copy")
            }
            SealError::UnknownKey { .. } => {
                Self::with(NOT_FOUND, &error, "restore the key file from your copy")
            }
            SealError::Broken
            | SealError::Malformed { .. }
            | SealError::Format { .. }
            | SealError::Random(_)
            | SealError::Unretirable { .. }
            | SealError::NoFile => Self::internal(error),
        }
    }
}

impl From<StoreError> for Fatal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Sealed(error) => error.into(),
            StoreError::Unavailable(_) => Self::with(
                UNAVAILABLE,
                &error,
                "check that it runs and that database.url is right",
            ),
            StoreError::Locked => Self::with(
                UNAVAILABLE,
                &error,
                "another process holds it; end that one or wait",
            ),
            StoreError::NewerSchema { .. } => Self::with(
                USAGE,
                &error,
                "install that newer Baton again, or restore the database from before the upgrade",
            ),
            StoreError::Full => Self::with(UNAVAILABLE, &error, "make room on the disk"),
            StoreError::Conflict { what: "name_taken" } => {
                Self::new(USAGE, "this name is taken; choose another one")
            }
            StoreError::NotFound
            | StoreError::Conflict { .. }
            | StoreError::Fenced { .. }
            | StoreError::Corrupt { .. } => Self::internal(error),
        }
    }
}
