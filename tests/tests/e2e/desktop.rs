//! Desktops through the whole product: a real `TigerVNC`, pixel by pixel, keys and clipboard.

use std::time::Duration;

use loadtest::fixture::{create_target, set, vnc_target};
use loadtest::node::{Node, NodeOptions};
use loadtest::target::xvnc::{Xvnc, XvncOptions};
use loadtest::until::until;
use loadtest::viewer::{AttachOptions, Viewer};
use serde_json::json;

/// Lines of text on a desktop, a shell to type at, and a node in front.
struct Desk {
    _node: Node,
    api: loadtest::api::Api,
    server: Xvnc,
    target: String,
}

impl Desk {
    async fn new() -> anyhow::Result<Self> {
        let (node, mut server) = tokio::try_join!(
            Node::with(NodeOptions::default()),
            Xvnc::start(XvncOptions::default())
        )?;
        server.show("xterm", &["-geometry", "100x30+40+40", "-e", "/bin/sh"])?;
        let api = node.admin().await?;
        let target = create_target(&api, vnc_target("desk", &server)).await?;
        Ok(Self {
            _node: node,
            api,
            server,
            target,
        })
    }

    /// Opens the desktop and waits until the whole picture has come.
    async fn open(&self) -> anyhow::Result<(String, Viewer)> {
        let (session, mut viewer) =
            Viewer::open(&self.api, &self.target, AttachOptions::default()).await?;
        anyhow::ensure!(viewer.attached.is_desktop, "not a desktop");
        viewer
            .until("a picture", |viewer| viewer.canvas.frames > 0)
            .await?;
        // Until somebody moves it, Xvnc counts its own pointer among the pixels of the screen.
        viewer.point(600, 600, 0).await?;
        Ok((session, viewer))
    }

    /// Waits until the viewer's canvas is what the X server has, pixel by pixel.
    async fn until_same(&self, viewer: &mut Viewer) -> anyhow::Result<()> {
        // The node pings twice a second, so there always is a next frame.
        let mut screen = Vec::new();
        for _ in 0..100 {
            screen = self.server.screen().await?;
            if viewer.canvas.pixels == screen {
                return Ok(());
            }
            anyhow::ensure!(viewer.next().await?.is_some(), "the socket closed");
        }
        let pairs = viewer.canvas.pixels.chunks(4).zip(screen.chunks(4));
        let mut different = pairs
            .enumerate()
            .filter(|(_, (ours, theirs))| ours != theirs);
        let first = different.next();
        anyhow::bail!(
            "the canvas never was what the X server had: {} pixels differ, first {first:?}; {:?}",
            different.count() + 1,
            viewer.canvas
        )
    }
}

#[tokio::test]
async fn a_desktop_is_shown_pixel_by_pixel() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    let (session, mut first) = desk.open().await?;
    desk.until_same(&mut first).await?;

    let mut second = Viewer::attach(&desk.api, &session, AttachOptions::default()).await?;
    desk.until_same(&mut second).await?;
    first.end().await
}

#[tokio::test]
async fn keys_reach_the_program_under_the_pointer() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    let (_, mut viewer) = desk.open().await?;
    let file = std::env::temp_dir().join(format!("baton-desk-{}", loadtest::random::hex(4)));
    viewer.point(200, 200, 0).await?;
    viewer
        .type_keys(&format!("echo Grüße_{{1..3}} > {}\n", file.display()))
        .await?;
    let typed = until("the shell obeyed", Duration::from_secs(20), async || {
        let text = tokio::fs::read_to_string(&file).await?;
        anyhow::ensure!(text.contains("{1..3}"), "{text}");
        anyhow::Ok(())
    })
    .await;
    drop(std::fs::remove_file(&file));
    typed?;
    desk.until_same(&mut viewer).await
}

#[tokio::test]
async fn a_desktop_outlives_its_viewers() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    let (session, viewer) = desk.open().await?;
    viewer.close().await?;
    let mut again = Viewer::attach(&desk.api, &session, AttachOptions::default()).await?;
    again.point(600, 600, 0).await?;
    desk.until_same(&mut again).await
}

#[tokio::test]
async fn a_desktop_takes_the_size_of_the_page() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    let (_, mut viewer) = desk.open().await?;
    viewer.wish(1000, 640).await?;
    viewer
        .until("another size", |viewer| {
            (viewer.canvas.width, viewer.canvas.height) == (1000, 640)
        })
        .await?;
    desk.until_same(&mut viewer).await
}

#[tokio::test]
async fn a_wrong_vnc_password_is_asked_for_again() -> anyhow::Result<()> {
    let desk = Desk::new().await?;
    let mut wrong = vnc_target("wrong", &desk.server);
    set(
        &mut wrong,
        "secret",
        json!({"kind": "password", "password": "not it"}),
    );
    let target = create_target(&desk.api, wrong).await?;
    let (_, mut viewer) = Viewer::open(&desk.api, &target, AttachOptions::default()).await?;
    viewer
        .until("a question", |viewer| !viewer.asks.is_empty())
        .await?;
    let ask = viewer.asks[0].ask;
    viewer.answer(ask, &[desk.server.password()]).await?;
    viewer
        .until("a picture", |viewer| viewer.canvas.frames > 0)
        .await?;
    Ok(())
}
