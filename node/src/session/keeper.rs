//! The keeper: one task per session that writes rows and checkpoints, off every other path.
//!
//! The newest state wins; nothing queues but a few one-off deeds. A store that is away costs
//! nothing but durability: the keeper tries again, and says so once.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use shared::epoch::Epoch;
use shared::id::{SessionId, TargetId};
use shared::terminal::TerminalSize;
use tokio::sync::Notify;

use super::records::{RecordChange, Records, RecordsError};
use super::{Ended, Phase};
use crate::checkpoint::{Body, CheckpointError, CheckpointStore};
use crate::driver::Identity;

/// When a store that was away is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// Least time between two writes that no change of phase asks for: a target that sets a title in a
/// loop must not keep the database's one writer busy.
const PACE: Duration = Duration::from_secs(1);

/// One-off writes that may wait; a session has a handful in its life.
const MOST_DEEDS: usize = 16;

/// A write that happens once.
#[derive(Clone, Debug)]
enum Deed {
    TrustHostKey(TargetId, String),
    Remember(TargetId, Identity),
}

/// What is to be written.
#[derive(Debug, Default)]
struct Wanted {
    deeds: Vec<Deed>,
    record: Option<RecordChange>,
    recorded: Option<Phase>,
    body: Body,
    is_body_new: bool,
    end: Option<Ended>,
    is_over: bool,
}

/// The session's end of its keeper; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keeper {
    wanted: Arc<Mutex<Wanted>>,
    news: Arc<Notify>,
    /// Something must be written without waiting for its turn.
    urgent: Arc<Notify>,
}

impl Keeper {
    pub(crate) fn new(body: Body) -> Self {
        let keeper = Self::default();
        keeper.change(|wanted| wanted.body = body);
        keeper
    }

    /// Saves the row soon.
    pub(crate) fn set_record(&self, record: RecordChange) {
        let phase = record.phase;
        let before = self.change(|wanted| {
            wanted.record = Some(record);
            wanted.recorded.replace(phase)
        });
        if before != Some(phase) {
            self.urgent.notify_one();
        }
    }

    /// Saves a checkpoint soon.
    pub(crate) fn set_facts(&self, phase: Phase, title: &str, size: TerminalSize) {
        let is_transition = self.change(|wanted| {
            let is_transition = wanted.body.phase != phase.code();
            phase.code().clone_into(&mut wanted.body.phase);
            title.clone_into(&mut wanted.body.title);
            wanted.body.cols = size.cols().into();
            wanted.body.rows = size.rows().into();
            wanted.is_body_new = true;
            is_transition
        });
        if is_transition {
            self.urgent.notify_one();
        }
    }

    /// Saves terminal content soon.
    pub(crate) fn set_terminal(&self, size: TerminalSize, terminal: Bytes) {
        self.change(|wanted| {
            wanted.body.cols = size.cols().into();
            wanted.body.rows = size.rows().into();
            wanted.body.set_terminal(terminal);
            wanted.is_body_new = true;
        });
    }

    pub(crate) fn trust_host_key(&self, target: TargetId, public_key: String) {
        self.add(Deed::TrustHostKey(target, public_key));
    }

    pub(crate) fn remember(&self, target: TargetId, identity: Identity) {
        self.add(Deed::Remember(target, identity));
    }

    /// Moves the session to the history, then stops.
    pub(crate) fn end(&self, ended: Ended) {
        self.change(|wanted| wanted.end = Some(ended));
        self.urgent.notify_one();
    }

    /// Writes nothing more: the session is someone else's.
    pub(crate) fn abandon(&self) {
        self.change(|wanted| {
            *wanted = Wanted {
                is_over: true,
                ..Wanted::default()
            };
        });
        self.urgent.notify_one();
    }

    fn add(&self, deed: Deed) {
        self.change(|wanted| {
            if wanted.deeds.len() < MOST_DEEDS {
                wanted.deeds.push(deed);
            }
        });
        self.urgent.notify_one();
    }

