//! What an idle session costs the node: many at a prompt, each with a viewer that does nothing.

use tokio::task::JoinSet;

use super::output::{PROMPT, megabytes};
use super::report::{Must, Row};
use super::world::{World, announce};
use crate::process::resident_bytes;
use crate::viewer::{AttachOptions, Viewer};

pub(super) async fn measure(world: &mut World) -> anyhow::Result<Row> {
    announce("memory of idle sessions");
    world.renew().await?;
    // One session first, so that what is loaded once is not counted per session.
    let mut idle = JoinSet::new();
    idle_session(world, &mut idle).await?;
    let before = resident_bytes(world.node.pid())?;
    for _ in 0..world.args.sessions {
        idle_session(world, &mut idle).await?;
    }
    let after = resident_bytes(world.node.pid())?;
    let grown = megabytes(after.saturating_sub(before));
    let count = u32::try_from(world.args.sessions)?;
    Ok(Row {
        what: format!("memory per idle SSH session, {count} sessions"),
        must: Must::AtMost(0.8),
        unit: "MB",
        measured: grown / f64::from(count),
        peer: None,
        samples: world.args.sessions,
        note: String::new(),
    })
}

async fn idle_session(world: &World, idle: &mut JoinSet<()>) -> anyhow::Result<()> {
    let (_, mut viewer) = Viewer::open(&world.api, &world.target, AttachOptions::default()).await?;
    viewer.until_text(PROMPT).await?;
    viewer.acknowledge_now().await?;
    idle.spawn(async move { while let Ok(Some(_)) = viewer.next().await {} });
    Ok(())
}
