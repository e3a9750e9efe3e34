//! The sessions this node owns: opens, finds, stops them, within limits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::{Arbiter, ArbiterHandle};
use futures_util::future::{BoxFuture, join_all};
use shared::close::CloseReason;
use shared::epoch::Epoch;
use shared::id::{SessionId, UserId};
use shared::time::Clock;
use tokio::sync::watch;

use super::records::NewRecord;
use super::{
    OpenError, OpenSession, Phase, Records, RecordsError, SessionHandle, SessionSummary, SignOut,
};
use crate::actor::{Exit, Workers};
use crate::checkpoint::CheckpointStore;
use crate::driver::{DriverEnds, DriverExit, TargetGrant};
use crate::ownership::Ownership;

/// Dials a target: `driver::dial`, or what stands in for it.
pub trait Dial: Send + Sync {
    /// Dials the target of the grant and runs it to its end.
    fn dial(&self, grant: TargetGrant, ends: DriverEnds) -> BoxFuture<'static, DriverExit>;
}

/// Dials for real.
#[derive(Clone, Copy, Debug, Default)]
pub struct DriverDial;

impl Dial for DriverDial {
    fn dial(&self, grant: TargetGrant, ends: DriverEnds) -> BoxFuture<'static, DriverExit> {
        Box::pin(crate::driver::dial(grant, ends))
    }
}

/// How many sessions there may be, and how they run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Sessions of this node at most.
    pub total: usize,
    /// Sessions of one user at most.
    pub per_user: usize,
    /// Lines of history each terminal keeps.
    pub scrollback_lines: usize,
    /// Threads that decide for sessions; each serves thousands.
    pub arbiters: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            total: 2000,
            per_user: 50,
            scrollback_lines: 1000,
            arbiters: 1,
        }
    }
}

/// What a directory needs of the rest of the node.
#[derive(Clone)]
pub struct Services {
    /// Claims sessions.
    pub ownership: Ownership,
    /// Remembers them.
    pub records: Arc<dyn Records>,
    /// Keeps their state for another owner.
    pub checkpoints: Arc<dyn CheckpointStore>,
    /// Dials targets.
    pub dial: Arc<dyn Dial>,
    /// Runs drivers and screens.
    pub workers: Workers,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// A session, or a place held for one.
enum Entry {
    Reserved(UserId),
    Running(SessionHandle),
}

impl Entry {
    fn user(&self) -> UserId {
        match self {
            Self::Reserved(user) => *user,
            Self::Running(handle) => handle.user(),
        }
    }

    fn is_over(&self) -> bool {
        match self {
            Self::Reserved(_) => false,
            Self::Running(handle) => handle.phase() == Phase::Ended,
        }
    }
}

/// The book of sessions.
#[derive(Default)]
struct Book {
    entries: HashMap<SessionId, Entry>,
    is_draining: bool,
}

/// Lets a session leave the book: counted out when it ends, removed when its actor is gone.
pub(crate) struct Registration {
    id: SessionId,
    book: Arc<Mutex<Book>>,
    changed: watch::Sender<()>,
}

impl Registration {
    /// The session has ended; its actor still says goodbye.
    pub(crate) fn close(&self) {
        self.changed.send_replace(());
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        locked(&self.book).entries.remove(&self.id);
        self.changed.send_replace(());
    }
}

fn locked(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    // Nothing panics while it is held; a poisoned book is still a book.
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the arbiters' threads with the directory.
struct Arbiters(Vec<ArbiterHandle>);

impl Drop for Arbiters {
    fn drop(&mut self) {
        for arbiter in &self.0 {
            arbiter.stop();
        }
    }
}

struct Inner {
    services: Services,
    limits: Limits,
    book: Arc<Mutex<Book>>,
    changed: watch::Sender<()>,
    arbiters: Arbiters,
}

/// Opens, finds and stops sessions; cheap to clone.
#[derive(Clone)]
pub struct Directory {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Directory")
            .field("limits", &self.inner.limits)
            .finish_non_exhaustive()
    }
}

impl Directory {
    /// An empty directory with arbiters of its own. Must be called within an actix system.
    pub fn new(services: Services, limits: Limits) -> Self {
        let arbiters = (0..limits.arbiters.max(1)).map(|_| Arbiter::new().handle());
        let arbiters = Arbiters(arbiters.collect());
        let inner = Inner {
            services,
            limits,
            book: Arc::default(),
            changed: watch::Sender::new(()),
            arbiters,
        };
        let inner = Arc::new(inner);
        Self { inner }
    }

    /// Moves what an earlier start of this node left behind to the history.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn sweep(&self) -> Result<(), RecordsError> {
        let services = &self.inner.services;
        let owner = services.ownership.identity();
        let reason = CloseReason::NodeLost;
        services.records.end_abandoned(owner, reason).await
    }

    /// Opens a session: claims it, records it, and starts to dial.
    ///
    /// # Errors
    /// Limits, a stopping node, or a broker or store that did not answer.
    pub async fn open(&self, wanted: OpenSession) -> Result<SessionHandle, OpenError> {
        if wanted.grant.session() != wanted.id || wanted.grant.user() != wanted.user {
            return Err(OpenError::WrongGrant);
        }
        let registration = self.reserve(wanted.id, wanted.user)?;
        // A caller that goes away must not leave a claim behind that nobody lives by.
        let directory = self.clone();
        let opening = async move { directory.start(wanted, registration).await };
        let workers = &self.inner.services.workers;
        match workers.spawn("open", opening).await {
            Exit::Finished(opened) => opened,
            Exit::Panicked(_) | Exit::Cancelled => Err(OpenError::Draining),
        }
    }

