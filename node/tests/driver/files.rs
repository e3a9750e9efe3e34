//! SFTP against the real server.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use bytes::Bytes;
use node::driver::{FileError, FileKind, FilesHandle, WriteMode};

use crate::harness::{Account, Sshd, can_run_sshd, eventually, must, run, skipped};
use crate::session::Session;

struct Place {
    session: Session,
    files: FilesHandle,
    account: Account,
    sshd: Sshd,
}

impl Place {
    async fn open() -> Option<Self> {
        if !can_run_sshd() {
            return None;
        }
        let (sshd, account) = (Sshd::start(""), Account::create());
        let mut session = Session::live(sshd.parts(&account)).await;
        let files = session.files().await;
        Some(Self {
            session,
            files,
            account,
            sshd,
        })
    }

    fn path(&self, name: &str) -> String {
        self.account.home.join(name).to_str().unwrap().to_owned()
    }

    async fn put(&self, path: &str, mode: WriteMode, content: &[u8]) -> Result<(), FileError> {
        let mut writer = self.files.create(path, mode).await?;
        for chunk in content.chunks(100_000) {
            writer.write(Bytes::copy_from_slice(chunk)).await?;
        }
        writer.finish().await
    }

    async fn get(&self, path: &str, offset: u64) -> Result<Vec<u8>, FileError> {
        let mut reader = self.files.open(path, offset).await?;
        let mut content = Vec::new();
        while let Some(chunk) = reader.read().await? {
            content.extend_from_slice(&chunk);
        }
        Ok(content)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.account.home).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains(".part-")).collect()
    }
}

#[tokio::test]
async fn a_hundred_megabytes_go_both_ways_unchanged() {
    let Some(place) = Place::open().await else {
        return;
    };
    let mut content = vec![0; 100 * 1024 * 1024];
    getrandom::fill(&mut content).unwrap();
    let path = place.path("big");

    place.put(&path, WriteMode::New, &content).await.unwrap();
    let stored = run("sha256sum", &[&path]);
    let mut reader = place.files.open(&path, 0).await.unwrap();
    let (mut copy, mut largest) = (Vec::with_capacity(content.len()), 0);
    while let Some(chunk) = reader.read().await.unwrap() {
        largest = largest.max(chunk.len());
        copy.extend_from_slice(&chunk);
    }

    // The same sum from a copy that never went through the driver.
    let own = place.sshd.directory.path().join("own");
    fs::write(&own, &content).unwrap();
    let sum = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let expected = sum(&run("sha256sum", &[own.to_str().unwrap()]));
    assert!(expected.is_some() && sum(&stored) == expected);
    assert!(copy == content, "the copy differs");
    assert!(largest <= 256 * 1024);
    let tail = place.get(&path, 100 * 1024 * 1024 - 5).await.unwrap();
    assert_eq!(tail, &content[content.len() - 5..]);
    place.session.cancel().await;
}

