//! The keys that wrap data keys: the first is current, the others only open what they sealed.
//!
//! A ring that came from a file follows it: when the file changes, the next use reads it again, so
//! that a running node learns of a rotation without a restart.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::secret::Secret;

use super::envelope::{self, Envelope};
use super::key_file::{self, Stamp};
use super::{Place, SealError};

/// The name of a key: 1 to 32 characters of `a-z`, `0-9`, `-` and `_`. Not a secret.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(String);

impl KeyId {
    /// Longest name, in bytes.
    pub const LONGEST: usize = 32;

    /// Takes a name, if it is one.
    pub fn new(name: &str) -> Option<Self> {
        let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_".contains(&c);
        let fits = (1..=Self::LONGEST).contains(&name.len());
        (fits && name.bytes().all(allowed)).then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A fresh random name.
    pub(super) fn generate() -> Result<Self, SealError> {
        let number = u64::from_be_bytes(envelope::random::<8>()?);
        Ok(Self(format!("key-{number:016x}")))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({})", self.0)
    }
}

/// A key that wraps data keys: 256 bits.
pub type Key = Secret<[u8; 32]>;

/// Keys with their names, the current one first.
pub type Keys = Vec<(KeyId, Key)>;

/// The keys that seal and open. Cheap to clone; clones share what they learn.
#[derive(Clone)]
pub struct KeyRing {
    path: Option<Arc<Path>>,
    loaded: Arc<Mutex<Loaded>>,
}

struct Loaded {
    keys: Arc<Keys>,
    stamp: Option<Stamp>,
    /// The version of the file that could not be used; told once.
    refused: Option<Stamp>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").finish_non_exhaustive()
    }
}

impl KeyRing {
    /// Takes keys as they are; the first is current.
    ///
    /// # Errors
    /// Without keys, or when two share a name.
    pub fn from_keys(keys: Keys) -> Result<Self, SealError> {
        check(&keys)?;
        Ok(Self::over(None, keys, None))
    }

    /// Reads the keys of a file.
    ///
    /// # Errors
    /// When the file is missing, not valid, or readable by others than its owner.
    pub fn load(path: &Path) -> Result<Self, SealError> {
        let (keys, stamp) = key_file::read(path)?;
        check(&keys)?;
        Ok(Self::over(Some(path), keys, Some(stamp)))
    }

