//! Who watches: reload and resume, two at once, read-only, and viewers that break the rules.

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use loadtest::api::text;
use loadtest::node::NodeOptions;
use loadtest::target::openssh::SshdOptions;
use loadtest::viewer::{Acks, AttachOptions, Viewer, open_socket, ticket_bytes};
use serde_json::json;
use shared::close::SocketClose;
use shared::frame::{
    Attach, ClientFrame, Input, MAX_CLIENT_FRAME, PROTOCOL_VERSION, client_frame, encode,
};
use tests::world::{World, in_history, obeys};

#[tokio::test]
async fn a_reloaded_page_shows_the_same_screen() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, mut viewer) = world.shell().await?;
    viewer
        .run(
            "export KEPT=yes; seq 1 300; printf '\\033[1;31mred\\033[m\\n'",
            "red",
        )
        .await?;
    viewer.until_text(tests::world::PROMPT).await?;
    let before = viewer.fresh_snapshot().await?;
    viewer.close().await?;

    let mut again = Viewer::attach(&world.api, &session, AttachOptions::default()).await?;
    again
        .until("a snapshot", |viewer| viewer.snapshots > 0)
        .await?;

    let after = again.snapshot.clone().unwrap_or_default();
    assert_eq!(after.offset_bytes, before.offset_bytes);
    assert_eq!(after.data, before.data);
    again.run("echo kept=$KEPT", "kept=yes").await
}

#[tokio::test]
async fn a_page_that_lost_its_link_goes_on_where_it_stopped() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, mut viewer) = world.shell().await?;
    obeys(&mut viewer).await?;
    let position = viewer.position();
    drop(viewer); // no good-bye: the link is gone

    let resume = AttachOptions {
        resume: Some(position),
        ..AttachOptions::default()
    };
    let mut again = Viewer::attach(&world.api, &session, resume).await?;

    assert!(again.attached.resumed);
    obeys(&mut again).await?;
    assert_eq!(again.snapshots, 0, "nothing was redrawn");
    Ok(())
}

#[tokio::test]
async fn a_page_that_missed_too_much_gets_the_newest_state() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, mut viewer) = world.shell().await?;
    let position = viewer.position();
    viewer.run("seq 1 500000; echo over", "over").await?;
    viewer.until_text(tests::world::PROMPT).await?;
    viewer.close().await?;

    let resume = AttachOptions {
        resume: Some(position),
        ..AttachOptions::default()
    };
    let mut again = Viewer::attach(&world.api, &session, resume).await?;

    assert!(!again.attached.resumed);
    again
        .until("a snapshot", |viewer| viewer.snapshots > 0)
        .await?;
    obeys(&mut again).await
}

#[tokio::test]
async fn two_tabs_see_and_type_the_same_shell() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, mut first) = world.shell().await?;
    let mut second = Viewer::attach(&world.api, &session, AttachOptions::default()).await?;
    second
        .until("a snapshot", |viewer| viewer.snapshots > 0)
        .await?;

    first.run("echo from-$((1 + 1))", "from-2").await?;
    second.until_text("from-2").await?;
    second.run("echo from-$((1 + 2))", "from-3").await?;
    first.until_text("from-3").await?;

    first
        .until("both viewers", |viewer| viewer.viewers.len() == 2)
        .await
}

#[tokio::test]
async fn a_read_only_viewer_sees_everything_and_types_nothing() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, mut owner) = world.shell().await?;
    let options = AttachOptions {
        read_only: true,
        ..AttachOptions::default()
    };
    let mut guest = Viewer::attach(&world.api, &session, options).await?;
    assert!(guest.attached.read_only);

    // Refused or ignored, but never typed.
    let _refused = guest.type_text("echo intruder-$((1 + 1))\n").await;
    obeys(&mut owner).await?;
    owner.run("echo visible-$((2 + 2))", "visible-4").await?;

    let screen = owner.fresh_snapshot().await?;
    let seen = loadtest::viewer::plain(&screen.data);
    assert!(!seen.contains("intruder"), "{seen}");
    if guest.until_text("visible-4").await.is_err() {
        // The node may also show the door to a viewer that types without the right to.
        assert_eq!(
            guest.closed.map(|(code, _)| code),
            Some(SocketClose::BadFrame.code())
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_viewer_that_never_acknowledges_slows_nobody() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, mut lively) = world.shell().await?;
    let frozen = AttachOptions {
        acks: Acks::Never,
        ..AttachOptions::default()
    };
    // It is attached and reads nothing at all: its socket fills and stays full.
    let frozen = Viewer::attach(&world.api, &session, frozen).await?;

    lively
        .type_text("seq 1 2000000; echo flood-$((1 + 1))-over\n")
        .await?;
    lively.until_text("flood-2-over").await?;

    obeys(&mut lively).await?;
    let resident = loadtest::process::resident_bytes(world.node.pid())?;
    assert!(
        resident < 400_000_000,
        "the node has grown to {resident} bytes"
    );
    drop(frozen);
    Ok(())
}

