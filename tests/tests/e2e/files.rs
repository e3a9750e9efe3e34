//! Files over SFTP through the API: large ones both ways, listings, and everything that refuses.

use futures_util::StreamExt as _;
use loadtest::api::{quoted, refusal, text};
use loadtest::process::run;
use reqwest::Method;
use serde_json::{Value, json};
use tests::tiny_disk::TinyDisk;
use tests::world::World;
use tokio::process::Command;

/// A hundred megabytes in which no two blocks are alike.
fn content() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut content = Vec::with_capacity(100_000_000);
    while content.len() < 100_000_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        content.extend_from_slice(&state.to_le_bytes());
    }
    content
}

async fn sha256sum(path: &std::path::Path) -> anyhow::Result<String> {
    let line = run(Command::new("sha256sum").arg(path)).await?;
    Ok(line
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned())
}

#[tokio::test]
async fn hundred_megabytes_go_up_and_come_down_unchanged() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, _viewer) = world.shell().await?;
    let content = content();
    let local = world.sshd.dir().join("local.bin");
    tokio::fs::write(&local, &content).await?;

    world
        .api
        .upload(&session, "up.bin", "new", content.clone())
        .await?;

    let remote = world.sshd.user.home.join("up.bin");
    assert_eq!(sha256sum(&remote).await?, sha256sum(&local).await?);

    let stream = world.api.download(&session, "up.bin").await?;
    tokio::pin!(stream);
    let mut at = 0;
    while let Some(piece) = stream.next().await {
        let piece = piece?;
        assert_eq!(
            content.get(at..at + piece.len()),
            Some(&piece[..]),
            "at {at}"
        );
        at += piece.len();
    }
    assert_eq!(at, content.len());
    Ok(())
}

#[tokio::test]
async fn a_folder_can_be_made_listed_renamed_packed_and_removed() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, _viewer) = world.shell().await?;
    let files = format!("/sessions/{session}/files");

    world
        .api
        .post(&format!("{files}/directory"), json!({"path": "box"}))
        .await?;
    world
        .api
        .upload(&session, "box/ünïcode name.txt", "new", "hello")
        .await?;
    let rename = json!({"from": "box/ünïcode name.txt", "to": "box/b.txt"});
    world.api.post(&format!("{files}/rename"), rename).await?;
    let listing = world.api.get(&format!("{files}?path=box")).await?;

    let item = listing.pointer("/items/0").cloned().unwrap_or_default();
    assert_eq!(
        (text(&item, "name")?, text(&item, "kind")?),
        ("b.txt", "file")
    );
    assert_eq!(item.get("size").and_then(Value::as_u64), Some(5));

    let archive = format!("/api/v1{files}/archive?path=box");
    let packed = world
        .api
        .request(Method::GET, &archive)
        .send()
        .await?
        .bytes()
        .await?;
    assert!(packed.starts_with(b"PK\x03\x04"));
    assert!(packed.windows(5).any(|window| window == b"b.txt"));

    let refused = refusal(
        world
            .api
            .delete(&format!("{files}?path=box&recursive=false"))
            .await,
    )?;
    assert!(refused.status >= 400);
    world
        .api
        .delete(&format!("{files}?path=box&recursive=true"))
        .await?;
    assert!(!world.sshd.user.home.join("box").exists());
    Ok(())
}

#[tokio::test]
async fn an_upload_never_overwrites_unless_told_to() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, _viewer) = world.shell().await?;
    world.api.upload(&session, "a", "new", "first").await?;

    let refused = refusal(world.api.upload(&session, "a", "new", "second").await)?;

    assert_eq!((refused.status, refused.code.as_str()), (409, "exists"));
    world.api.upload(&session, "a", "replace", "third").await?;
    assert_eq!(
        std::fs::read_to_string(world.sshd.user.home.join("a"))?,
        "third"
    );
    Ok(())
}

#[tokio::test]
async fn a_part_of_a_file_can_be_fetched() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, _viewer) = world.shell().await?;
    world
        .api
        .upload(&session, "digits", "new", "0123456789")
        .await?;
    let path = format!("/api/v1/sessions/{session}/files/content?path=digits");

    let answer = world
        .api
        .request(Method::GET, &path)
        .header("range", "bytes=3-6")
        .send()
        .await?;

    assert_eq!(answer.status().as_u16(), 206);
    assert_eq!(answer.text().await?, "3456");
    Ok(())
}

#[tokio::test]
async fn an_upload_to_a_full_disk_is_refused_and_leaves_nothing() -> anyhow::Result<()> {
    let world = World::new().await?;
    let place = world.sshd.user.home.join("tiny");
    let Some(disk) = TinyDisk::mount(&place, 1024, &world.sshd.user.name)? else {
        return Ok(()); // this machine lets nobody mount
    };
    let (session, mut viewer) = world.shell().await?;

    let refused = refusal(
        world
            .api
            .upload(&session, "tiny/big", "new", vec![1; 5_000_000])
            .await,
    )?;

    assert_eq!(
        (refused.status, refused.code.as_str()),
        (507, "no_space"),
        "{refused}"
    );
    let left = std::fs::read_dir(disk.path())?.count();
    assert_eq!(left, 0, "a cut-off upload leaves nothing behind");
    tests::world::obeys(&mut viewer).await
}

#[tokio::test]
async fn an_upload_to_a_folder_that_is_not_ours_is_refused() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, mut viewer) = world.shell().await?;

    let refused = refusal(
        world
            .api
            .upload(&session, "/etc/baton-test", "new", "x")
            .await,
    )?;

    assert_eq!(refused.status, 403, "{refused}");
    assert!(
        ["denied", "read_only"].contains(&refused.code.as_str()),
        "{refused}"
    );
    let missing = format!(
        "/sessions/{session}/files?path={}",
        quoted("/does/not/exist")
    );
    assert_eq!(refusal(world.api.get(&missing).await)?.status, 404);
    tests::world::obeys(&mut viewer).await
}

#[tokio::test]
async fn a_cut_off_upload_leaves_the_old_file_alone() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, _viewer) = world.shell().await?;
    world
        .api
        .upload(&session, "kept", "new", "precious")
        .await?;
    let broken = futures_util::stream::iter([
        Ok(bytes::Bytes::from(vec![1; 100_000])),
        Err(std::io::Error::other("the tab was closed")),
    ]);

    let outcome = world
        .api
        .upload(
            &session,
            "kept",
            "replace",
            reqwest::Body::wrap_stream(broken),
        )
        .await;

    assert!(outcome.is_err());
    let home = world.sshd.user.home.clone();
    assert_eq!(std::fs::read_to_string(home.join("kept"))?, "precious");
    let limit = std::time::Duration::from_secs(10);
    loadtest::until::until("nothing else is left", limit, async || {
        let names: Vec<_> = std::fs::read_dir(&home)?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| !name.starts_with('.') || name.contains("kept"))
            .collect();
        anyhow::ensure!(names == ["kept"], "{names:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_strangers_session_has_no_files() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, _viewer) = world.shell().await?;
    let stranger = crate::access::new_user(&world, "stranger").await?;

    let refused = refusal(stranger.get(&format!("/sessions/{session}/files")).await)?;

    assert!([403, 404].contains(&refused.status), "{refused}");
    Ok(())
}
