//! Sessions: opened, listed, attached to, ended.
#![expect(
    unused_qualifications,
    reason = "the macro of the description repeats the argument's type in full"
)]

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use metrics::counter;
use schema::store::StoreError;
use serde::{Deserialize, Serialize};
use shared::close::CloseReason;
use shared::id::{SessionId, TargetId};
use shared::terminal::TerminalSize;
use shared::time::UnixMicros;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::auth::{Caller, Denied, Event, Permit, QuickAddress, Wish};
use crate::http::{ApiError, App, List, Member, PageQuery};
use crate::metrics::AUTHZ_DENIED;
use crate::session::{
    OpenError, OpenSession, RecordsError, SessionHandle, SessionSummary, TicketHolder,
};

/// How long an answer waits for a session to end; it ends anyway.
const ENDING: Duration = Duration::from_secs(3);

/// What to open: a stored target or an address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Open {
    /// A stored target.
    target: Option<Uuid>,
    /// Or an address: `ssh://user@host:port`.
    quick: Option<String>,
    /// Columns of the terminal.
    #[serde(default)]
    cols: u32,
    /// Rows of the terminal.
    #[serde(default)]
    rows: u32,
}

impl Open {
    fn wish(&self) -> Result<Wish, ApiError> {
        match (self.target, &self.quick) {
            (Some(target), None) => Ok(Wish::Target(TargetId::from_uuid(target))),
            (None, Some(text)) => QuickAddress::parse(text)
                .map(Wish::Quick)
                .map_err(|error| ApiError::bad_request("bad_address", error.to_string())),
            (Some(_), Some(_)) | (None, None) => Err(ApiError::bad_request(
                "bad_wish",
                "Name a target or an address, one of them.",
            )),
        }
    }

    fn size(&self) -> TerminalSize {
        if self.cols == 0 || self.rows == 0 {
            TerminalSize::DEFAULT
        } else {
            TerminalSize::clamped(self.cols, self.rows)
        }
    }
}

/// A session that was opened.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Opened {
    /// Which.
    session: Uuid,
    /// Attach ticket, base64url; good once, for half a minute.
    ticket: String,
}

/// Opens a session.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", request_body = Open,
    responses((status = 201, body = Opened), (status = 403), (status = 404), (status = 503)))]
pub(in crate::http) async fn open(
    app: Data<App>,
    caller: Member,
    body: Json<Open>,
) -> Result<HttpResponse, ApiError> {
    let Member(caller) = caller;
    let wish = body.wish()?;
    let id = SessionId::generate();
    let size = body.size();
    let permit = app.authoriser().authorise(&caller, id, wish, size).await;
    let Permit { grant, title } = match permit {
        Ok(permit) => permit,
        Err(refusal) => {
            note_denied(&app, &caller, &refusal).await;
            return Err(denied(refusal));
        }
    };
    let target = grant.target();
    let handle = app.directory().open(OpenSession {
        id,
        user: caller.user,
        user_name: caller.name.clone(),
        title: title.clone(),
        size,
        detached_limit: app.session_limits().detached_limit,
        may_remember: caller.is_admin && target.is_some(),
        grant,
    });
    let handle = handle.await.map_err(refused)?;
    let mut event = Event::new("session.start").by(&caller).session(id);
    if let Some(target) = target {
        event = event.target(target);
    }
    let detail = serde_json::json!({ "title": title, "address": handle.summary().address });
    app.auditor().record(event.detail(detail)).await;
    let ticket = ticket(&app, &caller, id, false)?;
    Ok(HttpResponse::Created().json(Opened {
        session: id.as_uuid(),
        ticket,
    }))
}

async fn note_denied(app: &App, caller: &Caller, refusal: &Denied) {
    if matches!(refusal, Denied::Store(_)) {
        return;
    }
    counter!(AUTHZ_DENIED, "action" => "session.start").increment(1);
    let detail = serde_json::json!({ "action": "session.start", "why": refusal.to_string() });
    let event = Event::new("authz.deny").by(caller).detail(detail);
    app.auditor().record(event.denied()).await;
}

/// What a refusal to dial means to the caller.
pub(crate) fn denied(refusal: Denied) -> ApiError {
    match refusal {
        Denied::NotFound => ApiError::not_found(),
        Denied::QuickConnectOff => ApiError::forbidden(
            "quick_connect_off",
            "Quick connect is switched off here. Ask an admin for a target.",
        ),
        Denied::AdminsOnly => ApiError::forbidden("admins_only", "Only admins may do this."),
        Denied::Jumps => ApiError::conflict(
            "jump_cycle",
            "The jump hosts of this target go in a circle or are too many.",
        ),
        Denied::DesktopJump => ApiError::conflict(
            "bad_jump",
            "A VNC target cannot be reached through a jump host; remove it from the target.",
        ),
        Denied::JumpProtocol => ApiError::conflict(
            "bad_jump",
            "A jump host must be an SSH target; choose another one.",
        ),
        Denied::UnknownProtocol => ApiError::conflict(
            "bad_protocol",
            "This node does not speak the target's protocol; a newer one made it.",
        ),
        Denied::Store(error) => error.into(),
    }
}

