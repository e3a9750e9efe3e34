//! What viewers see: pictures, deltas, resumes, floods, interrupts.

use std::time::Duration;

use shared::frame::client_frame::Body as FromViewer;
use shared::frame::server_frame::Body;
use shared::frame::{self};
use shared::time::{Clock as _, SystemClock};

use crate::client::{Got, How, Viewer};
use crate::world::{World, until};

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

fn is_snapshot(body: Body) -> Option<frame::Snapshot> {
    match body {
        Body::Snapshot(snapshot) => Some(snapshot),
        _ => None,
    }
}

#[actix_web::test]
async fn two_viewers_see_the_same_and_a_later_one_gets_the_picture() {
    let mut world = World::start().await;
    let (session, target) = world.live().await;
    let (mut one, _) = Viewer::attach(&world, session.id(), How::default()).await;
    target.prints(&b"hello "[..]).await;
    assert!(contains(&one.read_to(6).await, b"hello "));

    let (mut two, attached) = Viewer::attach(&world, session.id(), How::default()).await;
    assert!(!attached.resumed);
    assert!(contains(
        &two.until("a picture", is_snapshot).await.data,
        b"hello"
    ));
    target.prints(&b"world"[..]).await;

    assert_eq!(one.read_to(11).await, b"world");
    assert_eq!(two.read_to(11).await, b"world");
    assert_eq!(session.summary().viewers, 2);
    world.stop().await;
}

#[actix_web::test]
async fn a_page_that_comes_back_gets_only_what_it_missed() {
    let mut world = World::start().await;
    let (session, target) = world.live().await;
    let (mut viewer, attached) = Viewer::attach(&world, session.id(), How::default()).await;
    target.prints(&b"before"[..]).await;
    viewer.read_to(6).await;
    drop(viewer);
    let gone = || session.summary().viewers == 0;
    until("the viewer is gone", async || gone()).await;
    target.prints(&b"missed"[..]).await;

    let how = How {
        resume: Some((attached.epoch, 6)),
        ..How::default()
    };
    let (mut back, attached) = Viewer::attach(&world, session.id(), how).await;

    assert!(attached.resumed);
    assert_eq!(
        back.read_to(12).await,
        b"missed",
        "no picture, no repetition"
    );
    world.stop().await;
}

#[actix_web::test]
async fn an_offset_that_is_too_old_too_new_or_of_another_epoch_gets_a_picture() {
    let mut world = World::start().await;
    let (session, target) = world.live().await;
    let piece = vec![b'.'; 32 * 1024];
    for _ in 0..48 {
        target.prints(piece.clone()).await;
    }
    target.prints(&b"the end"[..]).await;
    let end = 48 * 32 * 1024 + 7;
    let (mut first, _) = Viewer::attach(&world, session.id(), How::default()).await;
    first.read_to(end).await;
    let epoch = session.epoch().count();
    for resume in [
        (epoch, 10),
        (epoch, end + 1),
        (epoch, u64::MAX),
        (epoch + 1, end),
    ] {
        let how = How {
            resume: Some(resume),
            ..How::default()
        };
        let (mut viewer, attached) = Viewer::attach(&world, session.id(), how).await;
        assert!(!attached.resumed, "{resume:?}");
        viewer.until("a picture", is_snapshot).await;
        viewer.read_to(end).await;
    }
    world.stop().await;
}

#[actix_web::test]
async fn a_redraw_brings_one_picture() {
    let mut world = World::start().await;
    let (session, target) = world.live().await;
    target.prints(&b"hello"[..]).await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;
    viewer.until("the first picture", is_snapshot).await;
    viewer.send(FromViewer::Redraw(frame::Redraw {})).await;
    let second = viewer.until("the second picture", is_snapshot).await;
    assert!(contains(&second.data, b"hello"));
    world.stop().await;
}

/// Resident memory of this process, in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

#[actix_web::test]
async fn a_viewer_that_never_reads_costs_others_nothing_and_memory_little() {
    let mut world = World::start().await;
    let (session, target) = world.live().await;
    let (_stuck, _) = Viewer::attach(&world, session.id(), How::default()).await;
    let (mut reading, _) = Viewer::attach(&world, session.id(), How::default()).await;
    reading.until("the first picture", is_snapshot).await;
    let before = resident();

    let piece = bytes::Bytes::from(vec![b'x'; 32 * 1024]);
    let total = 32 * 1024 * 1024;
    let flood = async {
        for _ in 0..total / piece.len() {
            target.prints(piece.clone()).await;
        }
    };
    let started = SystemClock.instant();
    let (_, ()) = futures_util::join!(reading.read_to(total as u64), flood);

    let spent = SystemClock.instant() - started;
    println!("32 MiB beside a stuck viewer in {spent:?}");
    let grown = resident().saturating_sub(before);
    assert!(grown < 48 * 1024 * 1024, "grew by {grown} bytes");
    world.stop().await;
}

#[actix_web::test]
async fn an_interrupt_shows_the_prompt_at_once() {
    let mut world = World::start().await;
    let (session, mut target) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;
    viewer.until("the first picture", is_snapshot).await;
    // A page that is behind: it reads, and acknowledges nothing for a while.
    viewer.acks = false;
    let line = bytes::Bytes::from(b"y\r\n".repeat(8 * 1024));
    for _ in 0..40 {
        target.prints(line.clone()).await;
    }
    viewer.types(b"\x03").await;
    assert_eq!(target.is_typed().await, &b"\x03"[..]);
    let interrupted = SystemClock.instant();
    target.prints(&b"^C\r\n$ prompt"[..]).await;

    viewer.acks = true;
    let (mut received, end) = (0, 40 * 3 * 8 * 1024 + 12);
    while viewer.offset < end {
        match viewer.next().await {
            Got::Frame(Body::Output(output)) => received += output.data.len(),
            Got::Frame(_) => {}
            Got::Closed(code, text) => panic!("closed ({code:?} {text})"),
        }
    }

    let spent = SystemClock.instant() - interrupted;
    println!("prompt after {spent:?} and {received} bytes");
    assert!(received < 400_000, "the flood was skipped, not replayed");
    assert!(spent < Duration::from_secs(2), "took {spent:?}");
    world.stop().await;
}

#[actix_web::test]
async fn an_echo_is_not_held_back() {
    let mut world = World::start().await;
    let (session, mut target) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;
    viewer.until("the first picture", is_snapshot).await;
    let mut spans = Vec::new();
    for count in 1..=200 {
        let started = SystemClock.instant();
        viewer.types(b"k").await;
        let typed = target.is_typed().await;
        target.prints(typed).await;
        viewer.read_to(count).await;
        spans.push(SystemClock.instant() - started);
    }
    spans.sort_unstable();
    println!("echo p50 {:?}, p99 {:?}", spans[100], spans[197]);
    assert!(
        spans[100] < Duration::from_millis(10),
        "p50 is {:?}",
        spans[100]
    );
    world.stop().await;
}
