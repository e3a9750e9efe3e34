//! Sessions that are over.
#![expect(
    unused_qualifications,
    reason = "the macro of the description repeats the argument's type in full"
)]

use actix_web::web::{Data, Json, Query};
use schema::store::{HistoryFilter, HistoryRow};
use serde::{Deserialize, Serialize};
use shared::id::{TargetId, UserId};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::http::{ApiError, App, List, Member, PageQuery};

/// Which sessions to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct HistoryQuery {
    /// Most items, 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Everybody's; for admins.
    #[serde(default)]
    all: bool,
    /// Of this user; for admins.
    user: Option<Uuid>,
    /// Of this target.
    target: Option<Uuid>,
}

/// A session that is over.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct HistoryView {
    /// Which.
    id: Uuid,
    /// Its last title.
    title: String,
    /// Who opened it.
    user_name: String,
    /// The target; it may be gone.
    target: Option<Uuid>,
    /// The target's name then.
    target_name: Option<String>,
    /// Protocol.
    protocol: String,
    /// `host:port`.
    address: String,
    /// When it was opened.
    opened_at: i64,
    /// When it ended.
    ended_at: i64,
    /// Why, as a stable code.
    reason: &'static str,
    /// One sentence.
    text: String,
    /// Exit status of the program at the target.
    exit_status: Option<u32>,
}

impl From<HistoryRow> for HistoryView {
    fn from(row: HistoryRow) -> Self {
        Self {
            id: row.id.as_uuid(),
            title: row.title,
            user_name: row.user_name,
            target: row.target.map(TargetId::as_uuid),
            target_name: row.target_name,
            protocol: row.protocol,
            address: row.address,
            opened_at: row.opened_at.as_i64(),
            ended_at: row.ended_at.as_i64(),
            reason: row.reason.code(),
            text: row.text,
            exit_status: row.exit_status,
        }
    }
}

/// Sessions that are over, the latest first: one's own, or everybody's for admins.
#[utoipa::path(get, path = "/api/v1/history", tag = "sessions", params(HistoryQuery),
    responses((status = 200, body = List<HistoryView>), (status = 403)))]
pub(in crate::http) async fn list(
    app: Data<App>,
    caller: Member,
    query: Query<HistoryQuery>,
) -> Result<Json<List<HistoryView>>, ApiError> {
    let Member(caller) = caller;
    let HistoryQuery {
        limit,
        cursor,
        all,
        user,
        target,
    } = query.into_inner();
    if (all || user.is_some()) && !caller.is_admin {
        return Err(ApiError::forbidden(
            "admins_only",
            "Only admins may do this.",
        ));
    }
    let filter = HistoryFilter {
        user: match user {
            Some(user) => Some(UserId::from_uuid(user)),
            None => (!all).then_some(caller.user),
        },
        target: target.map(TargetId::from_uuid),
    };
    let page = PageQuery { limit, cursor }.page();
    let rows = app.store().history().list(page, filter).await?;
    Ok(Json(List::of(rows, HistoryView::from)))
}
