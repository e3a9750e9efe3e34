//! Files in memory, for the tests of this room.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::driver::{
    BoxReader, BoxWriter, FileEntry, FileError, FileKind, FileReader, FileWriter, Files, WriteMode,
};

#[derive(Clone, Debug)]
enum Node {
    File(Vec<u8>),
    Folder,
    Link(String),
    Locked,
}

/// A file system of absolute paths. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    nodes: Arc<Mutex<BTreeMap<String, Node>>>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn nodes(&self) -> MutexGuard<'_, BTreeMap<String, Node>> {
        self.nodes.lock().unwrap()
    }

    pub(super) fn put(&self, path: &str, content: &str) {
        let node = Node::File(content.as_bytes().to_vec());
        self.nodes().insert(path.to_owned(), node);
    }

    pub(super) fn folder(&self, path: &str) {
        self.nodes().insert(path.to_owned(), Node::Folder);
    }

    pub(super) fn link(&self, path: &str, to: &str) {
        let node = Node::Link(to.to_owned());
        self.nodes().insert(path.to_owned(), node);
    }

    /// A file that nobody may read.
    pub(super) fn lock(&self, path: &str) {
        self.nodes().insert(path.to_owned(), Node::Locked);
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.nodes().contains_key(path)
    }

    pub(super) fn content(&self, path: &str) -> Option<Vec<u8>> {
        match self.nodes().get(path)? {
            Node::File(content) => Some(content.clone()),
            _ => None,
        }
    }

    fn entry(path: &str, node: &Node) -> FileEntry {
        let (kind, size) = match node {
            Node::File(content) => (FileKind::File, content.len()),
            Node::Folder => (FileKind::Directory, 0),
            Node::Link(_) => (FileKind::Link, 0),
            Node::Locked => (FileKind::File, 1),
        };
        FileEntry {
            name: path.rsplit('/').next().unwrap().to_owned(),
            kind,
            target_kind: None,
            size: size as u64,
            modified: None,
            mode: Some(0o644),
        }
    }

    fn children(&self, folder: &str) -> Vec<FileEntry> {
        let start = format!("{folder}/");
        let nodes = self.nodes();
        let below = nodes.iter().filter(|(path, _)| {
            path.strip_prefix(&start)
                .is_some_and(|rest| !rest.contains('/'))
        });
        below.map(|(path, node)| Self::entry(path, node)).collect()
    }
}

struct Reader(Vec<u8>);

impl FileReader for Reader {
    fn read(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, FileError>> {
        let chunk: Vec<u8> = self.0.drain(..self.0.len().min(3)).collect();
        async move { Ok((!chunk.is_empty()).then(|| Bytes::from(chunk))) }.boxed()
    }
}

struct Writer {
    memory: Memory,
    path: String,
    content: Vec<u8>,
}

impl FileWriter for Writer {
    fn write(&mut self, chunk: Bytes) -> BoxFuture<'_, Result<(), FileError>> {
        self.content.extend_from_slice(&chunk);
        async { Ok(()) }.boxed()
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<(), FileError>> {
        let node = Node::File(self.content);
        self.memory.nodes().insert(self.path, node);
        async { Ok(()) }.boxed()
    }

    fn abort(self: Box<Self>) -> BoxFuture<'static, ()> {
        async {}.boxed()
    }
}

fn now<'a, T: Send + 'a>(value: Result<T, FileError>) -> BoxFuture<'a, Result<T, FileError>> {
    async move { value }.boxed()
}

impl Files for Memory {
    fn home(&self) -> BoxFuture<'_, Result<String, FileError>> {
        now(Ok("/home".to_owned()))
    }

    fn resolve<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<String, FileError>> {
        now(Ok(match self.nodes().get(path) {
            Some(Node::Link(to)) => to.clone(),
            _ => path.to_owned(),
        }))
    }

    fn list<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Vec<FileEntry>, FileError>> {
        let is_folder = matches!(self.nodes().get(path), Some(Node::Folder));
        now(if is_folder {
            Ok(self.children(path))
        } else {
            Err(FileError::NotFound)
        })
    }

    fn stat<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<FileEntry, FileError>> {
        let nodes = self.nodes();
        let found = nodes.get(path).map(|node| Self::entry(path, node));
        now(found.ok_or(FileError::NotFound))
    }

    fn open<'a>(&'a self, path: &'a str, _: u64) -> BoxFuture<'a, Result<BoxReader, FileError>> {
        now(match self.nodes().get(path) {
            Some(Node::File(content)) => Ok(Box::new(Reader(content.clone())) as BoxReader),
            Some(Node::Locked) => Err(FileError::Denied),
            _ => Err(FileError::NotFound),
        })
    }

    fn create<'a>(
        &'a self,
        path: &'a str,
        _: WriteMode,
    ) -> BoxFuture<'a, Result<BoxWriter, FileError>> {
        let writer = Writer {
            memory: self.clone(),
            path: path.to_owned(),
            content: Vec::new(),
        };
        now(Ok(Box::new(writer) as BoxWriter))
    }

    fn make_directory<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(), FileError>> {
        self.folder(path);
        now(Ok(()))
    }

    fn rename<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<(), FileError>> {
        now(Err(FileError::Unavailable))
    }

    fn remove<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(), FileError>> {
        if !self.children(path).is_empty() {
            return now(Err(FileError::NotEmpty));
        }
        let removed = self.nodes().remove(path);
        now(removed.map(drop).ok_or(FileError::NotFound))
    }
}
