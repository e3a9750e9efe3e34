//! Opening a session, joining one, interrupting one: what a person waits for.

use shared::frame::Phase;
use shared::time::{Clock as _, SystemClock};

use super::output::PROMPT;
use super::report::{Must, Peer, Row, median};
use super::world::{World, announce};
use crate::target::ssh_client::SshClient;
use crate::viewer::{AttachOptions, Viewer};

/// Repetitions per configured run: these are quick.
const TIMES: usize = 4;

fn row(what: &str, limit: f64, mut ours: Vec<f64>, theirs: Option<Vec<f64>>) -> Row {
    Row {
        what: what.to_owned(),
        must: Must::AtMost(limit),
        unit: "ms",
        samples: ours.len(),
        measured: median(&mut ours),
        peer: theirs.map(|mut figures| Peer {
            name: "ssh -tt",
            measured: median(&mut figures),
        }),
        note: String::new(),
    }
}

pub(super) async fn measure_open(world: &mut World) -> anyhow::Result<Row> {
    announce("open to prompt");
    let (mut ours, mut theirs, mut live) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..world.args.runs * TIMES {
        let start = SystemClock.instant();
        let (_, mut viewer) =
            Viewer::open(&world.api, &world.target, AttachOptions::default()).await?;
        let is_live = |phase: i32| phase == i32::from(Phase::Live);
        viewer
            .until("a live session", |viewer| {
                viewer
                    .status
                    .as_ref()
                    .is_some_and(|(phase, _)| is_live(*phase))
            })
            .await?;
        live.push(start.elapsed().as_secs_f64() * 1e3);
        viewer.until_text(PROMPT).await?;
        ours.push(start.elapsed().as_secs_f64() * 1e3);
        viewer.end().await?;

        let start = SystemClock.instant();
        let mut ssh = SshClient::open(&world.sshd, &world.key, None)?;
        ssh.read_until(PROMPT).await?;
        theirs.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let mut row = row("open to prompt p50", 120.0, ours, Some(theirs));
    row.note = format!(
        "live after {:.0} ms, the rest is the shell's own start",
        median(&mut live)
    );
    Ok(row)
}

pub(super) async fn measure_join(world: &mut World) -> anyhow::Result<Row> {
    announce("second viewer");
    let (session, mut first) =
        Viewer::open(&world.api, &world.target, AttachOptions::default()).await?;
    first.until_text(PROMPT).await?;
    // A full screen and full scrollback: the snapshot that costs most.
    first
        .run(
            "seq -f '%0.f some text in every line' 1 3000; echo over",
            "over\n",
        )
        .await?;
    first.acknowledge_now().await?;
    let mut ours = Vec::new();
    for _ in 0..world.args.runs * TIMES {
        let start = SystemClock.instant();
        let mut second = Viewer::attach(&world.api, &session, AttachOptions::default()).await?;
        second
            .until("a snapshot", |viewer| viewer.snapshots > 0)
            .await?;
        ours.push(start.elapsed().as_secs_f64() * 1e3);
        second.close().await?;
    }
    first.end().await?;
    Ok(row("second viewer joins, p50", 30.0, ours, None))
}

pub(super) async fn measure_interrupt(world: &mut World) -> anyhow::Result<Row> {
    announce("Ctrl-C during a flood");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (_, mut viewer) = Viewer::open(&world.api, &world.target, AttachOptions::default()).await?;
    viewer.until_text(PROMPT).await?;
    let mut ssh = SshClient::open(&world.sshd, &world.key, None)?;
    ssh.read_until(PROMPT).await?;
    for _ in 0..world.args.runs {
        viewer.type_text("yes\n").await?;
        viewer.drain(5_000_000, |_, _| {}).await?;
        let start = SystemClock.instant();
        viewer.type_text([3]).await?;
        viewer.until_text(PROMPT).await?;
        ours.push(start.elapsed().as_secs_f64() * 1e3);

        ssh.type_text("yes\n").await?;
        ssh.skip(5_000_000).await?;
        let start = SystemClock.instant();
        ssh.type_text("\u{3}").await?;
        ssh.read_until(PROMPT).await?;
        theirs.push(start.elapsed().as_secs_f64() * 1e3);
    }
    viewer.end().await?;
    Ok(row(
        "Ctrl-C during yes to prompt, p50",
        150.0,
        ours,
        Some(theirs),
    ))
}
