//! What can go wrong with keys and sealed values, split by what the operator must do.

use std::path::PathBuf;

use super::KeyId;

/// Why a value could not be sealed or opened, or a key file not be used.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The value was sealed with a key that the key ring does not have. Restore the key file.
    #[error("sealed with key {key}, which the key ring does not hold")]
    UnknownKey {
        /// The key's name, as written into the sealed value.
        key: KeyId,
    },
    /// The value was changed, moved to another row, or sealed with another key of that name.
    #[error("sealed value does not belong here or was changed")]
    Broken,
    /// The bytes are not a sealed value.
    #[error("not a sealed value: {what}")]
    Malformed {
        /// Which part is wrong.
        what: &'static str,
    },
    /// The value was sealed by a newer program.
    #[error("sealed in format {found}, which this program does not know")]
    Format {
        /// The format's number.
        found: u8,
    },
    /// The system has no random numbers.
    #[error("no random numbers")]
    Random(#[source] getrandom::Error),
    /// A key ring needs at least one key.
    #[error("the key ring is empty")]
    NoKeys,
    /// Two keys have the same name.
    #[error("key {key} stands twice in the key ring")]
    Twice {
        /// The name.
        key: KeyId,
    },
    /// The key is in use or unknown, so it cannot be retired.
    #[error("key {key} cannot be retired: {why}")]
    Unretirable {
        /// The key.
        key: KeyId,
        /// Why not.
        why: &'static str,
    },
    /// The key ring was not loaded from a file, so it cannot be changed.
    #[error("this key ring has no file")]
    NoFile,
    /// The key file could not be read or written.
    #[error("key file {} cannot be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Others than its owner may read the key file.
    #[error("key file {} has mode {mode:04o}; only its owner may read it (chmod 600)", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file's text is wrong.
    #[error("key file {} is not valid: {what}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong, without any key material.
        what: String,
    },
}
