//! The extractor every handler begins with: a signed-in person, their own session, its files.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use schema::store::Store;
use serde_json::Value;
use shared::id::{SessionId, TargetId};

use super::slot::Slot;
use super::trouble::unavailable;
use crate::auth::{Auditor, Caller, Event, StoredSettings};
use crate::driver::FilesHandle;
use crate::http::{ApiError, App, Member};

/// The files of the caller's own session.
#[derive(Debug)]
pub(super) struct Reach {
    /// The target's files.
    pub(super) files: FilesHandle,
    store: Store,
    trail: Trail,
}

/// Writes down what was done to the files of one session. Never content.
#[derive(Clone, Debug)]
pub(super) struct Trail {
    auditor: Auditor,
    caller: Caller,
    session: SessionId,
    target: Option<TargetId>,
}

/// How an operation ended, for the audit trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// As wanted.
    Done,
    /// The target's account may not.
    Denied,
    /// Not, or not wholly.
    Failed,
}

impl End {
    /// The end that an error's code means.
    pub(super) fn of(code: &str) -> Self {
        if matches!(code, "denied" | "read_only") {
            Self::Denied
        } else {
            Self::Failed
        }
    }
}

impl Trail {
    /// Records one operation.
    pub(super) async fn record(&self, code: &'static str, end: End, detail: Value) {
        let mut event = Event::new(code)
            .by(&self.caller)
            .session(self.session)
            .detail(detail);
        if let Some(target) = self.target {
            event = event.target(target);
        }
        let event = match end {
            End::Done => event,
            End::Denied => event.denied(),
            End::Failed => event.failed(),
        };
        self.auditor.record(event).await;
    }
}

impl Reach {
    /// Takes one of the caller's transfers.
    pub(super) fn slot(&self) -> Result<Slot, ApiError> {
        Slot::take(self.trail.caller.user)
    }

    /// Where the target's settings say that browsing begins. Without an answer it begins at home.
    pub(super) async fn initial_directory(&self) -> Option<String> {
        let target = self
            .store
            .targets()
            .by_id(self.trail.target?)
            .await
            .ok()??;
        let settings = StoredSettings::read(&target.settings);
        let directory = settings.ssh.initial_directory;
        directory.filter(|path| !path.is_empty())
    }

    /// Splits into the files and where to write things down.
    pub(super) fn into_parts(self) -> (FilesHandle, Trail) {
        (self.files, self.trail)
    }
}

/// Another person's session is as unknown as one that never was; admins are other persons here.
fn find(app: &App, caller: Caller, session: Option<SessionId>) -> Result<Reach, ApiError> {
    let session = session.ok_or_else(ApiError::not_found)?;
    let handle = app.directory().find(session);
    let handle = handle.filter(|handle| handle.user() == caller.user);
    let handle = handle.ok_or_else(ApiError::not_found)?;
    let files = handle.files().map_err(unavailable)?;
    let trail = Trail {
        auditor: app.auditor().clone(),
        caller,
        session,
        target: handle.summary().target,
    };
    Ok(Reach {
        files,
        store: app.store().clone(),
        trail,
    })
}

impl FromRequest for Reach {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let member = Member::from_request(request, payload);
        let app = request.app_data::<Data<App>>().cloned();
        let id = request.match_info().get("id");
        let session = id.and_then(|id| id.parse().ok());
        Box::pin(async move {
            let Member(caller) = member.await?;
            let app = app.ok_or_else(ApiError::internal)?;
            find(&app, caller, session)
        })
    }
}
