//! Viewers that mean harm, or are broken.

use shared::frame::client_frame::Body as FromViewer;
use shared::frame::{self};
use shared::id::SessionId;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::client::{How, Viewer, attach_frame};
use crate::world::World;

#[actix_web::test]
async fn a_socket_that_says_nothing_is_closed() {
    let world = World::start().await;
    let mut silent = Viewer::connect(&world).await;
    let (code, text, _) = silent.until_closed().await;
    assert_eq!(code, Some(4001), "{text}");
    world.stop().await;
}

#[actix_web::test]
async fn garbage_is_refused_with_an_explanation() {
    let world = World::start().await;
    let first = FromViewer::Redraw(frame::Redraw {});
    let no_attach = frame::encode(&frame::ClientFrame { body: Some(first) });
    for garbage in [
        Message::binary(vec![0xff; 64]),
        Message::binary(Vec::new()),
        Message::text("{\"hello\":1}"),
        Message::Binary(no_attach),
    ] {
        let mut viewer = Viewer::connect(&world).await;
        viewer.send_raw(garbage.clone()).await.unwrap();
        let (code, text, _) = viewer.until_closed().await;
        assert_eq!(code, Some(4003), "{garbage:?}");
        assert!(!text.is_empty());
    }
    world.stop().await;
}

#[actix_web::test]
async fn an_oversize_frame_is_refused() {
    let mut world = World::start().await;
    let (session, _target) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;
    // The node may close before it has read everything.
    drop(viewer.send_raw(Message::binary(vec![0; 1024 * 1024])).await);
    let (code, _, _) = viewer.until_closed().await;
    assert!(matches!(code, Some(4003) | None), "{code:?}");
    world.stop().await;
}

#[actix_web::test]
async fn another_version_is_told_to_reload() {
    let mut world = World::start().await;
    let (session, _target) = world.live().await;
    let FromViewer::Attach(mut attach) =
        attach_frame(world.ticket(session.id(), false), &How::default())
    else {
        panic!("an attach frame");
    };
    attach.protocol += 1;
    let mut viewer = Viewer::connect(&world).await;
    viewer.send(FromViewer::Attach(attach)).await;
    assert_eq!(viewer.until_closed().await.0, Some(4004));
    world.stop().await;
}

#[actix_web::test]
async fn a_ticket_is_good_once_and_only_for_what_it_says() {
    let mut world = World::start().await;
    let (session, _target) = world.live().await;
    let ticket = world.ticket(session.id(), true);
    let frame = attach_frame(ticket, &How::default());
    let mut first = Viewer::connect(&world).await;
    first.send(frame.clone()).await;
    let is_attached = |body| match body {
        frame::server_frame::Body::Attached(attached) => Some(attached.read_only),
        _ => None,
    };
    assert!(
        first.until("a seat", is_attached).await,
        "the ticket was for watching"
    );

    for frame in [frame, attach_frame([7; 32], &How::default())] {
        let mut again = Viewer::connect(&world).await;
        again.send(frame).await;
        assert_eq!(again.until_closed().await.0, Some(4002));
    }
    world.stop().await;
}

#[actix_web::test]
async fn a_foreign_page_gets_no_socket() {
    let world = World::start().await;
    for origin in ["http://evil.test", "null", "http://baton.test.evil.test"] {
        match Viewer::connect_from(&world, origin).await {
            Err(Error::Http(response)) => assert_eq!(response.status().as_u16(), 403),
            Err(other) => panic!("expected a refusal, got {other:?}"),
            Ok(_) => panic!("{origin} got a socket"),
        }
    }
    world.stop().await;
}

#[actix_web::test]
async fn sockets_that_only_wait_are_capped_per_address() {
    let world = World::start().await;
    let mut waiting = Vec::new();
    let refused = loop {
        match Viewer::connect_from(&world, crate::world::OURS).await {
            Ok(viewer) => waiting.push(viewer),
            Err(error) => break error,
        }
        assert!(waiting.len() < 100, "nobody stops the flood");
    };
    assert!(matches!(refused, Error::Http(response) if response.status().as_u16() == 429));
    world.stop().await;
}

#[actix_web::test]
async fn an_acknowledgement_of_what_was_never_sent_closes_the_socket() {
    let mut world = World::start().await;
    let (session, _target) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;
    // The newest acknowledgement counts; the picture's own must not follow it.
    viewer.acks = false;
    viewer
        .send(FromViewer::Ack(frame::Ack {
            offset_bytes: 1 << 40,
        }))
        .await;
    assert_eq!(viewer.until_closed().await.0, Some(4003));
    world.stop().await;
}

#[actix_web::test]
async fn a_flood_of_resizes_closes_only_the_one_who_sends_it() {
    let mut world = World::start().await;
    let (session, target) = world.live().await;
    let (mut calm, _) = Viewer::attach(&world, session.id(), How::default()).await;
    let (mut wild, _) = Viewer::attach(&world, session.id(), How::default()).await;
    for count in 0..2000 {
        let resize = frame::Resize {
            cols: 80 + count % 2,
            rows: 24,
        };
        let bytes = frame::encode(&frame::ClientFrame {
            body: Some(FromViewer::Resize(resize)),
        });
        if wild.send_raw(Message::Binary(bytes)).await.is_err() {
            break;
        }
    }
    let (code, _, _) = wild.until_closed().await;
    assert!(matches!(code, Some(4003) | None), "{code:?}");
    target.prints(&b"calm"[..]).await;
    calm.read_to(4).await;
    world.stop().await;
}

#[actix_web::test]
async fn an_unknown_session_is_over() {
    let world = World::start().await;
    let mut viewer = Viewer::ask(&world, SessionId::generate(), &How::default()).await;
    assert_eq!(viewer.until_closed().await.0, Some(4000));
    world.stop().await;
}