    async fn start(
        &self,
        wanted: OpenSession,
        registration: Registration,
    ) -> Result<SessionHandle, OpenError> {
        let services = &self.inner.services;
        let claimed = services.ownership.claim(wanted.id, Epoch::UNOWNED).await;
        let epoch = claimed.map_err(OpenError::Claim)?;
        let record = record_of(&wanted, epoch, services);
        if let Err(error) = services.records.open(record).await {
            services.ownership.end(wanted.id, epoch).await;
            return Err(OpenError::Records(error));
        }
        tracing::info!(session = %wanted.id, %epoch, "Claimed session");
        let id = wanted.id;
        let launch = super::launch::Launch {
            services,
            scrollback_lines: self.inner.limits.scrollback_lines,
            arbiter: self.arbiter_of(id),
            epoch,
        };
        let (handle, is_draining) = {
            let mut book = locked(&self.inner.book);
            let handle = launch.start(wanted, registration);
            book.entries.insert(id, Entry::Running(handle.clone()));
            (handle, book.is_draining)
        };
        if is_draining {
            // It was claimed while `stop_all` ended the others.
            handle.end(CloseReason::NodeStopping).await;
        }
        Ok(handle)
    }

    /// The session, while its actor runs here; it may have ended just now.
    pub fn find(&self, id: SessionId) -> Option<SessionHandle> {
        match locked(&self.inner.book).entries.get(&id)? {
            Entry::Running(handle) => Some(handle.clone()),
            Entry::Reserved(_) => None,
        }
    }

    /// Every session that runs here, in no order.
    pub fn running(&self) -> Vec<SessionSummary> {
        let handles = self.handles();
        let summaries = handles.iter().map(SessionHandle::summary);
        summaries
            .filter(|summary| summary.phase != Phase::Ended)
            .collect()
    }

    /// Makes the viewers of a login or user leave every session.
    pub async fn sign_out(&self, who: SignOut) {
        let handles = self.handles();
        join_all(handles.iter().map(|handle| handle.sign_out(who))).await;
    }

    /// Refuses new sessions, ends the running ones, and waits for their last writes; answers
    /// whether all were made in time.
    pub async fn stop_all(&self, reason: CloseReason, deadline: Duration) -> bool {
        locked(&self.inner.book).is_draining = true;
        let mut changed = self.inner.changed.subscribe();
        let stop = async {
            let handles = self.handles();
            join_all(handles.iter().map(|handle| handle.end(reason))).await;
            let is_empty = |(): &()| locked(&self.inner.book).entries.is_empty();
            changed.wait_for(is_empty).await.is_ok()
        };
        tokio::time::timeout(deadline, stop).await.unwrap_or(false)
    }

    fn handles(&self) -> Vec<SessionHandle> {
        let book = locked(&self.inner.book);
        let running = book.entries.values().filter_map(|entry| match entry {
            Entry::Running(handle) => Some(handle.clone()),
            Entry::Reserved(_) => None,
        });
        running.collect()
    }

    fn reserve(&self, id: SessionId, user: UserId) -> Result<Registration, OpenError> {
        let limits = &self.inner.limits;
        let mut book = locked(&self.inner.book);
        if book.is_draining {
            return Err(OpenError::Draining);
        }
        if book.entries.contains_key(&id) {
            return Err(OpenError::Exists);
        }
        let mut total = 0_usize;
        let mut of_user = 0_usize;
        for entry in book.entries.values().filter(|entry| !entry.is_over()) {
            total += 1;
            of_user += usize::from(entry.user() == user);
        }
        if total >= limits.total {
            let limit = limits.total;
            return Err(OpenError::Full { limit });
        }
        if of_user >= limits.per_user {
            let limit = limits.per_user;
            return Err(OpenError::FullForUser { limit });
        }
        book.entries.insert(id, Entry::Reserved(user));
        Ok(Registration {
            id,
            book: Arc::clone(&self.inner.book),
            changed: self.inner.changed.clone(),
        })
    }

    /// Sessions keep to one arbiter, so that their messages stay in order.
    fn arbiter_of(&self, id: SessionId) -> &ArbiterHandle {
        let arbiters = &self.inner.arbiters.0;
        let count = u128::try_from(arbiters.len()).unwrap_or(1).max(1);
        let place = usize::try_from(id.as_uuid().as_u128() % count).unwrap_or(0);
        arbiters
            .get(place)
            .or_else(|| arbiters.first())
            .expect("a directory has at least one arbiter")
    }
}

fn record_of(wanted: &OpenSession, epoch: Epoch, services: &Services) -> NewRecord {
    let address = wanted.grant.address();
    NewRecord {
        id: wanted.id,
        user: wanted.user,
        user_name: wanted.user_name.clone(),
        target: wanted.grant.target(),
        protocol: wanted.grant.protocol(),
        title: wanted.title.clone(),
        address: address.to_string(),
        owner: services.ownership.identity(),
        epoch,
    }
}
