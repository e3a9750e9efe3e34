//! What is shown: every encoding equals the server's own framebuffer, and follows its changes.

use node::driver::TargetAddress;
use shared::desktop::Cursor;

use super::relay::Relay;
use super::server::{Xvnc, can_run_xvnc};
use super::session::Session;

#[tokio::test(flavor = "multi_thread")]
async fn every_encoding_gives_the_servers_pixels() {
    if !can_run_xvnc() {
        return;
    }
    let mut server = Xvnc::start("None", &[]);
    server.paint();
    for (name, encoding) in [("Raw", 0), ("Hextile", 5), ("Tight", 7), ("ZRLE", 16)] {
        let relay = Relay::to(server.port, encoding).await;
        let mut target = server.target();
        target.address = TargetAddress {
            port: relay.port,
            ..target.address
        };
        let mut session = Session::shown(target).await;
        assert!(relay.has_changed(), "{name} was not asked for");

        session.until_same_as(&server).await;
        server.run("xsetroot", &["-mod", "3", "9", "-fg", name_colour(name)]);
        session.until_same_as(&server).await;

        session.cancel().await;
    }
}

fn name_colour(name: &str) -> &'static str {
    match name {
        "Raw" => "#102030",
        "Hextile" => "#405060",
        "Tight" => "#708090",
        _ => "#a0b0c0",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jpeg_comes_close_to_the_servers_pixels() {
    if !can_run_xvnc() {
        return;
    }
    let mut server = Xvnc::start("None", &[]);
    server.paint();
    let mut target = server.target();
    target.settings.quality = Some(8);

    let mut session = Session::shown(target).await;

    session
        .eventually("a close picture", |s| {
            let truth = server.picture();
            let pairs = s.picture.rgbx.iter().zip(&truth.rgbx);
            let off = pairs.map(|(ours, theirs)| u64::from(ours.abs_diff(*theirs)));
            off.sum::<u64>() < 2 * u64::try_from(truth.rgbx.len()).unwrap()
        })
        .await;
    session.cancel().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scrolling_is_copied_and_stays_exact() {
    if !can_run_xvnc() {
        return;
    }
    let mut server = Xvnc::start("None", &[]);
    let mut session = Session::shown(server.target()).await;
    let script = "while [ ! -e scroll ]; do :; done; seq 1 40 | while read n; do echo line $n; \
                  read -t 0.05 nothing < waits; done; touch scrolled; exec cat";
    let pipe = server.directory.path().join("waits");
    crate::harness::must("mkfifo", &[pipe.to_str().unwrap()]);
    // Somebody must hold the pipe open, or opening it would wait for ever.
    server.spawn("bash", &["-c", "exec 3<>waits; exec cat <&3"]);
    server.spawn(
        "xterm",
        &["-geometry", "60x15+5+5", "-e", "bash", "-c", script],
    );
    std::fs::write(server.directory.path().join("scroll"), "").unwrap();

    let scrolled = server.directory.path().join("scrolled");
    session.eventually("scrolled", |_| scrolled.exists()).await;

    session.until_same_as(&server).await;
    assert!(session.copies > 3, "{} copies", session.copies);
    session.cancel().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desktop_resizes_from_both_sides() {
    if !can_run_xvnc() {
        return;
    }
    let mut server = Xvnc::start("None", &[]);
    server.paint();
    let mut session = Session::shown(server.target()).await;
    assert_eq!((session.picture.width, session.picture.height), (640, 400));

    session.resize(811, 503).await;
    session
        .until("resized by us", |s| s.picture.width == 811)
        .await;
    session.until_same_as(&server).await;

    let mut other = Session::shown(server.target()).await;
    other.resize(500, 300).await;
    session
        .until("resized by another", |s| s.picture.width == 500)
        .await;
    session.until_same_as(&server).await;
    other.until_same_as(&server).await;
    other.cancel().await;
    session.cancel().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pointer_has_the_shape_of_what_is_below_it() {
    if !can_run_xvnc() {
        return;
    }
    let mut server = Xvnc::start("None", &[]);
    server.spawn("xterm", &["-geometry", "40x10+0+0", "-e", "cat"]);
    let mut session = Session::shown(server.target()).await;
    session.until("named", |s| !s.name.is_empty()).await;

    server.run("xsetroot", &["-cursor_name", "gumby"]);
    session.point(600, 390, 0).await;
    session
        .until("a cursor", |s| {
            matches!(s.cursor, Some(Cursor::Shape { .. }))
        })
        .await;
    let outside = session.cursor.clone();
    session
        .eventually("the cursor of the xterm", |s| {
            // The xterm may not be there yet; a full lane only means that it is asked less often.
            drop(s.link.input.try_send(over_xterm()));
            s.cursor != outside && matches!(s.cursor, Some(Cursor::Shape { .. }))
        })
        .await;
    session.cancel().await;
}

fn over_xterm() -> node::driver::DriverInput {
    node::driver::DriverInput::Pointer(shared::desktop::Pointer {
        x: 40,
        y: 40,
        ..shared::desktop::Pointer::default()
    })
}
