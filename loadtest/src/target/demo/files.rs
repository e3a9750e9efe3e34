//! SFTP version 3 over the local file system, with the rights of the current user.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use russh::Channel;
use russh::server::Msg;
use russh_sftp::protocol::{
    Attrs, Data, File as Entry, FileAttributes, Handle, Name, OpenFlags, Packet, Status,
    StatusCode, Version,
};
use russh_sftp::server::{Handler, StatusReply};

use super::paths::{absolute, attributes, local, refusal};

/// Open files and directories at once.
const MAX_HANDLES: usize = 256;

/// Directory entries in one reply.
const ENTRIES: usize = 128;

/// Largest read answered at once, in bytes: what OpenSSH answers.
const MAX_READ: u32 = 255 * 1024;

/// The rename that replaces, which SFTP 3 itself lacks.
const POSIX_RENAME: &str = "posix-rename@openssh.com";

/// Serves SFTP until the channel closes.
pub(super) async fn serve(channel: Channel<Msg>, home: &Path) {
    let files = Files {
        home: home.to_owned(),
        open: BTreeMap::new(),
        next: 0,
    };
    russh_sftp::server::run(channel.into_stream(), files).await;
}

struct Files {
    home: PathBuf,
    open: BTreeMap<String, Opened>,
    next: u64,
}

enum Opened {
    File(Arc<File>),
    Directory(fs::ReadDir),
}

type Outcome<T> = Result<T, StatusReply>;

/// Runs a system call where it may block.
async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Outcome<T> {
    match tokio::task::spawn_blocking(call).await {
        Ok(outcome) => outcome.map_err(|error| refusal(&error)),
        Err(_) => Err(StatusCode::Failure.into()),
    }
}

fn done(id: u32) -> Status {
    Status {
        id,
        status_code: StatusCode::Ok,
        error_message: "Ok".to_owned(),
        language_tag: "en".to_owned(),
    }
}

impl Files {
    fn path(&self, path: &str) -> PathBuf {
        local(&self.home, path)
    }

    fn keep(&mut self, id: u32, opened: Opened) -> Outcome<Handle> {
        if self.open.len() >= MAX_HANDLES {
            return Err(StatusCode::Failure.with_message("too many open files"));
        }
        self.next += 1;
        let handle = self.next.to_string();
        self.open.insert(handle.clone(), opened);
        Ok(Handle { id, handle })
    }

    fn file(&self, handle: &str) -> Outcome<Arc<File>> {
        match self.open.get(handle) {
            Some(Opened::File(file)) => Ok(Arc::clone(file)),
            Some(Opened::Directory(_)) | None => Err(StatusCode::BadMessage.into()),
        }
    }

    async fn attrs(
        &self,
        id: u32,
        path: &str,
        look: fn(PathBuf) -> std::io::Result<fs::Metadata>,
    ) -> Outcome<Attrs> {
        let path = self.path(path);
        let meta = blocking(move || look(path)).await?;
        Ok(Attrs {
            id,
            attrs: attributes(&meta),
        })
    }
}

/// Applies what the client asked for; ownership is refused by the kernel where it must be.
fn apply(file: &File, attrs: &FileAttributes) -> std::io::Result<()> {
    if let Some(size) = attrs.size {
        file.set_len(size)?;
    }
    if let Some(mode) = attrs.permissions {
        file.set_permissions(fs::Permissions::from_mode(mode & 0o7777))?;
    }
    if let (Some(atime), Some(mtime)) = (attrs.atime, attrs.mtime) {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(u64::from(seconds));
        let times = fs::FileTimes::new();
        file.set_times(times.set_accessed(at(atime)).set_modified(at(mtime)))?;
    }
    Ok(())
}

/// The two names of a rename request: each a length and bytes (RFC 4251 §5).
fn two_names(data: &[u8]) -> Option<(String, String)> {
    let (first, rest) = name(data)?;
    let (second, _) = name(rest)?;
    Some((first, second))
}

fn name(data: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = data.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (text, rest) = rest.split_at_checked(length)?;
    Some((String::from_utf8(text.to_vec()).ok()?, rest))
}

impl Handler for Files {
    type Error = StatusReply;

    fn unimplemented(&self) -> Self::Error {
        StatusCode::OpUnsupported.into()
    }

    async fn init(&mut self, _: u32, _: HashMap<String, String>) -> Outcome<Version> {
        let mut version = Version::new();
        version
            .extensions
            .insert(POSIX_RENAME.to_owned(), "1".to_owned());
        Ok(version)
    }

