//! Groups: sets of users that grants can name.
#![expect(
    unused_qualifications,
    reason = "the macro of the description repeats the argument's type in full"
)]

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use serde::Deserialize;
use serde_json::json;
use shared::id::{GroupId, UserId};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{GroupView, UserView};
use crate::auth::{Caller, Event};
use crate::http::{Admin, ApiError, App, List, PageQuery, recheck};

/// Which groups to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GroupQuery {
    /// Most items, 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Part of the name.
    search: Option<String>,
}

/// A group to make, or its new name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupBody {
    /// What people call it.
    name: String,
}

async fn record(app: &App, code: &'static str, caller: &Caller, detail: serde_json::Value) {
    let event = Event::new(code).by(caller).detail(detail);
    app.auditor().record(event).await;
}

async fn load(app: &App, id: Uuid) -> Result<GroupId, ApiError> {
    let id = GroupId::from_uuid(id);
    let group = app.store().groups().by_id(id).await?;
    group.map(|group| group.id).ok_or_else(ApiError::not_found)
}

/// Groups by name.
#[utoipa::path(get, path = "/api/v1/groups", tag = "groups", params(GroupQuery),
    responses((status = 200, body = List<GroupView>)))]
pub(crate) async fn list(
    app: Data<App>,
    _caller: Admin,
    query: Query<GroupQuery>,
) -> Result<Json<List<GroupView>>, ApiError> {
    let GroupQuery {
        limit,
        cursor,
        search,
    } = query.into_inner();
    let page = PageQuery { limit, cursor }.page();
    let search = search.filter(|text| !text.is_empty());
    let groups = app.store().groups().list(page, search.as_deref()).await?;
    Ok(Json(List::of(groups, GroupView::from)))
}

/// Makes a group.
#[utoipa::path(post, path = "/api/v1/groups", tag = "groups", request_body = GroupBody,
    responses((status = 201, body = GroupView), (status = 409)))]
pub(crate) async fn create(
    app: Data<App>,
    caller: Admin,
    body: Json<GroupBody>,
) -> Result<HttpResponse, ApiError> {
    let group = app.store().groups().create(&body.name).await?;
    let detail = json!({ "group": group.id, "name": group.name });
    record(&app, "group.create", &caller.0, detail).await;
    Ok(HttpResponse::Created().json(GroupView::from(group)))
}

/// Renames a group.
#[utoipa::path(patch, path = "/api/v1/groups/{id}", tag = "groups",
    params(("id" = Uuid, Path)), request_body = GroupBody,
    responses((status = 200, body = GroupView), (status = 404), (status = 409)))]
pub(crate) async fn rename(
    app: Data<App>,
    caller: Admin,
    id: Path<Uuid>,
    body: Json<GroupBody>,
) -> Result<Json<GroupView>, ApiError> {
    let id = GroupId::from_uuid(id.into_inner());
    let group = app.store().groups().rename(id, &body.name).await?;
    let detail = json!({ "group": group.id, "name": group.name });
    record(&app, "group.update", &caller.0, detail).await;
    Ok(Json(group.into()))
}

/// Deletes a group; rights given through it are gone.
#[utoipa::path(delete, path = "/api/v1/groups/{id}", tag = "groups",
    params(("id" = Uuid, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete(
    app: Data<App>,
    caller: Admin,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let id = GroupId::from_uuid(id.into_inner());
    app.store().groups().delete(id).await?;
    record(&app, "group.delete", &caller.0, json!({ "group": id })).await;
    recheck(&app).await;
    Ok(HttpResponse::NoContent().finish())
}

/// Members of a group.
#[utoipa::path(get, path = "/api/v1/groups/{id}/members", tag = "groups",
    params(("id" = Uuid, Path), PageQuery),
    responses((status = 200, body = List<UserView>), (status = 404)))]
pub(crate) async fn members(
    app: Data<App>,
    _caller: Admin,
    id: Path<Uuid>,
    page: Query<PageQuery>,
) -> Result<Json<List<UserView>>, ApiError> {
    let group = load(&app, id.into_inner()).await?;
    let members = app.store().groups().members(group, page.page()).await?;
    Ok(Json(List::of(members, UserView::from)))
}

/// Adds a member; fine when it is one already.
#[utoipa::path(put, path = "/api/v1/groups/{id}/members/{user}", tag = "groups",
    params(("id" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 204), (status = 404)))]
pub(crate) async fn add_member(
    app: Data<App>,
    caller: Admin,
    path: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, ApiError> {
    let (group, user) = path.into_inner();
    let group = load(&app, group).await?;
    let user = UserId::from_uuid(user);
    let known = app.store().users().by_id(user).await?;
    known.ok_or_else(ApiError::not_found)?;
    app.store().groups().add_member(group, user).await?;
    let detail = json!({ "group": group, "user": user });
    record(&app, "group.member.add", &caller.0, detail).await;
    Ok(HttpResponse::NoContent().finish())
}

/// Removes a member; sessions that the membership allowed end.
#[utoipa::path(delete, path = "/api/v1/groups/{id}/members/{user}", tag = "groups",
    params(("id" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 204), (status = 404)))]
pub(crate) async fn remove_member(
    app: Data<App>,
    caller: Admin,
    path: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, ApiError> {
    let (group, user) = path.into_inner();
    let group = load(&app, group).await?;
    let user = UserId::from_uuid(user);
    app.store().groups().remove_member(group, user).await?;
    let detail = json!({ "group": group, "user": user });
    record(&app, "group.member.remove", &caller.0, detail).await;
    recheck(&app).await;
    Ok(HttpResponse::NoContent().finish())
}