fn refused(error: OpenError) -> ApiError {
    match error {
        OpenError::Draining => {
            ApiError::unavailable("draining", "This node is stopping. Try again in a moment.")
        }
        OpenError::Full { limit } => ApiError::unavailable(
            "node_full",
            format!("This node runs {limit} sessions, as many as it may. Try again later."),
        ),
        OpenError::FullForUser { limit } => ApiError::conflict(
            "too_many_sessions",
            format!("You have {limit} sessions, as many as one may. End one first."),
        ),
        OpenError::Claim(error) => {
            tracing::warn!(error = %crate::telemetry::chain(&error), "Session was not claimed");
            ApiError::unavailable(
                "no_quorum",
                "New sessions have to wait: the broker does not answer. Running ones go on.",
            )
        }
        OpenError::Records(RecordsError::Unavailable(cause)) => {
            tracing::warn!(error = %crate::telemetry::chain(cause.as_ref()), "Session was not recorded");
            match cause.downcast::<StoreError>() {
                Ok(error) => ApiError::from(*error),
                Err(_) => ApiError::unavailable(
                    "database_unavailable",
                    "New sessions have to wait: the database does not answer. Running ones go on.",
                ),
            }
        }
        OpenError::Records(RecordsError::Refused(cause)) if is_conflict(cause.as_ref()) => cause
            .downcast::<StoreError>()
            .map_or_else(|_| ApiError::internal(), |e| (*e).into()),
        error @ (OpenError::WrongGrant | OpenError::Exists | OpenError::Records(_)) => {
            tracing::error!(error = %crate::telemetry::chain(&error), "Session was not opened");
            ApiError::internal()
        }
    }
}

/// The target or the user has gone since the right was checked.
fn is_conflict(cause: &(dyn std::error::Error + 'static)) -> bool {
    matches!(cause.downcast_ref(), Some(StoreError::Conflict { .. }))
}

fn ticket(
    app: &App,
    caller: &Caller,
    session: SessionId,
    is_read_only: bool,
) -> Result<String, ApiError> {
    let holder = TicketHolder {
        user: caller.user,
        user_name: caller.name.clone(),
        login: caller.login,
    };
    let ticket = app.tickets().issue(session, holder, is_read_only);
    let ticket = ticket.map_err(|_full| ApiError::throttled(Duration::from_secs(1)))?;
    Ok(URL_SAFE_NO_PAD.encode(ticket))
}

/// A session that runs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct SessionView {
    /// Which.
    id: Uuid,
    /// Title: the terminal's own, else the target's name.
    title: String,
    /// Who opened it.
    user_name: String,
    /// The stored target; null for quick connect.
    target: Option<Uuid>,
    /// Protocol spoken to the target.
    protocol: &'static str,
    /// `host:port` of the target.
    address: String,
    /// `claiming`, `connecting`, `asking`, `live` or `ended`.
    phase: &'static str,
    /// When it was opened.
    opened_at: i64,
    /// When somebody last typed, else when it was opened.
    last_activity_at: i64,
    /// Seconds since then.
    idle_s: u64,
    /// Attached browsers.
    viewers: usize,
    /// Since when nobody is attached.
    detached_since: Option<i64>,
    /// When it ends if nobody attaches.
    ends_at: Option<i64>,
}

impl SessionView {
    fn new(summary: SessionSummary, now: UnixMicros) -> Self {
        let last_activity = summary.last_input_at.unwrap_or(summary.opened_at);
        Self {
            id: summary.id.as_uuid(),
            title: summary.title,
            user_name: summary.user_name,
            target: summary.target.map(TargetId::as_uuid),
            protocol: summary.protocol.name(),
            address: summary.address,
            phase: summary.phase.code(),
            opened_at: summary.opened_at.as_i64(),
            last_activity_at: last_activity.as_i64(),
            idle_s: now.since(last_activity).as_secs(),
            viewers: summary.viewers,
            detached_since: summary.detached_since.map(UnixMicros::as_i64),
            ends_at: summary.ends_at.map(UnixMicros::as_i64),
        }
    }
}