    async fn open(
        &mut self,
        id: u32,
        filename: String,
        pflags: OpenFlags,
        attrs: FileAttributes,
    ) -> Outcome<Handle> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let path = self.path(&filename);
        let mut options = OpenOptions::from(pflags);
        options.mode(attrs.permissions.unwrap_or(0o644) & 0o777);
        let file = blocking(move || options.open(path)).await?;
        self.keep(id, Opened::File(Arc::new(file)))
    }

    async fn close(&mut self, id: u32, handle: String) -> Outcome<Status> {
        match self.open.remove(&handle) {
            Some(_) => Ok(done(id)),
            None => Err(StatusCode::BadMessage.into()),
        }
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Outcome<Data> {
        let file = self.file(&handle)?;
        let data = blocking(move || {
            let mut data = vec![0; usize::try_from(len.min(MAX_READ)).unwrap_or(0)];
            let count = file.read_at(&mut data, offset)?;
            data.truncate(count);
            Ok(data)
        })
        .await?;
        if data.is_empty() {
            return Err(StatusCode::Eof.into());
        }
        Ok(Data { id, data })
    }

    async fn write(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        data: Vec<u8>,
    ) -> Outcome<Status> {
        let file = self.file(&handle)?;
        blocking(move || file.write_all_at(&data, offset)).await?;
        Ok(done(id))
    }

    async fn lstat(&mut self, id: u32, path: String) -> Outcome<Attrs> {
        self.attrs(id, &path, fs::symlink_metadata).await
    }

    async fn stat(&mut self, id: u32, path: String) -> Outcome<Attrs> {
        self.attrs(id, &path, fs::metadata).await
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Outcome<Attrs> {
        let file = self.file(&handle)?;
        let meta = blocking(move || file.metadata()).await?;
        Ok(Attrs {
            id,
            attrs: attributes(&meta),
        })
    }

    async fn setstat(&mut self, id: u32, path: String, attrs: FileAttributes) -> Outcome<Status> {
        let path = self.path(&path);
        blocking(move || {
            let writes = attrs.size.is_some();
            let file = OpenOptions::new().read(!writes).write(writes).open(path)?;
            apply(&file, &attrs)
        })
        .await?;
        Ok(done(id))
    }

    async fn fsetstat(
        &mut self,
        id: u32,
        handle: String,
        attrs: FileAttributes,
    ) -> Outcome<Status> {
        let file = self.file(&handle)?;
        blocking(move || apply(&file, &attrs)).await?;
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Outcome<Handle> {
        let path = self.path(&path);
        let entries = blocking(move || fs::read_dir(path)).await?;
        self.keep(id, Opened::Directory(entries))
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Outcome<Name> {
        let Some(Opened::Directory(mut entries)) = self.open.remove(&handle) else {
            return Err(StatusCode::BadMessage.into());
        };
        let (files, entries) = blocking(move || {
            let mut files = Vec::new();
            for entry in entries.by_ref().take(ENTRIES) {
                let entry = entry?;
                // Deleted between listing and looking: not an error, only gone.
                let Ok(meta) = entry.metadata() else { continue };
                let name = entry.file_name().to_string_lossy().into_owned();
                files.push(Entry::new(name, attributes(&meta)));
            }
            Ok((files, entries))
        })
        .await?;
        self.open.insert(handle, Opened::Directory(entries));
        if files.is_empty() {
            return Err(StatusCode::Eof.into());
        }
        Ok(Name { id, files })
    }

    async fn remove(&mut self, id: u32, filename: String) -> Outcome<Status> {
        let path = self.path(&filename);
        blocking(move || fs::remove_file(path)).await?;
        Ok(done(id))
    }

    async fn mkdir(&mut self, id: u32, path: String, _: FileAttributes) -> Outcome<Status> {
        let path = self.path(&path);
        blocking(move || fs::create_dir(path)).await?;
        Ok(done(id))
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Outcome<Status> {
        let path = self.path(&path);
        blocking(move || fs::remove_dir(path)).await?;
        Ok(done(id))
    }

    async fn realpath(&mut self, id: u32, path: String) -> Outcome<Name> {
        let home = self.home.clone();
        let path = blocking(move || Ok(absolute(&home, &path))).await?;
        Ok(Name {
            id,
            files: vec![Entry::dummy(path.to_string_lossy())],
        })
    }

    async fn rename(&mut self, id: u32, oldpath: String, newpath: String) -> Outcome<Status> {
        let (from, to) = (self.path(&oldpath), self.path(&newpath));
        blocking(move || {
            if fs::symlink_metadata(&to).is_ok() {
                return Err(std::io::ErrorKind::AlreadyExists.into());
            }
            fs::rename(from, to)
        })
        .await?;
        Ok(done(id))
    }

    async fn readlink(&mut self, id: u32, path: String) -> Outcome<Name> {
        let path = self.path(&path);
        let target = blocking(move || fs::read_link(path)).await?;
        Ok(Name {
            id,
            files: vec![Entry::dummy(target.to_string_lossy())],
        })
    }

    async fn symlink(&mut self, id: u32, linkpath: String, targetpath: String) -> Outcome<Status> {
        // OpenSSH swapped the arguments long ago and every client follows it.
        let (target, link) = (PathBuf::from(linkpath), self.path(&targetpath));
        blocking(move || std::os::unix::fs::symlink(target, link)).await?;
        Ok(done(id))
    }

    async fn extended(&mut self, id: u32, request: String, data: Vec<u8>) -> Outcome<Packet> {
        if request != POSIX_RENAME {
            return Err(self.unimplemented());
        }
        let (from, to) = two_names(&data).ok_or(StatusCode::BadMessage)?;
        let (from, to) = (self.path(&from), self.path(&to));
        blocking(move || fs::rename(from, to)).await?;
        Ok(Packet::Status(done(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_rename_request_is_refused() {
        let whole = [0, 0, 0, 1, b'a', 0, 0, 0, 2, b'b', b'c'];
        assert_eq!(two_names(&whole), Some(("a".to_owned(), "bc".to_owned())));
        for length in 0..whole.len() {
            assert_eq!(two_names(&whole[..length]), None);
        }
    }
}
