//! "Test connection": knocks at a target and tells each step as a line of JSON.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Data, Json};
use bytes::Bytes;
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use shared::id::{SessionId, TargetId};
use shared::terminal::TerminalSize;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use utoipa::ToSchema;
use uuid::Uuid;

use super::target_body::TargetBody;
use super::targets::load;
use crate::actor;
use crate::auth::{Event, Permit, Wish};
use crate::driver::{ConnectStep, ProbeReport, probe};
use crate::http::{Admin, ApiError, App};

/// Steps in flight; a probe has about six per hop.
const STEPS: usize = 16;

/// Lines waiting for the client.
const LINES: usize = 16;

/// A stored target, as it is or with changes, or one that is not stored yet.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ProbeBody {
    /// A stored target.
    Stored(StoredProbe),
    /// A target that is not stored yet.
    Draft(Box<TargetBody>),
}

/// A stored target.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredProbe {
    /// Which.
    id: Uuid,
    /// Try it with these changes; what they leave out, the secret above all, is the stored one's.
    #[serde(default)]
    changes: Option<Box<TargetBody>>,
}

#[derive(Serialize, ToSchema)]
struct StepLine {
    step: &'static str,
    text: String,
    elapsed_ms: u64,
}

/// The last line of a test.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProbeResult {
    /// The target can be used, perhaps after a question.
    ok: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// A sentence for people.
    text: String,
    /// Fingerprint of the key the target presented.
    #[serde(skip_serializing_if = "Option::is_none")]
    host_key: Option<String>,
}

/// Tests a target: a line per step, then the result. Closing the request cancels.
#[utoipa::path(post, path = "/api/v1/targets/test", tag = "targets", request_body = ProbeBody,
    responses((status = 200, body = ProbeResult, content_type = "application/x-ndjson")))]
pub(crate) async fn test(
    app: Data<App>,
    caller: Admin,
    body: Json<ProbeBody>,
) -> Result<HttpResponse, ApiError> {
    let Admin(caller) = caller;
    let wish = match body.into_inner() {
        ProbeBody::Stored(StoredProbe { id, changes: None }) => {
            Wish::Target(TargetId::from_uuid(id))
        }
        ProbeBody::Stored(StoredProbe {
            id,
            changes: Some(changes),
        }) => {
            let stored = load(&app, TargetId::from_uuid(id)).await?;
            Wish::Draft(Box::new(changes.into_draft(Some(&stored))?))
        }
        ProbeBody::Draft(draft) => Wish::Draft(Box::new(draft.into_draft(None)?)),
    };
    if let Wish::Target(id) = &wish {
        load(&app, *id).await?;
    }
    let session = SessionId::generate();
    let size = TerminalSize::DEFAULT;
    let permit = app
        .authoriser()
        .authorise(&caller, session, wish, size)
        .await;
    let Permit { grant, title } = permit.map_err(crate::http::denied)?;
    let detail = serde_json::json!({ "name": title, "host": grant.address().host });
    app.auditor()
        .record(Event::new("target.test").by(&caller).detail(detail))
        .await;
    let cancel = CancellationToken::new();
    let (lines_in, lines) = mpsc::channel(LINES);
    let teller = Teller {
        lines: lines_in,
        started: app.clock().instant(),
        app: app.clone(),
    };
    let (steps_in, steps) = mpsc::channel(STEPS);
    let knocking = probe(grant, steps_in, cancel.clone());
    actor::spawn_local("probe", teller.tell(Box::pin(knocking), steps)).detach();
    let lines = Lines {
        lines,
        _cancel: cancel.drop_guard(),
    };
    Ok(HttpResponse::Ok()
        .content_type("application/x-ndjson")
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(lines))
}

/// The answer's body; dropped with the connection, it cancels the probe.
struct Lines {
    lines: mpsc::Receiver<Bytes>,
    _cancel: DropGuard,
}

impl Stream for Lines {
    type Item = Result<Bytes, ApiError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.lines.poll_recv(cx).map(|line| line.map(Ok))
    }
}

/// Turns steps and the report into lines.
struct Teller {
    lines: mpsc::Sender<Bytes>,
    started: Instant,
    app: Data<App>,
}

impl Teller {
    async fn tell(
        self,
        mut knocking: Pin<Box<impl Future<Output = ProbeReport>>>,
        mut steps: mpsc::Receiver<ConnectStep>,
    ) {
        let report = loop {
            tokio::select! {
                biased;
                Some(step) = steps.recv() => self.step(&step).await,
                report = &mut knocking => break report,
            }
        };
        while let Ok(step) = steps.try_recv() {
            self.step(&step).await;
        }
        let ProbeReport {
            is_ok,
            reason,
            text,
            host_key,
            ..
        } = report;
        let result = ProbeResult {
            ok: is_ok,
            code: reason.map(shared::close::CloseReason::code),
            text,
            host_key,
        };
        self.line(&result).await;
    }

    async fn step(&self, step: &ConnectStep) {
        let now = self.app.clock().instant();
        let elapsed = now.saturating_duration_since(self.started);
        let (step, text) = describe(step);
        self.line(&StepLine {
            step,
            text,
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        })
        .await;
    }

    async fn line(&self, line: &impl Serialize) {
        let Ok(mut bytes) = serde_json::to_vec(line) else {
            return;
        };
        bytes.push(b'\n');
        // A client that has left is told nothing; the cancelled probe ends by itself.
        drop(self.lines.send(Bytes::from(bytes)).await);
    }
}

fn describe(step: &ConnectStep) -> (&'static str, String) {
    match step {
        ConnectStep::Resolving { host } => ("resolving", format!("Looking up {host}.")),
        ConnectStep::Connecting { address } => ("connecting", format!("Connecting to {address}.")),
        ConnectStep::Handshaking => ("handshaking", "Agreeing on keys.".to_owned()),
        ConnectStep::Authenticating { user } => {
            ("authenticating", format!("Signing in as {user}."))
        }
        ConnectStep::Opening => ("opening", "Opening.".to_owned()),
    }
}