    /// Makes a file with one fresh key, for its owner only. Never overwrites one.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn generate(path: &Path) -> Result<Self, SealError> {
        let keys = vec![(KeyId::generate()?, Secret::new(envelope::random()?))];
        key_file::create(path, &keys)?;
        Self::load(path)
    }

    /// A ring without keys, for work that neither seals nor opens: everything else it refuses.
    pub fn empty() -> Self {
        Self::over(None, Keys::new(), None)
    }

    fn over(path: Option<&Path>, keys: Keys, stamp: Option<Stamp>) -> Self {
        Self {
            path: path.map(Arc::from),
            loaded: Arc::new(Mutex::new(Loaded {
                keys: Arc::new(keys),
                stamp,
                refused: None,
            })),
        }
    }

    /// Seals `plaintext` for `place` with the current key.
    ///
    /// # Errors
    /// When the system has no random numbers, or the ring is empty.
    pub fn seal(&self, place: &Place<'_>, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        let keys = self.keys();
        envelope::seal(current(&keys)?, place, plaintext)
    }

    /// Opens what was sealed for `place`.
    ///
    /// # Errors
    /// When the key is unknown, or the value was changed or moved.
    pub fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>, SealError> {
        let envelope = Envelope::parse(sealed)?;
        let keys = self.keys();
        envelope.open(find(&keys, &envelope.key)?, place)
    }

    /// Wraps the data key with the current key; `None` when it already is.
    ///
    /// # Errors
    /// As [`KeyRing::open`].
    pub fn rewrap(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        let envelope = Envelope::parse(sealed)?;
        let keys = self.keys();
        let new = current(&keys)?;
        if envelope.key == *new.0 {
            return Ok(None);
        }
        let old = find(&keys, &envelope.key)?;
        envelope.rewrap(old, new, place).map(Some)
    }

    /// The key that a sealed value needs.
    ///
    /// # Errors
    /// When the bytes are not a sealed value.
    pub fn key_of(sealed: &[u8]) -> Result<KeyId, SealError> {
        Envelope::parse(sealed).map(|envelope| envelope.key)
    }

    /// The key that seals now.
    ///
    /// # Errors
    /// When the ring is empty.
    pub fn current(&self) -> Result<KeyId, SealError> {
        let keys = self.keys();
        current(&keys).map(|(id, _)| id.clone())
    }

    /// Every key's name, the current one first.
    ///
    pub fn ids(&self) -> Vec<KeyId> {
        self.keys().iter().map(|(id, _)| id.clone()).collect()
    }

    /// Adds a fresh key to the file and makes it current. Old keys stay, to open old values.
    ///
    /// # Errors
    /// When the ring has no file, or the file cannot be replaced.
    pub fn add_key(&self) -> Result<KeyId, SealError> {
        let path = self.path.as_ref().ok_or(SealError::NoFile)?;
        let mut keys = self.read_again()?.as_ref().clone();
        let id = KeyId::generate()?;
        keys.insert(0, (id.clone(), Secret::new(envelope::random()?)));
        key_file::replace(path, &keys)?;
        self.read_again()?;
        Ok(id)
    }

    /// Removes an old key from the file. Call only when nothing is sealed with it any more.
    ///
    /// # Errors
    /// When the key is current or unknown, or the file cannot be replaced.
    pub fn retire(&self, key: &KeyId) -> Result<(), SealError> {
        let path = self.path.as_ref().ok_or(SealError::NoFile)?;
        let refuse = |why| SealError::Unretirable {
            key: key.clone(),
            why,
        };
        let mut keys = self.read_again()?.as_ref().clone();
        if current(&keys)?.0 == key {
            return Err(refuse("it is the current one"));
        }
        let before = keys.len();
        keys.retain(|(id, _)| id != key);
        if keys.len() == before {
            return Err(refuse("there is no such key"));
        }
        key_file::replace(path, &keys)?;
        self.read_again()?;
        Ok(())
    }

    /// The keys now; reads the file again when it has changed. A file that is gone or cannot be
    /// used takes no keys away: the ones held are still right, and refusing them would stop every
    /// sign-in at a target because of a slip in an editor.
    fn keys(&self) -> Arc<Keys> {
        let mut loaded = self.loaded();
        let changed = self.path.as_ref().and_then(|path| {
            let now = key_file::stamp(path).ok()?;
            (Some(now) != loaded.stamp).then_some((path, now))
        });
        if let Some((path, now)) = changed
            && let Err(error) = loaded.read(path)
            && loaded.refused.replace(now) != Some(now)
        {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, source, "Changed key file cannot be used; keeping the keys held");
        }
        Arc::clone(&loaded.keys)
    }

    /// The keys as the file has them; for whoever is about to replace it.
    fn read_again(&self) -> Result<Arc<Keys>, SealError> {
        let mut loaded = self.loaded();
        if let Some(path) = &self.path {
            loaded.read(path)?;
        }
        Ok(Arc::clone(&loaded.keys))
    }

    fn loaded(&self) -> MutexGuard<'_, Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Loaded {
    fn read(&mut self, path: &Path) -> Result<(), SealError> {
        let (keys, stamp) = key_file::read(path)?;
        check(&keys)?;
        *self = Self {
            keys: Arc::new(keys),
            stamp: Some(stamp),
            refused: None,
        };
        Ok(())
    }
}

fn check(keys: &Keys) -> Result<(), SealError> {
    if keys.is_empty() {
        return Err(SealError::NoKeys);
    }
    let mut seen = std::collections::BTreeSet::new();
    match keys.iter().find(|(id, _)| !seen.insert(id)) {
        Some((id, _)) => Err(SealError::Twice { key: id.clone() }),
        None => Ok(()),
    }
}

fn current(keys: &Keys) -> Result<(&KeyId, &Key), SealError> {
    let (id, key) = keys.first().ok_or(SealError::NoKeys)?;
    Ok((id, key))
}

fn find<'k>(keys: &'k Keys, wanted: &KeyId) -> Result<&'k Key, SealError> {
    keys.iter()
        .find(|(id, _)| id == wanted)
        .map(|(_, key)| key)
        .ok_or_else(|| SealError::UnknownKey {
            key: wanted.clone(),
        })
}
