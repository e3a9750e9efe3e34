//! A hundred megabytes by SFTP: through the page's API, and by OpenSSH's `sftp`.

use futures_util::StreamExt as _;
use shared::time::{Clock as _, SystemClock};

use super::output::{PROMPT, rate};
use super::report::{Must, Peer, Row, median};
use super::world::{World, announce};
use crate::target::ssh_client::sftp_get;
use crate::viewer::{AttachOptions, Viewer};

pub(super) async fn measure(world: &mut World) -> anyhow::Result<Row> {
    announce("SFTP download");
    let bytes = world.args.bytes;
    let mut content = vec![0; usize::try_from(bytes)?];
    getrandom::fill(&mut content).map_err(std::io::Error::other)?;
    let file = world.sshd.user.write("download.bin", &content).await?;
    drop(content);
    let (session, mut viewer) =
        Viewer::open(&world.api, &world.target, AttachOptions::default()).await?;
    viewer.until_text(PROMPT).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..world.args.runs {
        let took = sftp_get(
            &world.sshd,
            &world.key,
            &file.display().to_string(),
            &world.sshd.dir().join("copy.bin"),
        )
        .await?;
        theirs.push(rate(bytes, took));

        let start = SystemClock.instant();
        let stream = world.api.download(&session, "download.bin").await?;
        tokio::pin!(stream);
        let mut received = 0;
        while let Some(piece) = stream.next().await {
            received += u64::try_from(piece?.len())?;
        }
        anyhow::ensure!(received == bytes, "{received} of {bytes} bytes came");
        ours.push(rate(bytes, start.elapsed()));
    }
    viewer.end().await?;
    Ok(Row {
        what: "SFTP download through the API".to_owned(),
        must: Must::AtLeast(60.0),
        unit: "MB/s",
        samples: ours.len(),
        measured: median(&mut ours),
        peer: Some(Peer {
            name: "sftp, connecting included",
            measured: median(&mut theirs),
        }),
        note: String::new(),
    })
}