/// Which sessions to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct SessionQuery {
    /// Most items, 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Everybody's; for admins.
    #[serde(default)]
    all: bool,
}

/// Running sessions, the latest first: one's own, or everybody's for admins.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "sessions", params(SessionQuery),
    responses((status = 200, body = List<SessionView>), (status = 403)))]
pub(in crate::http) async fn list(
    app: Data<App>,
    caller: Member,
    query: Query<SessionQuery>,
) -> Result<Json<List<SessionView>>, ApiError> {
    let Member(caller) = caller;
    let SessionQuery { limit, cursor, all } = query.into_inner();
    if all && !caller.is_admin {
        return Err(ApiError::forbidden(
            "admins_only",
            "Only admins may do this.",
        ));
    }
    let mut running = app.directory().running();
    running.retain(|summary| all || summary.user == caller.user);
    // Ids are made in the order of time, so they are the key of the list as well.
    running.sort_by_key(|summary| std::cmp::Reverse(summary.id));
    let page = PageQuery { limit, cursor }.page();
    if let Some(cursor) = &page.cursor {
        let after: SessionId = cursor.parse().map_err(|_not_an_id| {
            ApiError::bad_request("bad_cursor", "This page cursor is not of this list.")
        })?;
        running.retain(|summary| summary.id < after);
    }
    let most = usize::try_from(page.limit.clamp(1, 200)).unwrap_or(1);
    let has_more = running.len() > most;
    running.truncate(most);
    let last = running.last().map(|summary| summary.id.to_string());
    let now = app.clock().wall();
    Ok(Json(List {
        items: running
            .into_iter()
            .map(|summary| SessionView::new(summary, now))
            .collect(),
        next: last.filter(|_| has_more),
    }))
}

/// The session, when it is the caller's, or the caller an admin; else it is not there.
fn visible(app: &App, caller: &Caller, id: Uuid) -> Result<SessionHandle, ApiError> {
    let handle = app.directory().find(SessionId::from_uuid(id));
    let handle = handle.filter(|handle| handle.ended().is_none());
    handle
        .filter(|handle| caller.is_admin || handle.user() == caller.user)
        .ok_or_else(ApiError::not_found)
}

/// One session.
#[utoipa::path(get, path = "/api/v1/sessions/{id}", tag = "sessions",
    params(("id" = Uuid, Path)), responses((status = 200, body = SessionView), (status = 404)))]
pub(in crate::http) async fn read(
    app: Data<App>,
    caller: Member,
    id: Path<Uuid>,
) -> Result<Json<SessionView>, ApiError> {
    let handle = visible(&app, &caller.0, id.into_inner())?;
    Ok(Json(SessionView::new(handle.summary(), app.clock().wall())))
}

/// Ends a session for everyone.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "sessions",
    params(("id" = Uuid, Path)), responses((status = 204), (status = 404)))]
pub(in crate::http) async fn end(
    app: Data<App>,
    caller: Member,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let Member(caller) = caller;
    let handle = visible(&app, &caller, id.into_inner())?;
    let reason = if handle.user() == caller.user {
        CloseReason::EndedByUser
    } else {
        CloseReason::EndedByAdmin
    };
    handle.end(reason).await;
    let event = Event::new("session.end").by(&caller).session(handle.id());
    let detail = serde_json::json!({ "reason": reason.code() });
    app.auditor().record(event.detail(detail)).await;
    if tokio::time::timeout(ENDING, handle.closed()).await.is_err() {
        tracing::warn!(session = %handle.id(), "Session takes long to end");
    }
    Ok(HttpResponse::NoContent().finish())
}

/// How to attach.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct TicketBody {
    /// Watch only.
    #[serde(default)]
    read_only: bool,
}

/// A ticket to attach with.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct TicketView {
    /// Base64url; good once, for half a minute.
    ticket: String,
}

/// Issues a ticket to attach to a session. Admins may watch other people's sessions, not type.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/ticket", tag = "sessions",
    params(("id" = Uuid, Path)), request_body = TicketBody,
    responses((status = 200, body = TicketView), (status = 404)))]
pub(in crate::http) async fn attach(
    app: Data<App>,
    caller: Member,
    id: Path<Uuid>,
    body: Json<TicketBody>,
) -> Result<Json<TicketView>, ApiError> {
    let Member(caller) = caller;
    let handle = visible(&app, &caller, id.into_inner())?;
    let is_own = handle.user() == caller.user;
    if !is_own {
        let event = Event::new("session.watch").by(&caller).session(handle.id());
        app.auditor().record(event).await;
    }
    let ticket = ticket(&app, &caller, handle.id(), body.read_only || !is_own)?;
    Ok(Json(TicketView { ticket }))
}