#[tokio::test]
async fn garbage_and_oversize_frames_close_one_socket_only() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, mut good) = world.shell().await?;
    let gap = ClientFrame {
        body: Some(client_frame::Body::Input(Input {
            offset_bytes: 1_000_000,
            data: Bytes::from_static(b"x"),
        })),
    };
    for frame in [
        Bytes::from_static(&[0xff; 64]),
        Bytes::from(vec![0; MAX_CLIENT_FRAME + 1]),
        Bytes::from(vec![0x0a; 3_000_000]),
        encode(&gap),
    ] {
        let length = frame.len();
        let mut bad = Viewer::attach(&world.api, &session, AttachOptions::default()).await?;
        // The node may hang up while a large frame is still on its way.
        let _hung_up = bad.send_raw(frame).await;
        match bad.until_closed().await {
            Ok(code) => assert!(
                [1002, 1007, 1009, 4003].contains(&code),
                "{code} for {length}"
            ),
            Err(error) => assert!(error.to_string().contains("link broke"), "{error:#}"),
        }
    }

    obeys(&mut good).await
}

#[tokio::test]
async fn a_socket_without_a_first_frame_is_closed_in_five_seconds() -> anyhow::Result<()> {
    let world = World::new().await?;
    let mut socket = open_socket(&world.api).await?;
    let start = tokio::time::Instant::now();

    let code = loop {
        match socket.next().await {
            Some(Ok(message)) => {
                if let tokio_tungstenite::tungstenite::Message::Close(frame) = message {
                    break frame.map(|frame| u16::from(frame.code));
                }
            }
            Some(Err(_)) | None => break None,
        }
    };

    assert_eq!(code, Some(SocketClose::NoFirstFrame.code()));
    let waited = start.elapsed().as_secs_f64();
    assert!((4.0..8.0).contains(&waited), "{waited}");
    Ok(())
}

#[tokio::test]
async fn a_ticket_is_good_for_one_attach() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, _viewer) = world.shell().await?;
    let path = format!("/sessions/{session}/ticket");
    let answer = world.api.post(&path, json!({})).await?;
    let ticket = text(&answer, "ticket")?;
    Viewer::with_ticket(&world.api, ticket, AttachOptions::default()).await?;

    for bad in [ticket_bytes(ticket)?, vec![7; 32], Vec::new()] {
        assert_eq!(
            first_close(&world, PROTOCOL_VERSION, &bad).await?,
            SocketClose::BadTicket.code()
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_viewer_of_another_protocol_version_is_told_so() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, _viewer) = world.shell().await?;
    let path = format!("/sessions/{session}/ticket");
    let answer = world.api.post(&path, json!({})).await?;
    let ticket = ticket_bytes(text(&answer, "ticket")?)?;

    let code = first_close(&world, PROTOCOL_VERSION + 1, &ticket).await?;

    assert_eq!(code, SocketClose::WrongVersion.code());
    Ok(())
}

/// The close code that answers this first frame.
async fn first_close(world: &World, protocol: u32, ticket: &[u8]) -> anyhow::Result<u16> {
    let mut socket = open_socket(&world.api).await?;
    let frame = ClientFrame {
        body: Some(client_frame::Body::Attach(Attach {
            protocol,
            ticket: ticket.to_vec().into(),
            cols: 80,
            rows: 24,
            ..Attach::default()
        })),
    };
    socket
        .send(tokio_tungstenite::tungstenite::Message::Binary(encode(
            &frame,
        )))
        .await?;
    while let Some(message) = socket.next().await {
        if let tokio_tungstenite::tungstenite::Message::Close(Some(frame)) = message? {
            return Ok(frame.code.into());
        }
    }
    anyhow::bail!("closed without a code")
}

#[tokio::test]
async fn a_session_nobody_watches_ends_after_its_time() -> anyhow::Result<()> {
    let node = NodeOptions::default().set("sessions_detached_minutes", "1");
    let world = World::with(node, SshdOptions::default()).await?;
    let (session, viewer) = world.shell().await?;

    viewer.close().await?;

    let path = format!("/sessions/{session}");
    let shown = world.api.get(&path).await?;
    let ends = shown.get("ends_at").and_then(serde_json::Value::as_i64);
    let since = shown
        .get("detached_since")
        .and_then(serde_json::Value::as_i64);
    let (ends, since) = ends
        .zip(since)
        .ok_or_else(|| anyhow::anyhow!("not detached: {shown}"))?;
    assert_eq!(ends - since, 60_000_000, "one minute later");
    // Coming back in time stops the clock.
    let mut again = Viewer::attach(&world.api, &session, AttachOptions::default()).await?;
    obeys(&mut again).await
}

#[tokio::test]
async fn ending_a_session_tells_every_viewer_and_the_history() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, mut first) = world.shell().await?;
    let mut second = Viewer::attach(&world.api, &session, AttachOptions::default()).await?;

    world.api.delete(&format!("/sessions/{session}")).await?;

    for viewer in [&mut first, &mut second] {
        let ended = viewer.until_ended().await?;
        assert!(ended.code.starts_with("ended_by_"), "{}", ended.code);
        assert_eq!(
            viewer.until_closed().await?,
            SocketClose::SessionEnded.code()
        );
    }
    let (code, _) = in_history(&world.api, &session).await?;
    assert!(code.starts_with("ended_by_"), "{code}");
    Ok(())
}
