//! A target that is not there: live at once, with files in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use node::driver::{
    BoxReader, BoxWriter, DriverEnds, DriverEvent, DriverExit, FileEntry, FileError, FileKind,
    FileReader, FileWriter, Files, TargetGrant, WriteMode,
};
use node::session::Dial;
use shared::close::CloseReason;

/// Files by path; directories end with a slash.
pub(crate) type Tree = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// Dials nothing; notes every grant it was given.
#[derive(Clone, Default)]
pub(crate) struct FakeDial {
    pub(crate) tree: Tree,
    pub(crate) grants: Arc<Mutex<Vec<String>>>,
}

impl Dial for FakeDial {
    fn dial(&self, grant: TargetGrant, ends: DriverEnds) -> BoxFuture<'static, DriverExit> {
        self.grants.lock().unwrap().push(format!("{grant:?}"));
        let files = MemoryFiles(Arc::clone(&self.tree));
        async move {
            ends.files.send_replace(Some(Arc::new(files)));
            drop(ends.events.send(DriverEvent::Live).await);
            ends.cancel.cancelled().await;
            DriverExit {
                reason: CloseReason::Cancelled,
                text: "The session was ended.".to_owned(),
                exit_status: None,
            }
        }
        .boxed()
    }
}

#[derive(Debug)]
struct MemoryFiles(Tree);

impl MemoryFiles {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }
}

fn entry(name: &str, content: Option<&Vec<u8>>) -> FileEntry {
    FileEntry {
        name: name.to_owned(),
        kind: if content.is_some() {
            FileKind::File
        } else {
            FileKind::Directory
        },
        target_kind: None,
        size: content.map_or(0, |bytes| bytes.len() as u64),
        modified: None,
        mode: None,
    }
}

fn dir(path: &str) -> String {
    format!("{}/", path.trim_end_matches('/'))
}

impl Files for MemoryFiles {
    fn home(&self) -> BoxFuture<'_, Result<String, FileError>> {
        async { Ok("/home".to_owned()) }.boxed()
    }

    fn resolve<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<String, FileError>> {
        async move { Ok(path.to_owned()) }.boxed()
    }

    fn list<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Vec<FileEntry>, FileError>> {
        async move {
            let prefix = dir(path);
            self.with(|tree| {
                if !tree.contains_key(&prefix) {
                    return Err(FileError::NotFound);
                }
                let below = tree.iter().filter_map(|(path, content)| {
                    let rest = path.strip_prefix(&prefix)?;
                    let name = rest.trim_end_matches('/');
                    let is_child = !name.is_empty() && !name.contains('/');
                    let content = (!rest.ends_with('/')).then_some(content);
                    is_child.then(|| entry(name, content))
                });
                Ok(below.collect())
            })
        }
        .boxed()
    }

    fn stat<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<FileEntry, FileError>> {
        async move {
            let name = path.rsplit('/').next().unwrap_or_default();
            self.with(|tree| match tree.get(path) {
                Some(content) => Ok(entry(name, Some(content))),
                None if tree.contains_key(&dir(path)) => Ok(entry(name, None)),
                None => Err(FileError::NotFound),
            })
        }
        .boxed()
    }

    fn open<'a>(
        &'a self,
        path: &'a str,
        offset: u64,
    ) -> BoxFuture<'a, Result<BoxReader, FileError>> {
        async move {
            let content = self.with(|tree| tree.get(path).cloned());
            let content = content.ok_or(FileError::NotFound)?;
            let rest = content[usize::try_from(offset).unwrap()..].to_vec();
            Ok(Box::new(MemoryReader(rest)) as BoxReader)
        }
        .boxed()
    }

    fn create<'a>(
        &'a self,
        path: &'a str,
        mode: WriteMode,
    ) -> BoxFuture<'a, Result<BoxWriter, FileError>> {
        async move {
            if path.starts_with("/full/") {
                return Err(FileError::NoSpace);
            }
            let exists = self.with(|tree| tree.contains_key(path));
            if exists && mode == WriteMode::New {
                return Err(FileError::Exists);
            }
            Ok(Box::new(MemoryWriter {
                tree: Arc::clone(&self.0),
                path: path.to_owned(),
                content: Vec::new(),
            }) as BoxWriter)
        }
        .boxed()
    }

    fn make_directory<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(), FileError>> {
        async move {
            self.with(|tree| tree.insert(dir(path), Vec::new()));
            Ok(())
        }
        .boxed()
    }

    fn rename<'a>(&'a self, from: &'a str, to: &'a str) -> BoxFuture<'a, Result<(), FileError>> {
        async move {
            self.with(|tree| {
                if tree.contains_key(to) {
                    return Err(FileError::Exists);
                }
                let content = tree.remove(from).ok_or(FileError::NotFound)?;
                tree.insert(to.to_owned(), content);
                Ok(())
            })
        }
        .boxed()
    }

    fn remove<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(), FileError>> {
        async move {
            let prefix = dir(path);
            self.with(|tree| {
                let has_children = tree.keys().any(|k| k.starts_with(&prefix) && *k != prefix);
                if has_children {
                    return Err(FileError::NotEmpty);
                }
                let gone = tree.remove(path).or_else(|| tree.remove(&prefix));
                gone.map(drop).ok_or(FileError::NotFound)
            })
        }
        .boxed()
    }
}

struct MemoryReader(Vec<u8>);

impl FileReader for MemoryReader {
    fn read(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, FileError>> {
        let piece: Vec<u8> = self.0.drain(..self.0.len().min(1000)).collect();
        async move { Ok((!piece.is_empty()).then(|| Bytes::from(piece))) }.boxed()
    }
}

struct MemoryWriter {
    tree: Tree,
    path: String,
    content: Vec<u8>,
}

impl FileWriter for MemoryWriter {
    fn write(&mut self, chunk: Bytes) -> BoxFuture<'_, Result<(), FileError>> {
        self.content.extend_from_slice(&chunk);
        let is_too_large = self.content.len() > 4_000_000;
        async move {
            if is_too_large {
                return Err(FileError::NoSpace);
            }
            Ok(())
        }
        .boxed()
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<(), FileError>> {
        async move {
            let Self {
                tree,
                path,
                content,
            } = *self;
            tree.lock().unwrap().insert(path, content);
            Ok(())
        }
        .boxed()
    }

    fn abort(self: Box<Self>) -> BoxFuture<'static, ()> {
        async {}.boxed()
    }
}
