//! Everything below a folder, folder by folder, in order. Links are never followed.

use std::collections::VecDeque;

use super::trouble::code;
use super::zip::Entry;
use super::zip_name::{LONGEST, Names};
use crate::driver::{FileEntry, FileError, FileKind, FilesHandle};

/// Where a walk ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Entries in all.
    pub(super) entries: usize,
    /// Folders within folders.
    pub(super) depth: usize,
}

/// Something found on the way.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A folder.
    Folder(Entry),
    /// A file.
    File {
        /// Where it is at the target.
        path: String,
        /// What it is called in the archive.
        entry: Entry,
        /// Bytes, as listed.
        size: u64,
    },
    /// Something that is not packed.
    Left {
        /// What it would be called.
        name: String,
        /// Why, in words.
        why: &'static str,
    },
}

struct Pending {
    path: String,
    name: String,
    depth: usize,
}

/// A walk under way.
pub(super) struct Walk {
    files: FilesHandle,
    limits: Limits,
    pending: Vec<Pending>,
    found: VecDeque<Found>,
    seen: usize,
}

impl Walk {
    /// Begins below `path`; `name` is what the folder is called in the archive.
    pub(super) fn new(files: FilesHandle, path: String, name: String, limits: Limits) -> Self {
        Self {
            files,
            limits,
            pending: vec![Pending {
                path,
                name,
                depth: 0,
            }],
            found: VecDeque::new(),
            seen: 0,
        }
    }

    /// The next thing found; none at the end.
    ///
    /// # Errors
    /// The target does not answer any more.
    pub(super) async fn next(&mut self) -> Result<Option<Found>, FileError> {
        loop {
            if let Some(found) = self.found.pop_front() {
                return Ok(Some(found));
            }
            let Some(folder) = self.pending.pop() else {
                return Ok(None);
            };
            match self.files.list(&folder.path).await {
                Ok(entries) => self.take(&folder, entries),
                Err(FileError::Unavailable) => return Err(FileError::Unavailable),
                Err(error) => self.leave(folder.name, words(&error)),
            }
        }
    }

    fn leave(&mut self, name: String, why: &'static str) {
        self.found.push_back(Found::Left { name, why });
    }

    /// Sorts a folder's entries into what is packed, what is walked next and what is left.
    fn take(&mut self, folder: &Pending, mut entries: Vec<FileEntry>) {
        entries.sort_unstable_by(|one, two| one.name.cmp(&two.name));
        let mut names = Names::of(entries.iter().map(|entry| &entry.name));
        let mut below = Vec::new();
        for entry in entries {
            if self.seen >= self.limits.entries {
                self.leave(
                    folder.name.clone(),
                    "the archive has as many entries as it may; the rest is left out",
                );
                self.pending.clear();
                return;
            }
            self.seen += 1;
            let name = format!("{}/{}", folder.name, names.take(&entry.name));
            let path = format!("{}/{}", folder.path.trim_end_matches('/'), entry.name);
            below.extend(self.sort(name, path, &entry, folder.depth));
        }
        self.pending.extend(below.into_iter().rev());
    }

    fn sort(
        &mut self,
        name: String,
        path: String,
        found: &FileEntry,
        depth: usize,
    ) -> Option<Pending> {
        if name.len() > LONGEST {
            self.leave(name, "its path is too long");
            return None;
        }
        let entry = Entry {
            name: name.clone(),
            modified: found.modified,
            mode: found.mode,
        };
        match found.kind {
            FileKind::File => self.found.push_back(Found::File {
                path,
                entry,
                size: found.size,
            }),
            FileKind::Link => self.leave(name, "it is a link"),
            FileKind::Other => self.leave(name, "it is neither file nor folder"),
            FileKind::Directory => {
                self.found.push_back(Found::Folder(entry));
                if depth < self.limits.depth {
                    let depth = depth + 1;
                    return Some(Pending { path, name, depth });
                }
                self.leave(name, "its folders lie too deep within each other");
            }
        }
        None
    }
}

/// Why something cannot be read, for the list in the archive.
pub(super) fn words(error: &FileError) -> &'static str {
    match error {
        FileError::NotFound => "it is not there any more",
        FileError::Denied => "the account at the target may not read it",
        FileError::Refused(_) | FileError::BadPath => "the target refused to read it",
        FileError::Unavailable => "the connection broke off",
        FileError::Exists | FileError::NoSpace | FileError::ReadOnly | FileError::NotEmpty => {
            code(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::memory::Memory;
    use super::*;

    async fn names(memory: &Memory, limits: Limits) -> Vec<String> {
        let files: FilesHandle = Arc::new(memory.clone());
        let mut walk = Walk::new(files, "/r".to_owned(), "r".to_owned(), limits);
        let mut all = Vec::new();
        while let Some(found) = walk.next().await.unwrap() {
            all.push(match found {
                Found::Folder(entry) => format!("{}/", entry.name),
                Found::File { entry, .. } => entry.name,
                Found::Left { name, .. } => format!("-{name}"),
            });
        }
        all
    }

    fn tree() -> Memory {
        let memory = Memory::new();
        for folder in ["/r", "/r/a", "/r/a/b", "/r/c"] {
            memory.folder(folder);
        }
        for file in ["/r/1", "/r/a/2", "/r/a/b/3", "/r/c/4"] {
            memory.put(file, "x");
        }
        memory.link("/r/up", "/");
        memory
    }

    #[tokio::test]
    async fn folders_come_before_what_is_in_them_and_links_are_left() {
        let limits = Limits {
            entries: 100,
            depth: 8,
        };
        assert_eq!(
            names(&tree(), limits).await,
            [
                "r/1", "r/a/", "r/c/", "-r/up", "r/a/2", "r/a/b/", "r/a/b/3", "r/c/4"
            ]
        );
    }

    #[tokio::test]
    async fn a_walk_ends_at_its_limits_and_says_so() {
        let few = Limits {
            entries: 2,
            depth: 8,
        };
        assert_eq!(names(&tree(), few).await, ["r/1", "r/a/", "-r"]);
        let flat = Limits {
            entries: 100,
            depth: 0,
        };
        assert_eq!(
            names(&tree(), flat).await,
            ["r/1", "r/a/", "-r/a", "r/c/", "-r/c", "-r/up"]
        );
    }
}
