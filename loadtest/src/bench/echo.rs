//! From a key to its echo: alone, beside a flood in another session, and by `ssh -tt`.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::output::PROMPT;
use super::report::{Must, Peer, Row, percentile};
use super::world::{World, announce};
use crate::target::ssh_client::SshClient;
use crate::viewer::{AttachOptions, Viewer};

/// Keys per measurement: ten samples lie above the 99th percentile.
const KEYS: usize = 1000;

/// Keys before measuring starts.
const WARM_UP: usize = 50;

pub(super) async fn measure(world: &mut World) -> anyhow::Result<[Row; 3]> {
    announce("echo");
    let mut theirs = peer(world).await?;
    let mut ours = typed(world).await?;
    announce("echo under a flood");
    let mut flooded = under_flood(world).await?;
    let row = |what: &str, limit, measured, peer: Option<f64>| Row {
        what: what.to_owned(),
        must: Must::AtMost(limit),
        unit: "ms",
        measured,
        peer: peer.map(|measured| Peer {
            name: "ssh -tt",
            measured,
        }),
        samples: KEYS,
        note: String::new(),
    };
    let peers = (percentile(&mut theirs, 50.0), percentile(&mut theirs, 99.0));
    Ok([
        row(
            "key echo p50",
            1.0,
            percentile(&mut ours, 50.0),
            Some(peers.0),
        ),
        row(
            "key echo p99",
            6.0,
            percentile(&mut ours, 99.0),
            Some(peers.1),
        ),
        row(
            "key echo p99, flood in another session",
            15.0,
            percentile(&mut flooded, 99.0),
            None,
        ),
    ])
}

/// Letters in turn, so that an echo cannot be mistaken for the one before.
fn keys() -> impl Iterator<Item = u8> {
    (b'a'..=b'z').cycle().take(WARM_UP + KEYS)
}

fn milliseconds(samples: Vec<Duration>) -> Vec<f64> {
    let measured = samples.into_iter().skip(WARM_UP);
    measured.map(|took| took.as_secs_f64() * 1e3).collect()
}

async fn typed(world: &World) -> anyhow::Result<Vec<f64>> {
    let (_, mut viewer) = Viewer::open(&world.api, &world.target, AttachOptions::default()).await?;
    viewer.until_text(PROMPT).await?;
    viewer
        .run("stty -icanon; echo go; cat >/dev/null", "go\n")
        .await?;
    let mut samples = Vec::new();
    for key in keys() {
        samples.push(viewer.echo(key).await?);
    }
    viewer.end().await?;
    Ok(milliseconds(samples))
}

async fn peer(world: &World) -> anyhow::Result<Vec<f64>> {
    let mut ssh = SshClient::open(&world.sshd, &world.key, None)?;
    ssh.read_until(PROMPT).await?;
    ssh.type_text("stty -icanon; echo go; cat >/dev/null\n")
        .await?;
    ssh.read_until("go\r\n").await?;
    let mut samples = Vec::new();
    for key in keys() {
        samples.push(ssh.echo(key).await?);
    }
    Ok(milliseconds(samples))
}

async fn under_flood(world: &World) -> anyhow::Result<Vec<f64>> {
    let (_, mut flooded) =
        Viewer::open(&world.api, &world.target, AttachOptions::default()).await?;
    flooded.until_text(PROMPT).await?;
    flooded
        .type_text("yes 'a line of a flood that nobody reads'\n")
        .await?;
    flooded.drain(1_000_000, |_, _| {}).await?;
    let (stop, mut stopped) = oneshot::channel::<()>();
    let mut reader = JoinSet::new();
    reader.spawn(async move {
        loop {
            tokio::select! {
                _ = &mut stopped => return flooded.end().await,
                frame = flooded.next() => if frame?.is_none() { return Ok(()); },
            }
        }
    });
    let samples = typed(world).await;
    let _reader_is_gone = stop.send(());
    while let Some(outcome) = reader.join_next().await {
        outcome??;
    }
    samples
}
