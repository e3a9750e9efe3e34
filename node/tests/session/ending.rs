//! How sessions end, and what does not end with them.

use std::time::Duration;

use node::session::{Limits, OpenError};
use shared::close::CloseReason;
use shared::epoch::Epoch;
use shared::frame::server_frame::Body;

use crate::client::{How, Viewer};
use crate::world::{PATIENCE, Wishes, World, until, within};

#[actix_web::test]
async fn the_last_output_comes_before_the_last_word() {
    let mut world = World::start().await;
    let (session, target) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;
    target.prints(&b"logout\r\n"[..]).await;
    target.exits(3);

    viewer.read_to(8).await;
    let (code, _, last) = viewer.until_closed().await;

    assert_eq!(code, Some(4000));
    match last {
        Some(Body::Ended(ended)) => {
            assert_eq!(
                (ended.code.as_str(), ended.exit_status),
                ("target_exited", Some(3))
            );
        }
        other => panic!("expected Ended, got {other:?}"),
    }
    let is_gone = || world.directory.find(session.id()).is_none();
    until("the session has left the directory", async || is_gone()).await;
    let history = world
        .store
        .history()
        .by_id(session.id())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(history.reason, CloseReason::TargetExited);
    world.stop().await;
}

#[actix_web::test]
async fn a_driver_that_panics_ends_one_session() {
    let mut world = World::start().await;
    let (broken, target) = world.live().await;
    let (healthy, other) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, broken.id(), How::default()).await;
    let (mut witness, _) = Viewer::attach(&world, healthy.id(), How::default()).await;

    target.breaks();

    let (code, _, last) = viewer.until_closed().await;
    assert_eq!(code, Some(4000));
    assert!(matches!(last, Some(Body::Ended(ended)) if ended.code == "internal"));
    other.prints(&b"fine"[..]).await;
    witness.read_to(4).await;
    world.stop().await;
}

#[actix_web::test]
async fn an_actor_that_panics_ends_one_session() {
    let mut world = World::start().await;
    let (healthy, other) = world.live().await;
    let (mut witness, _) = Viewer::attach(&world, healthy.id(), How::default()).await;
    world.break_the_next_dial(true);

    let broken = world.try_open().await.unwrap();

    let ended = within("the end", broken.closed()).await;
    assert_eq!(ended.reason, CloseReason::Internal);
    world.break_the_next_dial(false);
    other.prints(&b"fine"[..]).await;
    witness.read_to(4).await;
    world.open().await;
    world.stop().await;
}

#[actix_web::test]
async fn a_screen_that_panics_ends_one_session() {
    let mut world = World::start().await;
    let (broken, target) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, broken.id(), How::default()).await;

    world.clock.set();
    target.prints(&b"boom"[..]).await;

    let (code, _, last) = viewer.until_closed().await;
    assert_eq!(code, Some(4000));
    assert!(matches!(last, Some(Body::Ended(ended)) if ended.code == "internal"));
    assert_eq!(
        within("the end", broken.closed()).await.reason,
        CloseReason::Internal
    );
}

#[actix_web::test]
async fn a_session_that_nobody_watches_ends_in_time() {
    let mut world = World::start().await;
    world.detached_limit = Duration::from_millis(300);
    let (session, _target) = world.live().await;
    let (viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;
    assert!(session.summary().detached_since.is_none());
    drop(viewer);
    let ended = within("the end", session.closed()).await;
    assert_eq!(ended.reason, CloseReason::DetachedTooLong);
    world.stop().await;
}

#[actix_web::test]
async fn a_newer_epoch_stops_the_session_at_once() {
    let mut world = World::start().await;
    let (session, mut target) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;

    session.fence(Epoch::new(session.epoch().count() + 1)).await;

    viewer.types(b"never").await;
    let (_, _, last) = viewer.until_closed().await;
    assert!(matches!(last, Some(Body::Ended(ended)) if ended.code == "fenced"));
    within("the driver is cancelled", target.ends.cancel.cancelled()).await;
    assert!(target.ends.input.try_recv().is_err(), "nothing is typed");
    let row = world.store.sessions().by_id(session.id()).await.unwrap();
    assert!(row.is_some(), "the new owner's row is left alone");
    world.stop().await;
}

#[actix_web::test]
async fn limits_refuse_with_their_reason() {
    let limits = Limits {
        total: 2,
        per_user: 1,
        ..Limits::default()
    };
    let mut world = World::with(Wishes {
        limits,
        ..Wishes::default()
    })
    .await;
    let (first, _target) = world.open().await;
    let refused = world.try_open().await.unwrap_err();
    assert!(matches!(refused, OpenError::FullForUser { limit: 1 }));
    first.end(CloseReason::EndedByUser).await;
    within("the end", first.closed()).await;
    let (_second, _target) = world.open().await;
    assert!(
        world
            .directory
            .stop_all(CloseReason::NodeStopping, PATIENCE)
            .await
    );
    assert!(matches!(
        world.try_open().await.unwrap_err(),
        OpenError::Draining
    ));
    world.stop().await;
}

#[actix_web::test]
async fn stopping_tells_viewers_to_try_again_elsewhere() {
    let mut world = World::start().await;
    let (session, _target) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;
    let (_, (code, _, last)) = futures_util::join!(
        world
            .directory
            .stop_all(CloseReason::NodeStopping, PATIENCE),
        viewer.until_closed()
    );
    assert_eq!(code, Some(4007));
    assert!(matches!(last, Some(Body::Ended(ended)) if ended.code == "node_stopping"));
    world.stop().await;
}
