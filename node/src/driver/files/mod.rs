//! Files at the target: the vocabulary, and SFTP behind it.
//!
//! `access` is what the rest of the node sees. The others speak SFTP version 3 (the draft
//! `draft-ietf-secsh-filexfer-02`) over a channel of the session's own connection, opened when
//! the first file is wanted and opened again when it dies. Names and messages are untrusted.

mod access;
mod error;
mod path;
mod reader;
mod session;
mod sftp;
mod writer;

pub use access::{
    BoxReader, BoxWriter, FileEntry, FileError, FileKind, FileReader, FileWriter, Files,
    FilesHandle, WriteMode,
};
pub(crate) use sftp::SftpFiles;
