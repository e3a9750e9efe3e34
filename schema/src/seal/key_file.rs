//! The key file: TOML, several keys, the first one current, readable by its owner only.
//!
//! It is replaced by rename, so that a reader sees the old keys or the new ones, never half.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use shared::secret::Secret;
use zeroize::{Zeroize as _, Zeroizing};

use super::key_ring::Keys;
use super::{KeyId, SealError};

/// A key file is a few hundred bytes; more than this is a wrong path.
const LARGEST_BYTES: u64 = 64 * 1024;

const HEADER: &str = "\
# Keys that seal the secrets in Baton's database. The first one seals, all of them open.
# Keep a copy in a safe place, apart from database backups: without it, stored passwords and
# private keys of targets are lost.
";

/// Tells one version of the file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &fs::Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(default)]
    key: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    secret: String,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// The file's present version.
pub(super) fn stamp(path: &Path) -> io::Result<Stamp> {
    fs::metadata(path).map(|metadata| Stamp::of(&metadata))
}

/// Reads the keys and the version they are from.
pub(super) fn read(path: &Path) -> Result<(Keys, Stamp), SealError> {
    let io = |source| file_error(path, source);
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() || metadata.len() > LARGEST_BYTES {
        return Err(text_error(path, "not a small regular file"));
    }
    refuse_exposed(path, metadata.mode())?;
    let mut text = Zeroizing::new(String::new());
    file.take(LARGEST_BYTES)
        .read_to_string(&mut text)
        .map_err(io)?;
    Ok((parse(path, &text)?, Stamp::of(&metadata)))
}

/// Only the owner may read keys. A file that nobody may write is taken with group read as well:
/// that is how systemd hands over credentials (an access list shows as group bits).
fn refuse_exposed(path: &Path, mode: u32) -> Result<(), SealError> {
    let mode = mode & 0o777;
    let is_credential = mode == 0o440;
    if mode & 0o077 != 0 && !is_credential {
        return Err(SealError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

fn parse(path: &Path, text: &str) -> Result<Keys, SealError> {
    // The parser's own message would quote the line, and with it a key.
    let Text { key } = toml::from_str(text).map_err(|error| {
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |before| before.matches('\n').count() + 1);
        text_error(
            path,
            &format!("line {line} is not `[[key]]` with `id` and `secret`"),
        )
    })?;
    key.iter()
        .map(|entry| {
            let id = KeyId::new(&entry.id)
                .ok_or_else(|| text_error(path, "an `id` has other characters than a-z 0-9 - _"))?;
            let secret = decode(&entry.secret).ok_or_else(|| {
                text_error(
                    path,
                    &format!("the secret of {id} is not 32 bytes in base64"),
                )
            })?;
            Ok((id, secret))
        })
        .collect()
}

fn decode(text: &str) -> Option<Secret<[u8; 32]>> {
    let bytes = Zeroizing::new(STANDARD.decode(text).ok()?);
    let key: &[u8; 32] = bytes.as_slice().try_into().ok()?;
    Some(Secret::new(*key))
}

fn render(keys: &Keys) -> Zeroizing<String> {
    let mut text = Zeroizing::new(HEADER.to_owned());
    for (id, key) in keys {
        let secret = Zeroizing::new(STANDARD.encode(key.expose()));
        let parts = [
            "
[[key]]
id = \"",
            id.as_str(),
            "\"
secret = \"",
            secret.as_str(),
            "\"
",
        ];
        text.extend(parts);
    }
    text
}

/// Writes a new file; fails when there is one.
pub(super) fn create(path: &Path, keys: &Keys) -> Result<(), SealError> {
    let write = || {
        drop(write_new(path, &render(keys))?);
        sync_directory(path)
    };
    write().map_err(|source| file_error(path, source))
}

/// Replaces the file in one step, for the same owner, group and mode: whoever rotates keys need not
/// be who reads them.
pub(super) fn replace(path: &Path, keys: &Keys) -> Result<(), SealError> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", uuid::Uuid::new_v4().simple()));
    let fresh = PathBuf::from(name);
    let write = || {
        let before = fs::metadata(path)?;
        let file = write_new(&fresh, &render(keys))?;
        keep_owner(&file, &before)?;
        fs::rename(&fresh, path)?;
        sync_directory(path)
    };
    write().map_err(|source| {
        // Nothing is lost when this fails too: the old file still stands.
        drop(fs::remove_file(&fresh));
        file_error(path, source)
    })
}

/// Gives a fresh file the owner, group and mode of the one it replaces.
fn keep_owner(file: &File, before: &fs::Metadata) -> io::Result<()> {
    let now = file.metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        fchown(file, Some(before.uid()), Some(before.gid()))?;
    }
    file.set_permissions(before.permissions())?;
    file.sync_all()
}

fn write_new(path: &Path, text: &str) -> io::Result<File> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(file)
}

fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

fn file_error(path: &Path, source: io::Error) -> SealError {
    SealError::File {
        path: path.to_owned(),
        source,
    }
}

fn text_error(path: &Path, what: &str) -> SealError {
    SealError::Text {
        path: path.to_owned(),
        what: what.to_owned(),
    }
}
