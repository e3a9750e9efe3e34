//! Rows and checkpoints, and what happens when the store is away or knows better.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use node::checkpoint::{Body as Checkpoint, CheckpointError, CheckpointStore};
use shared::close::CloseReason;
use shared::epoch::Epoch;
use shared::id::SessionId;

use crate::client::{How, Viewer};
use crate::world::{Wishes, World, until, within};

/// A checkpoint store that answers as it is told.
struct Moody {
    saves: AtomicUsize,
    theirs: Option<Epoch>,
}

impl CheckpointStore for Moody {
    fn save<'a>(
        &'a self,
        _session: SessionId,
        ours: Epoch,
        _body: &'a Checkpoint,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        self.saves.fetch_add(1, Ordering::SeqCst);
        let error = match self.theirs {
            Some(theirs) => CheckpointError::Fenced { ours, theirs },
            None => CheckpointError::Unavailable("the disk is on fire".into()),
        };
        ready(Err(error)).boxed()
    }

    fn load(
        &self,
        _session: SessionId,
    ) -> BoxFuture<'_, Result<Option<(Epoch, Checkpoint)>, CheckpointError>> {
        ready(Ok(None)).boxed()
    }
}

fn moody(theirs: Option<Epoch>) -> (Arc<Moody>, Wishes) {
    let saves = AtomicUsize::new(0);
    let store = Arc::new(Moody { saves, theirs });
    let checkpoints: Arc<dyn CheckpointStore> = Arc::clone(&store) as _;
    let wishes = Wishes {
        checkpoints: Some(checkpoints),
        ..Wishes::default()
    };
    (store, wishes)
}

#[actix_web::test]
async fn a_session_has_a_row_and_a_checkpoint_from_the_start() {
    let mut world = World::start().await;
    let (session, target) = world.live().await;
    let store = world.store.clone();
    let id = session.id();
    until("the row is live", async || {
        let row = store.sessions().by_id(id).await.unwrap();
        row.is_some_and(|row| row.phase == "live")
    })
    .await;
    target.prints(&b"\x1b]0;build box\x07hello"[..]).await;
    until("the row has the title", async || {
        let row = store.sessions().by_id(id).await.unwrap();
        row.is_some_and(|row| row.title == "build box")
    })
    .await;
    until("the checkpoint has the screen", async || {
        let found = CheckpointStore::load(&store, id).await.unwrap();
        found.is_some_and(|(epoch, body)| {
            let terminal = String::from_utf8_lossy(&body.terminal).into_owned();
            epoch == session.epoch() && body.host == "web1.test" && terminal.contains("hello")
        })
    })
    .await;
    session.end(CloseReason::EndedByUser).await;
    until("the checkpoint is gone", async || {
        CheckpointStore::load(&store, id).await.unwrap().is_none()
    })
    .await;
    world.stop().await;
}

#[actix_web::test]
async fn a_store_that_is_away_stops_nothing() {
    let (store, wishes) = moody(None);
    let mut world = World::with(wishes).await;
    let (session, mut target) = world.live().await;
    let (mut viewer, _) = Viewer::attach(&world, session.id(), How::default()).await;
    let is_tried = || store.saves.load(Ordering::SeqCst) > 0;
    until("a save was tried", async || is_tried()).await;
    viewer.types(b"k").await;
    assert_eq!(target.is_typed().await, &b"k"[..]);
    target.prints(&b"k"[..]).await;
    viewer.read_to(1).await;
    assert_eq!(session.ended(), None);
}

#[actix_web::test]
async fn a_fenced_checkpoint_stops_the_session_at_once() {
    let (_store, wishes) = moody(Some(Epoch::new(9)));
    let mut world = World::with(wishes).await;
    let (session, target) = world.open().await;
    let ended = within("the end", session.closed()).await;
    assert_eq!(ended.reason, CloseReason::Fenced);
    within("the driver is cancelled", target.ends.cancel.cancelled()).await;
}