#[tokio::test]
async fn directories_are_listed_made_renamed_and_removed() {
    let Some(place) = Place::open().await else {
        return;
    };
    let files = &place.files;
    let home = files.home().await.unwrap();
    assert_eq!(Path::new(&home), place.account.home);
    files.make_directory(&place.path("sub")).await.unwrap();
    files.make_directory(&place.path("sub")).await.unwrap();
    place
        .put("sub/odd\u{1b}[31m name", WriteMode::New, b"12345")
        .await
        .unwrap();
    std::os::unix::fs::symlink("sub", place.path("link")).unwrap();
    std::os::unix::fs::symlink("nowhere", place.path("dangling")).unwrap();

    let listed = files.list("").await.unwrap();
    let find = |name: &str| listed.iter().find(|entry| entry.name == name).unwrap();
    assert_eq!(find("sub").kind, FileKind::Directory);
    assert_eq!(find("link").kind, FileKind::Link);
    assert_eq!(find("link").target_kind, Some(FileKind::Directory));
    assert_eq!(find("dangling").target_kind, None);
    let inside = files.list("sub").await.unwrap();
    assert_eq!(inside.len(), 1);
    assert_eq!(
        (inside[0].name.as_str(), inside[0].size),
        ("odd\u{1b}[31m name", 5)
    );
    assert!(inside[0].modified.is_some() && inside[0].mode.is_some());

    assert!(matches!(
        files.remove(&place.path("sub")).await,
        Err(FileError::NotEmpty)
    ));
    // Removing a link removes the link.
    files.remove(&place.path("link")).await.unwrap();
    assert!(Path::new(&place.path("sub")).exists());
    files
        .rename("sub/odd\u{1b}[31m name", "plain")
        .await
        .unwrap();
    files.remove("sub").await.unwrap();
    assert_eq!(files.stat("plain").await.unwrap().size, 5);
    assert!(matches!(
        files.rename("plain", ".bashrc").await,
        Err(FileError::Exists)
    ));
    assert!(matches!(
        files.make_directory("plain").await,
        Err(FileError::Exists)
    ));
    assert!(matches!(files.stat("gone").await, Err(FileError::NotFound)));
    assert!(matches!(files.list("gone").await, Err(FileError::NotFound)));
    assert!(matches!(
        files.remove("gone").await,
        Err(FileError::NotFound)
    ));
    for bad in ["a\0b", "sub/..", "."] {
        assert!(
            matches!(files.remove(bad).await, Err(FileError::BadPath)),
            "{bad:?}"
        );
    }
    place.session.cancel().await;
}

#[tokio::test]
async fn a_big_directory_is_listed_whole() {
    let Some(place) = Place::open().await else {
        return;
    };
    let directory = place.account.home.join("many");
    fs::create_dir(&directory).unwrap();
    for number in 0..5000 {
        fs::write(directory.join(format!("file-{number}")), "").unwrap();
    }
    let listed = place.files.list("many").await.unwrap();
    let names: std::collections::HashSet<_> = listed.iter().map(|entry| &entry.name).collect();
    assert_eq!((listed.len(), names.len()), (5000, 5000));
    place.session.cancel().await;
}

#[tokio::test]
async fn replacing_keeps_permissions_and_links_and_never_shows_half_a_file() {
    let Some(place) = Place::open().await else {
        return;
    };
    let path = place.path("script");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o751)).unwrap();
    place.account.own(Path::new(&path));
    std::os::unix::fs::symlink("script", place.path("link")).unwrap();

    let mut writer = place
        .files
        .create("link", WriteMode::Replace)
        .await
        .unwrap();
    writer
        .write(Bytes::from_static(b"new content"))
        .await
        .unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(place.names().len(), 1);
    writer.finish().await.unwrap();

    assert_eq!(fs::read_to_string(&path).unwrap(), "new content");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
        0o751
    );
    assert!(
        fs::symlink_metadata(place.path("link"))
            .unwrap()
            .is_symlink()
    );
    assert!(matches!(
        place.put("script", WriteMode::New, b"x").await,
        Err(FileError::Exists)
    ));
    assert!(place.names().is_empty());
    place.session.cancel().await;
}

#[tokio::test]
async fn an_unfinished_upload_leaves_nothing_behind() {
    let Some(place) = Place::open().await else {
        return;
    };
    let mut aborted = place.files.create("aborted", WriteMode::New).await.unwrap();
    aborted.write(Bytes::from_static(b"some")).await.unwrap();
    aborted.abort().await;
    assert!(place.names().is_empty());

    let mut dropped = place.files.create("dropped", WriteMode::New).await.unwrap();
    dropped.write(Bytes::from_static(b"some")).await.unwrap();
    assert_eq!(place.names().len(), 1);
    drop(dropped);
    eventually("the part is removed", || place.names().is_empty()).await;

    // Two uploads of one new name: the second to finish is refused.
    let one = place.files.create("same", WriteMode::New).await.unwrap();
    let two = place.files.create("same", WriteMode::New).await.unwrap();
    one.finish().await.unwrap();
    assert!(matches!(two.finish().await, Err(FileError::Exists)));
    assert!(place.names().is_empty());
    place.session.cancel().await;
}

