//! What viewers type, and what they are asked.

use node::driver::{Ask, AskAnswer, AskField, AskId, AskKind, DriverInput};
use node::session::SignOut;
use shared::frame::client_frame::Body as FromViewer;
use shared::frame::server_frame::Body;
use shared::frame::{self};

use crate::client::{How, Viewer};
use crate::world::World;

#[actix_web::test]
async fn what_is_typed_reaches_the_target_and_is_acknowledged() {
    let mut world = World::start().await;
    let (session, mut target) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;

    viewer.types(b"ls ").await;
    viewer.types(b"-l\r").await;

    let mut typed = target.is_typed().await.to_vec();
    while typed.len() < 6 {
        typed.extend_from_slice(&target.is_typed().await);
    }
    assert_eq!(typed, b"ls -l\r");
    let is_all = |body| match body {
        Body::InputAck(ack) if ack.offset_bytes == 6 => Some(()),
        _ => None,
    };
    viewer
        .until("the acknowledgement of six bytes", is_all)
        .await;
    world.stop().await;
}

#[actix_web::test]
async fn a_watcher_cannot_type() {
    let mut world = World::start().await;
    let (session, mut target) = world.live().await;
    let how = How {
        read_only: true,
        ..How::default()
    };
    let (mut watcher, attached) = Viewer::attach(&world, session.id(), how).await;
    assert!(attached.read_only);
    let (mut writer, _) = Viewer::attach(&world, session.id(), How::default()).await;

    watcher.types(b"rm -rf /\r").await;
    let is_notice = |body| match body {
        Body::Notice(notice) => Some(notice.code),
        _ => None,
    };
    assert_eq!(watcher.until("a notice", is_notice).await, "read_only");
    writer.types(b"w").await;

    assert_eq!(
        target.is_typed().await,
        &b"w"[..],
        "only the writer's key arrives"
    );
    world.stop().await;
}

#[actix_web::test]
async fn a_gap_in_input_closes_the_socket_and_types_nothing() {
    let mut world = World::start().await;
    let (session, mut target) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;
    let data = bytes::Bytes::from_static(b"late");
    viewer
        .send(FromViewer::Input(frame::Input {
            offset_bytes: 7,
            data,
        }))
        .await;
    let (code, _, _) = viewer.until_closed().await;
    assert_eq!(code, Some(4003));
    assert!(target.ends.input.try_recv().is_err());
    world.stop().await;
}

#[actix_web::test]
async fn a_target_that_reads_nothing_blocks_neither_control_nor_output() {
    let mut world = World::start().await;
    let (session, target) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;

    // More pieces than every lane together holds, none of which the target takes.
    for _ in 0..400 {
        viewer.types(b"x").await;
    }
    target.prints(&b"still here"[..]).await;
    viewer.read_to(10).await;
    viewer.send(FromViewer::End(frame::End {})).await;

    let (code, _, last) = viewer.until_closed().await;
    assert_eq!(code, Some(4000));
    assert!(matches!(last, Some(Body::Ended(ended)) if ended.code == "ended_by_user"));
    world.stop().await;
}

#[actix_web::test]
async fn the_terminal_answers_the_target_and_the_size_follows_the_viewer() {
    let mut world = World::start().await;
    let (session, mut target) = world.live().await;
    let how = How {
        size: Some((100, 30)),
        ..How::default()
    };
    let (mut viewer, attached) = Viewer::attach(&world, session.id(), how).await;
    assert_eq!((attached.cols, attached.rows), (100, 30));
    let resized = target.is_controlled().await;
    assert!(matches!(resized, DriverInput::Resize(size) if size.cols() == 100));

    target.prints(&b"\x1b[6n"[..]).await;
    let reply = target.is_controlled().await;
    assert!(matches!(reply, DriverInput::Reply(bytes) if bytes.as_ref() == b"\x1b[1;1R"));

    viewer
        .send(FromViewer::Resize(frame::Resize { cols: 90, rows: 20 }))
        .await;
    let is_resized = |body| match body {
        Body::Resized(resized) => Some((resized.cols, resized.rows, resized.offset_bytes)),
        _ => None,
    };
    assert_eq!(viewer.until("the new size", is_resized).await, (90, 20, 4));
    world.stop().await;
}

#[actix_web::test]
async fn a_question_is_answered_in_the_browser() {
    let mut world = World::start().await;
    let (session, mut target) = world.open().await;
    target
        .asks(Ask {
            id: AskId(1),
            kind: AskKind::Credentials,
            title: "Sign in".to_owned(),
            text: String::new(),
            fields: vec![AskField {
                label: "Password".to_owned(),
                is_secret: true,
                value: String::new(),
            }],
        })
        .await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;
    let is_ask = |body| match body {
        Body::Ask(ask) => Some(ask.ask),
        _ => None,
    };
    let ask = viewer.until("the question", is_ask).await;
    let values = vec!["hunter2".to_owned()];
    viewer
        .send(FromViewer::Answer(frame::Answer {
            ask,
            values,
            ..frame::Answer::default()
        }))
        .await;

    match target.is_controlled().await {
        DriverInput::Answer {
            ask: AskId(1),
            answer: AskAnswer::Values(values),
        } => {
            assert_eq!(values[0].expose(), "hunter2");
        }
        other => panic!("expected an answer, got {other:?}"),
    }
    let is_closed = |body| matches!(body, Body::AskClosed(_)).then_some(());
    viewer.until("the question is closed", is_closed).await;
    world.stop().await;
}

#[actix_web::test]
async fn signing_out_closes_the_socket_and_the_session_runs_on() {
    let mut world = World::start().await;
    let (session, _target) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;
    world
        .directory
        .sign_out(SignOut::Login(world.holder.login))
        .await;
    let (code, _, _) = viewer.until_closed().await;
    assert_eq!(code, Some(4006));
    assert_eq!(session.ended(), None);
    world.stop().await;
}
