//! A hundred megabytes of text: sshd → node → a viewer that acknowledges, and the same by `ssh -tt`.

use std::time::Duration;

use shared::time::{Clock as _, SystemClock};

use super::report::{Must, Peer, Row, median};
use super::world::{World, announce};
use crate::process::cpu_seconds;
use crate::target::ssh_client::SshClient;
use crate::viewer::{AttachOptions, Viewer};

/// The shell's prompt at the test account.
pub(super) const PROMPT: &str = "ready$ ";

/// One line of the text, as a log would have it; the newline makes it 100 bytes.
const LINE: &str =
    "2026-11-23T12:00:00.000000Z  INFO baton::bench: the quick brown fox jumps over the lazy dog";

struct Sample {
    megabytes_per_second: f64,
    cpu_seconds: f64,
    delivered: f64,
}

pub(super) async fn measure(world: &mut World) -> anyhow::Result<[Row; 3]> {
    announce("output");
    let lines = world.args.bytes / 100;
    let text = format!("{LINE:<99}\n").repeat(usize::try_from(lines)?);
    world.sshd.user.write("output.txt", text.as_bytes()).await?;
    // A terminal turns every newline into two bytes.
    let printed = lines * 101;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..world.args.runs {
        theirs.push(peer(world, printed).await?);
        ours.push(run(world, printed).await?);
    }
    let samples = ours.len();
    let of = |figure: fn(&Sample) -> f64| median(&mut ours.iter().map(figure).collect::<Vec<_>>());
    let speed = of(|sample| sample.megabytes_per_second);
    let delivered = of(|sample| sample.delivered);
    let peer = median(&mut theirs);
    let note = note(delivered);
    let row = |what: &str, must, unit, measured, peer| Row {
        what: what.to_owned(),
        must,
        unit,
        measured,
        peer,
        samples,
        note: note.clone(),
    };
    let named = Peer {
        name: "ssh -tt, cat at its prompt",
        measured: peer,
    };
    Ok([
        row(
            "SSH output",
            Must::AtLeast(35.0),
            "MB/s",
            speed,
            Some(named),
        ),
        row(
            "SSH output against ssh -tt",
            Must::AtLeast(60.0),
            "%",
            speed / peer * 100.0,
            None,
        ),
        row(
            "node CPU per 100 MB of output",
            Must::AtMost(4.0),
            "CPU-s",
            of(|sample| sample.cpu_seconds),
            None,
        ),
    ])
}

/// Says so when the viewer did not get every byte.
fn note(delivered: f64) -> String {
    if delivered > 0.999 {
        return String::new();
    }
    let percent = delivered * 100.0;
    format!("{percent:.0} % of the bytes reached the viewer, the rest as snapshots")
}

async fn run(world: &World, printed: u64) -> anyhow::Result<Sample> {
    let (_, mut viewer) = Viewer::open(&world.api, &world.target, AttachOptions::default()).await?;
    viewer.until_text(PROMPT).await?;
    viewer.acknowledge_now().await?;
    let cpu = cpu_seconds(world.node.pid())?;
    let (before, start) = (viewer.received, SystemClock.instant());
    viewer.type_text("cat output.txt\n").await?;
    viewer.drain(printed, |_, _| {}).await?;
    let took = start.elapsed();
    let delivered = viewer.received - before;
    let cpu = cpu_seconds(world.node.pid())? - cpu;
    viewer.end().await?;
    let hundred = megabytes(printed) / 100.0;
    Ok(Sample {
        megabytes_per_second: rate(printed, took),
        cpu_seconds: cpu / hundred,
        delivered: megabytes(delivered) / megabytes(printed),
    })
}

async fn peer(world: &World, printed: u64) -> anyhow::Result<f64> {
    let mut ssh = SshClient::open(&world.sshd, &world.key, None)?;
    ssh.read_until(PROMPT).await?;
    let start = SystemClock.instant();
    ssh.type_text("cat output.txt; exit\n").await?;
    let (_, end) = ssh.drain().await?;
    Ok(rate(printed, end.duration_since(start)))
}

/// Bytes as megabytes (10⁶).
#[expect(clippy::cast_precision_loss, reason = "byte counts stay far below 2⁵³")]
pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Megabytes per second.
pub(super) fn rate(bytes: u64, took: Duration) -> f64 {
    megabytes(bytes) / took.as_secs_f64()
}
