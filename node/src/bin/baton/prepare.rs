//! Before anything runs: the data directory, its lock, the keys, the store.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;

use node::config::Config;
use schema::seal::{KeyRing, SealError};
use schema::store::{Store, StoreConfig, StoreError};
use shared::time::{Clock, SystemClock};

use crate::fatal::Fatal;

/// Room that must be free at the start, in bytes: a database page and a key file at least.
const ROOM: usize = 64 * 1024;

/// A data directory that belongs to this process until it ends.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    _lock: File,
}

/// Makes the data directory when it is missing.
pub(crate) fn make_directory(path: &Path) -> Result<(), Fatal> {
    let made = DirBuilder::new().mode(0o700).create(path);
    match made {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(Fatal::file(
            &format!("data directory {} cannot be made", path.display()),
            &error,
            "make it, or set data.directory",
        )),
    }
}

/// Takes the data directory: two nodes on one would both think that they are alone.
pub(crate) fn take_directory(path: &Path) -> Result<DataDirectory, Fatal> {
    make_directory(path)?;
    let refused = |what: &str, error: &std::io::Error, remedy: &str| {
        let text = format!("data directory {} {what}", path.display());
        Fatal::file(&text, error, remedy)
    };
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path.join("lock"))
        .map_err(|error| {
            refused(
                "cannot be written",
                &error,
                "give this user the right, or set data.directory",
            )
        })?;
    lock.try_lock().map_err(|error| {
        let error = std::io::Error::from(error);
        refused(
            "is in use",
            &error,
            "end the other baton that uses it, or set data.directory",
        )
    })?;
    probe_room(path).map_err(|error| refused("is full", &error, "make room"))?;
    Ok(DataDirectory { _lock: lock })
}

/// Writes a little and takes it away again.
fn probe_room(path: &Path) -> std::io::Result<()> {
    let probe = path.join("room");
    let written = File::create(&probe).and_then(|mut file| {
        file.write_all(&vec![0; ROOM])?;
        file.sync_all()
    });
    drop(std::fs::remove_file(&probe));
    written
}

/// Opens the store to serve from it. Without a key file, one is made, but only while nothing is sealed
/// yet: a fresh key would open nothing, and a copy of the file put back later would be overlooked.
pub(crate) async fn open_store_to_serve(config: &Config) -> Result<Store, Fatal> {
    let file = &config.keys.file;
    match KeyRing::load(file) {
        Ok(keys) => open_sealed(config, keys).await,
        Err(SealError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
            let store = open_sealed(config, KeyRing::empty()).await?;
            let keys = KeyRing::generate(file)?;
            tracing::info!(file = %file.display(), "Made the first key");
            Ok(store.with_keys(keys))
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens the store with the keys there are, for work on what is sealed.
pub(crate) async fn open_store_with_keys(config: &Config) -> Result<Store, Fatal> {
    open_sealed(config, KeyRing::load(&config.keys.file)?).await
}

/// Opens the store for work that needs no keys.
pub(crate) async fn open_store(config: &Config) -> Result<Store, Fatal> {
    open(config, KeyRing::empty()).await
}

/// Opens the store and refuses keys that are not all there.
async fn open_sealed(config: &Config, keys: KeyRing) -> Result<Store, Fatal> {
    let store = open(config, keys).await?;
    match store.refuse_missing_keys().await {
        Ok(()) => Ok(store),
        Err(StoreError::Sealed(SealError::UnknownKey { key })) => {
            store.close().await;
            Err(Fatal::missing_key(&config.keys.file, &key))
        }
        Err(error) => Err(error.into()),
    }
}

async fn open(config: &Config, keys: KeyRing) -> Result<Store, Fatal> {
    let store = StoreConfig {
        url: config.database.url.clone(),
        max_connections: config.database.max_connections,
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Store::open(store, keys, clock).await?)
}