#[tokio::test]
async fn what_the_account_may_not_do_is_denied() {
    let Some(place) = Place::open().await else {
        return;
    };
    let denied = place.put("/etc/baton-test", WriteMode::New, b"x").await;
    assert!(matches!(denied, Err(FileError::Denied)), "{denied:?}");
    let denied = place.files.list("/root").await;
    assert!(matches!(denied, Err(FileError::Denied)), "{denied:?}");
    let denied = place.get("/etc/shadow", 0).await;
    assert!(matches!(denied, Err(FileError::Denied)), "{denied:?}");
    assert!(matches!(
        place.get("/etc", 0).await,
        Err(FileError::BadPath)
    ));
    assert_eq!(
        place.get("/proc/self/comm", 0).await.unwrap(),
        b"sftp-server\n"
    );
    place.session.cancel().await;
}

/// A small file system; unmounted with the test.
struct Mount(String);

impl Mount {
    fn new(place: &Place, options: &str) -> Option<Self> {
        let path = place.path("disk");
        fs::create_dir(&path).unwrap();
        let options = format!("size=1m,mode=777{options}");
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs", &path])
            .status();
        mounted.unwrap().success().then_some(Self(path))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        drop(run("umount", &["-l", &self.0]));
    }
}

#[tokio::test]
async fn a_full_disk_and_a_read_only_one_are_named() {
    let Some(place) = Place::open().await else {
        return;
    };
    // Containers may not mount; the mapping itself has unit tests.
    let Some(mount) = Mount::new(&place, "") else {
        skipped("this machine lets nobody mount");
        return;
    };
    let full = place
        .put("disk/big", WriteMode::New, &vec![7; 3_000_000])
        .await;
    assert!(matches!(full, Err(FileError::NoSpace)), "{full:?}");
    eventually("the part is gone", || {
        fs::read_dir(&mount.0).unwrap().count() == 0
    })
    .await;
    place
        .put("disk/small", WriteMode::New, b"fits")
        .await
        .unwrap();

    must("mount", &["-o", "remount,ro", &mount.0]);
    for refused in [
        place.put("disk/more", WriteMode::New, b"x").await,
        place.put("disk/small", WriteMode::Replace, b"x").await,
        place.files.remove("disk/small").await,
        place.files.make_directory("disk/new").await,
        place.files.rename("disk/small", "disk/other").await,
    ] {
        assert!(matches!(refused, Err(FileError::ReadOnly)), "{refused:?}");
    }
    drop(mount);
    place.session.cancel().await;
}

#[tokio::test]
async fn files_survive_the_death_of_their_channel_but_not_of_the_session() {
    let Some(place) = Place::open().await else {
        return;
    };
    place.files.home().await.unwrap();
    let serving = || place.sshd.descendants_named("sftp-server");
    let before = serving();
    assert_eq!(before.len(), 1);
    must("kill", &["-KILL", &before[0].to_string()]);
    eventually("the server is gone", || !serving().contains(&before[0])).await;

    place.files.home().await.unwrap();
    assert_ne!(serving(), before);

    place.session.cancel().await;
    let gone = place.files.home().await;
    assert!(matches!(gone, Err(FileError::Unavailable)), "{gone:?}");
    drop(place.sshd);
}

#[tokio::test]
async fn a_target_without_sftp_says_so() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (Sshd::start("Subsystem sftp /bin/false"), Account::create());
    let mut session = Session::live(sshd.parts(&account)).await;
    let files = session.files().await;

    let none = files.home().await;

    assert!(matches!(none, Err(FileError::Unavailable)), "{none:?}");
    session.cancel().await;
}
