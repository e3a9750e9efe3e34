//! The audit trail, for admins to read.
#![expect(
    unused_qualifications,
    reason = "the macro of the description repeats the argument's type in full"
)]

use actix_web::web::{Data, Json, Query};
use schema::store::{AuditFilter, AuditRow};
use serde::{Deserialize, Serialize};
use shared::id::{SessionId, UserId};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::http::{Admin, ApiError, App, List, PageQuery};

/// Which events to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Most items, 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// By this user.
    actor: Option<Uuid>,
    /// With this code, such as `user.login`.
    code: Option<String>,
    /// About this session.
    session: Option<Uuid>,
}

/// Something that was done, or tried.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AuditView {
    /// Which.
    id: Uuid,
    /// When.
    at: i64,
    /// What: `noun.verb`.
    code: String,
    /// Who.
    actor: Option<Uuid>,
    /// The name they went by.
    actor_name: Option<String>,
    /// Where from.
    address: Option<String>,
    /// Which session it concerns.
    session: Option<Uuid>,
    /// Which target it concerns.
    target: Option<Uuid>,
    /// `ok`, `denied` or `failed`.
    outcome: &'static str,
    /// The rest; depends on the code.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
}

impl From<AuditRow> for AuditView {
    fn from(row: AuditRow) -> Self {
        Self {
            id: row.id,
            at: row.recorded_at.as_i64(),
            code: row.code,
            actor: row.actor.map(UserId::as_uuid),
            actor_name: Some(row.actor_name).filter(|name| !name.is_empty()),
            address: row.address,
            session: row.session.map(SessionId::as_uuid),
            target: row.target.map(shared::id::TargetId::as_uuid),
            outcome: row.outcome.code(),
            detail: row.detail,
        }
    }
}

/// Events, the latest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, body = List<AuditView>)))]
pub(crate) async fn list(
    app: Data<App>,
    _caller: Admin,
    query: Query<AuditQuery>,
) -> Result<Json<List<AuditView>>, ApiError> {
    let AuditQuery {
        limit,
        cursor,
        actor,
        code,
        session,
    } = query.into_inner();
    let filter = AuditFilter {
        actor: actor.map(UserId::from_uuid),
        code: code.filter(|code| !code.is_empty()),
        session: session.map(SessionId::from_uuid),
    };
    let page = PageQuery { limit, cursor }.page();
    let rows = app.store().audit().list(page, filter).await?;
    Ok(Json(List::of(rows, AuditView::from)))
}
