//! Desktops on a real `TigerVNC` of 1280×720: opening, joining, scrolling text, memory.

use std::time::Duration;

use shared::time::{Clock as _, SystemClock};
use tokio::task::JoinSet;

use super::output::megabytes;
use super::report::{Must, Row, median};
use super::world::{World, announce};
use crate::fixture::{create_target, vnc_target};
use crate::process::{cpu_seconds, resident_bytes};
use crate::target::xvnc::{Xvnc, XvncOptions};
use crate::viewer::{AttachOptions, Viewer};

/// Repetitions per configured run: these are quick.
const TIMES: usize = 4;

/// How long scrolling is watched.
const WATCH: Duration = Duration::from_secs(10);

/// Idle desktops for the memory figure.
const DESKTOPS: usize = 10;

/// Twenty lines a second, as a build log would have them.
const SCROLL: &str = "i=0; while :; do i=$((i+1)); \
    echo \"$i 2026-11-26T12:00:00Z INFO the quick brown fox jumps over the lazy dog\"; \
    sleep 0.05; done";

fn row(what: &str, limit: f64, unit: &'static str, mut figures: Vec<f64>) -> Row {
    Row {
        what: what.to_owned(),
        must: Must::AtMost(limit),
        unit,
        samples: figures.len(),
        measured: median(&mut figures),
        peer: None,
        note: String::new(),
    }
}

pub(super) async fn measure(world: &mut World) -> anyhow::Result<Vec<Row>> {
    if !Xvnc::is_installed() {
        announce("no desktops: Xvnc is not installed");
        return Ok(Vec::new());
    }
    announce("desktops");
    let mut server = Xvnc::start(XvncOptions::default()).await?;
    server.show("xterm", &["-geometry", "100x30+40+40"])?;
    let target = create_target(&world.api, vnc_target("bench desktop", &server)).await?;
    let mut rows = vec![open(world, &target).await?];
    rows.push(memory(world, &target).await?);

    let mut moving = Xvnc::start(XvncOptions::default()).await?;
    moving.show(
        "xterm",
        &["-geometry", "160x50+0+0", "-e", "/bin/sh", "-c", SCROLL],
    )?;
    let target = create_target(&world.api, vnc_target("bench scroll", &moving)).await?;
    rows.extend(scroll(world, &target).await?);
    Ok(rows)
}

async fn first_picture(world: &World, target: &str) -> anyhow::Result<(String, Viewer)> {
    let (session, mut viewer) = Viewer::open(&world.api, target, AttachOptions::default()).await?;
    // The black key frame of a desktop that is not painted yet is no picture.
    let is_painted = |viewer: &Viewer| {
        let pixels = viewer.canvas.pixels.chunks_exact(4);
        viewer.canvas.frames > 0 && pixels.into_iter().any(|pixel| pixel != [0, 0, 0, 255])
    };
    viewer
        .until("a picture", |viewer| is_painted(viewer))
        .await?;
    Ok((session, viewer))
}

async fn open(world: &World, target: &str) -> anyhow::Result<Row> {
    let mut figures = Vec::new();
    for _ in 0..world.args.runs * TIMES {
        let start = SystemClock.instant();
        let (_, mut viewer) = first_picture(world, target).await?;
        figures.push(start.elapsed().as_secs_f64() * 1e3);
        viewer.end().await?;
    }
    Ok(row(
        "VNC, open to first picture, static, p50",
        25.0,
        "ms",
        figures,
    ))
}

async fn memory(world: &mut World, target: &str) -> anyhow::Result<Row> {
    let mut idle = JoinSet::new();
    let add = async |idle: &mut JoinSet<()>| {
        let (_, mut viewer) = first_picture(world, target).await?;
        idle.spawn(async move { while let Ok(Some(_)) = viewer.next().await {} });
        anyhow::Ok(())
    };
    // One first, so that what is loaded once is not counted per session.
    add(&mut idle).await?;
    let before = resident_bytes(world.node.pid())?;
    for _ in 0..DESKTOPS {
        add(&mut idle).await?;
    }
    let grown = resident_bytes(world.node.pid())?.saturating_sub(before);
    let count = u32::try_from(DESKTOPS)?;
    let figure = megabytes(grown) / f64::from(count);
    let mut row = row(
        "memory per VNC session of 720p, watched",
        7.0,
        "MB",
        vec![figure],
    );
    row.samples = DESKTOPS;
    Ok(row)
}

async fn scroll(world: &World, target: &str) -> anyhow::Result<Vec<Row>> {
    announce("a desktop with scrolling text");
    let (session, mut viewer) = first_picture(world, target).await?;
    let warm = viewer.canvas.copies;
    viewer
        .until("scrolling", |viewer| viewer.canvas.copies > warm + 40)
        .await?;

    let (cpu, bytes) = (cpu_seconds(world.node.pid())?, viewer.canvas.bytes);
    let (frames, copies) = (viewer.canvas.frames, viewer.canvas.copies);
    let start = SystemClock.instant();
    viewer
        .until("the watch to be over", |_| start.elapsed() >= WATCH)
        .await?;
    let span = start.elapsed().as_secs_f64();
    let cpu = (cpu_seconds(world.node.pid())? - cpu) / span;
    let rate = megabytes(viewer.canvas.bytes - bytes) * 1e3 / span;
    let note = format!(
        "{} frames, {} of them with moves",
        viewer.canvas.frames - frames,
        viewer.canvas.copies - copies
    );

    let mut joins = Vec::new();
    for _ in 0..world.args.runs * TIMES {
        let start = SystemClock.instant();
        let mut second = Viewer::attach(&world.api, &session, AttachOptions::default()).await?;
        second
            .until("a picture", |viewer| viewer.canvas.frames > 0)
            .await?;
        joins.push(start.elapsed().as_secs_f64() * 1e3);
        second.close().await?;
        // The first viewer goes on drawing meanwhile.
        viewer.next().await?;
    }
    viewer.end().await?;
    let mut cpu = row("VNC, scrolling text, node", 0.08, "core", vec![cpu]);
    cpu.note = note;
    Ok(vec![
        cpu,
        row(
            "VNC, scrolling text, to the browser",
            60.0,
            "KB/s",
            vec![rate],
        ),
        row(
            "second viewer joins a moving desktop, p50",
            80.0,
            "ms",
            joins,
        ),
    ])
}