    fn change<T>(&self, change: impl FnOnce(&mut Wanted) -> T) -> T {
        let outcome = change(&mut self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        self.news.notify_one();
        outcome
    }

    fn take(&self) -> Work {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted.is_over {
            return Work::Stop;
        }
        if !wanted.deeds.is_empty() {
            return Work::Deed(wanted.deeds.remove(0));
        }
        if let Some(ended) = wanted.end.clone() {
            return Work::End(ended);
        }
        if let Some(record) = wanted.record.take() {
            return Work::Record(record);
        }
        if std::mem::take(&mut wanted.is_body_new) {
            return Work::Save(Box::new(wanted.body.clone()));
        }
        Work::Nothing
    }

    /// Puts back what could not be written, unless something newer is there.
    fn put_back(&self, work: Work) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        match work {
            Work::Deed(deed) => wanted.deeds.insert(0, deed),
            Work::Record(record) => {
                wanted.record.get_or_insert(record);
            }
            Work::Save(_) => wanted.is_body_new = true,
            Work::End(_) | Work::Nothing | Work::Stop => {}
        }
    }
}

/// The next thing to write.
#[derive(Clone, Debug)]
enum Work {
    Deed(Deed),
    Record(RecordChange),
    Save(Box<Body>),
    End(Ended),
    Nothing,
    Stop,
}

/// How a write went.
enum Written {
    Done,
    Later(Box<dyn Error + Send + Sync>),
    Never(Box<dyn Error + Send + Sync>),
    Fenced(Epoch),
}

/// The task's side.
pub(crate) struct Desk {
    pub(crate) keeper: Keeper,
    pub(crate) session: SessionId,
    pub(crate) epoch: Epoch,
    pub(crate) records: Arc<dyn Records>,
    pub(crate) checkpoints: Arc<dyn CheckpointStore>,
}

/// Why the keeper stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Everything is written, or never will be.
    Everything,
    /// The store knows a newer owner.
    Fenced(Epoch),
}

impl Desk {
    /// Writes until the session is in the history, or someone else's.
    pub(crate) async fn run(self) -> Kept {
        let mut is_away = false;
        loop {
            let work = self.keeper.take();
            let is_end = matches!(work, Work::End(_));
            let has_turns = matches!(work, Work::Record(_) | Work::Save(_));
            match work {
                Work::Stop => return Kept::Everything,
                Work::Nothing => self.keeper.news.notified().await,
                work => match self.write(work.clone()).await {
                    Written::Done if is_end => return Kept::Everything,
                    Written::Done => {
                        is_away = false;
                        if has_turns {
                            self.wait_a_turn().await;
                        }
                    }
                    Written::Never(error) => {
                        self.warn("Store refused a write of a session", error.as_ref());
                        if is_end {
                            return Kept::Everything;
                        }
                    }
                    Written::Fenced(theirs) => return Kept::Fenced(theirs),
                    Written::Later(error) => {
                        if !std::mem::replace(&mut is_away, true) {
                            self.warn("Store is away; the session runs on", error.as_ref());
                        }
                        self.keeper.put_back(work);
                        tokio::time::sleep(RETRY).await;
                    }
                },
            }
        }
    }

    async fn wait_a_turn(&self) {
        tokio::select! {
            () = tokio::time::sleep(PACE) => {}
            () = self.keeper.urgent.notified() => {}
        }
    }

    async fn write(&self, work: Work) -> Written {
        let written = match work {
            Work::Save(body) => {
                let saved = self.checkpoints.save(self.session, self.epoch, &body).await;
                return of_checkpoint(saved);
            }
            Work::Deed(Deed::TrustHostKey(target, key)) => {
                self.records.trust_host_key(target, key).await
            }
            Work::Deed(Deed::Remember(target, identity)) => {
                self.records.remember(target, identity).await
            }
            Work::Record(change) => {
                let records = self.records.as_ref();
                records.update(self.session, self.epoch, change).await
            }
            Work::End(ended) => self.records.end(self.session, self.epoch, ended).await,
            Work::Nothing | Work::Stop => Ok(()),
        };
        match written {
            Ok(()) => Written::Done,
            Err(RecordsError::Fenced { theirs, .. }) => Written::Fenced(theirs),
            Err(error @ RecordsError::Unavailable(_)) => Written::Later(error.into()),
            Err(error @ RecordsError::Refused(_)) => Written::Never(error.into()),
        }
    }

    fn warn(&self, what: &'static str, error: &(dyn Error + Send + Sync)) {
        tracing::warn!(session = %self.session, error = %chain(error), "{what}");
    }
}

/// An error and its causes in words, for the log.
fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

fn of_checkpoint(saved: Result<(), CheckpointError>) -> Written {
    match saved {
        Ok(()) => Written::Done,
        Err(CheckpointError::Fenced { theirs, .. }) => Written::Fenced(theirs),
        Err(error @ CheckpointError::Unavailable(_)) => Written::Later(error.into()),
        Err(error @ CheckpointError::Unreadable(_)) => Written::Never(error.into()),
    }
}
