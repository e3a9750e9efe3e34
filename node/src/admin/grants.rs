//! Grants: who may use a target.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use schema::store::{Grant, Subject};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::id::{GrantId, GroupId, TargetId, UserId};
use utoipa::ToSchema;
use uuid::Uuid;

use super::targets::load;
use crate::auth::Event;
use crate::http::{Admin, ApiError, App, List, PageQuery};

/// Permission of a user or group to use a target.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct GrantView {
    /// Which.
    id: Uuid,
    /// The target.
    target: Uuid,
    /// The user, if it is one.
    user: Option<Uuid>,
    /// The group, if it is one.
    group: Option<Uuid>,
    /// Name of the user or group.
    name: String,
    /// When it was given.
    created_at: i64,
}

async fn view(app: &App, grant: Grant) -> Result<GrantView, ApiError> {
    let (user, group, name) = match grant.subject {
        Subject::User(id) => {
            let user = app.store().users().by_id(id).await?;
            (Some(id.as_uuid()), None, user.map(|user| user.name))
        }
        Subject::Group(id) => {
            let group = app.store().groups().by_id(id).await?;
            (None, Some(id.as_uuid()), group.map(|group| group.name))
        }
    };
    Ok(GrantView {
        id: grant.id.as_uuid(),
        target: grant.target.as_uuid(),
        user,
        group,
        name: name.unwrap_or_default(),
        created_at: grant.created_at.as_i64(),
    })
}

/// Grants of a target.
#[utoipa::path(get, path = "/api/v1/targets/{id}/grants", tag = "grants",
    params(("id" = Uuid, Path), PageQuery),
    responses((status = 200, body = List<GrantView>), (status = 404)))]
pub(crate) async fn list(
    app: Data<App>,
    _caller: Admin,
    id: Path<Uuid>,
    page: Query<PageQuery>,
) -> Result<Json<List<GrantView>>, ApiError> {
    let target = load(&app, TargetId::from_uuid(id.into_inner())).await?;
    let grants = app.store().grants();
    let grants = grants.list_for_target(target.id, page.page()).await?;
    let mut items = Vec::with_capacity(grants.items.len());
    for grant in grants.items {
        items.push(view(&app, grant).await?);
    }
    Ok(Json(List {
        items,
        next: grants.next,
    }))
}

/// Whom to give a right: a user or a group.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGrant {
    /// A user.
    user: Option<Uuid>,
    /// Or a group.
    group: Option<Uuid>,
}

/// Gives a user or group the right to use a target.
#[utoipa::path(post, path = "/api/v1/targets/{id}/grants", tag = "grants",
    params(("id" = Uuid, Path)), request_body = NewGrant,
    responses((status = 201, body = GrantView), (status = 404), (status = 409)))]
pub(crate) async fn create(
    app: Data<App>,
    caller: Admin,
    id: Path<Uuid>,
    body: Json<NewGrant>,
) -> Result<HttpResponse, ApiError> {
    let Admin(caller) = caller;
    let subject = match (body.user, body.group) {
        (Some(user), None) => Subject::User(UserId::from_uuid(user)),
        (None, Some(group)) => Subject::Group(GroupId::from_uuid(group)),
        (Some(_), Some(_)) | (None, None) => {
            return Err(ApiError::bad_request(
                "bad_subject",
                "Name a user or a group, one of them.",
            ));
        }
    };
    let target = load(&app, TargetId::from_uuid(id.into_inner())).await?;
    let grant = app.store().grants().create(target.id, subject).await?;
    let view = view(&app, grant).await?;
    let detail = json!({ "grant": view.id, "user": view.user, "group": view.group });
    let event = Event::new("grant.create").by(&caller).target(target.id);
    app.auditor().record(event.detail(detail)).await;
    Ok(HttpResponse::Created().json(view))
}

/// Takes a right back; sessions that it allowed end.
#[utoipa::path(delete, path = "/api/v1/grants/{id}", tag = "grants",
    params(("id" = Uuid, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete(
    app: Data<App>,
    caller: Admin,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let Admin(caller) = caller;
    let id = id.into_inner();
    app.store().grants().delete(GrantId::from_uuid(id)).await?;
    let event = Event::new("grant.delete").by(&caller);
    app.auditor()
        .record(event.detail(json!({ "grant": id })))
        .await;
    crate::http::recheck(&app).await;
    Ok(HttpResponse::NoContent().finish())
}
