//! Targets: listed for who may use them, managed by admins.
#![expect(
    unused_qualifications,
    reason = "the macro of the description repeats the argument's type in full"
)]

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use schema::store::{Target, TargetFilter};
use serde::Deserialize;
use serde_json::json;
use shared::id::TargetId;
use utoipa::IntoParams;
use uuid::Uuid;

use super::TargetView;
use super::target_body::{TargetBody, forget};
use crate::auth::{Caller, Event};
use crate::http::{Admin, ApiError, App, List, Member, PageQuery};

/// Targets shown as recent.
const RECENT: u32 = 8;

/// Which targets to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TargetQuery {
    /// Most items, 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Part of the name, host or folder.
    search: Option<String>,
    /// Exactly this folder.
    folder: Option<String>,
}

async fn views(
    app: &App,
    caller: &Caller,
    targets: Vec<Target>,
) -> Result<Vec<TargetView>, ApiError> {
    let mut views = Vec::with_capacity(targets.len());
    for target in targets {
        views.push(TargetView::load(app.store(), target, caller.is_admin).await?);
    }
    Ok(views)
}

/// Targets the caller may use, by name.
#[utoipa::path(get, path = "/api/v1/targets", tag = "targets", params(TargetQuery),
    responses((status = 200, body = List<TargetView>)))]
pub(crate) async fn list(
    app: Data<App>,
    caller: Member,
    query: Query<TargetQuery>,
) -> Result<Json<List<TargetView>>, ApiError> {
    let Member(caller) = caller;
    let TargetQuery {
        limit,
        cursor,
        search,
        folder,
    } = query.into_inner();
    let filter = TargetFilter {
        search: search.filter(|text| !text.is_empty()),
        folder,
        usable_by: (!caller.is_admin).then_some(caller.user),
    };
    let page = PageQuery { limit, cursor }.page();
    let targets = app.store().targets().list(page, filter).await?;
    Ok(Json(List {
        items: views(&app, &caller, targets.items).await?,
        next: targets.next,
    }))
}

/// Every folder that holds a target the caller may use.
#[utoipa::path(get, path = "/api/v1/targets/folders", tag = "targets",
    responses((status = 200, body = List<String>)))]
pub(crate) async fn folders(
    app: Data<App>,
    caller: Member,
) -> Result<Json<List<String>>, ApiError> {
    let Member(caller) = caller;
    let usable_by = (!caller.is_admin).then_some(caller.user);
    let folders = app.store().targets().folders(usable_by).await?;
    Ok(Json(List::whole(folders)))
}

/// The targets the caller opened last.
#[utoipa::path(get, path = "/api/v1/targets/recent", tag = "targets",
    responses((status = 200, body = List<TargetView>)))]
pub(crate) async fn recent(
    app: Data<App>,
    caller: Member,
) -> Result<Json<List<TargetView>>, ApiError> {
    let Member(caller) = caller;
    let targets = app.store().targets().recent(caller.user, RECENT).await?;
    Ok(Json(List::whole(views(&app, &caller, targets).await?)))
}

/// Makes a target.
#[utoipa::path(post, path = "/api/v1/targets", tag = "targets", request_body = TargetBody,
    responses((status = 201, body = TargetView)))]
pub(crate) async fn create(
    app: Data<App>,
    caller: Admin,
    body: Json<TargetBody>,
) -> Result<HttpResponse, ApiError> {
    let Admin(caller) = caller;
    let target = body.into_inner().create(app.store()).await?;
    record(&app, "target.create", &caller, &target).await;
    let view = TargetView::load(app.store(), target, true).await?;
    Ok(HttpResponse::Created().json(view))
}

async fn record(app: &App, code: &'static str, caller: &Caller, target: &Target) {
    let detail = json!({ "name": target.name, "host": target.host, "port": target.port });
    let event = Event::new(code).by(caller).target(target.id).detail(detail);
    app.auditor().record(event).await;
}

/// One target.
#[utoipa::path(get, path = "/api/v1/targets/{id}", tag = "targets",
    params(("id" = Uuid, Path)), responses((status = 200, body = TargetView), (status = 404)))]
pub(crate) async fn read(
    app: Data<App>,
    caller: Member,
    id: Path<Uuid>,
) -> Result<Json<TargetView>, ApiError> {
    let Member(caller) = caller;
    let id = TargetId::from_uuid(id.into_inner());
    let may_use = caller.is_admin || app.store().grants().may_use(caller.user, id).await?;
    if !may_use {
        return Err(ApiError::not_found());
    }
    let target = load(&app, id).await?;
    let view = TargetView::load(app.store(), target, caller.is_admin).await?;
    Ok(Json(view))
}

pub(super) async fn load(app: &App, id: TargetId) -> Result<Target, ApiError> {
    let target = app.store().targets().by_id(id).await?;
    target.ok_or_else(ApiError::not_found)
}

/// Changes a target; what is left away stays as it is.
#[utoipa::path(patch, path = "/api/v1/targets/{id}", tag = "targets",
    params(("id" = Uuid, Path)), request_body = TargetBody,
    responses((status = 200, body = TargetView), (status = 404)))]
pub(crate) async fn update(
    app: Data<App>,
    caller: Admin,
    id: Path<Uuid>,
    body: Json<TargetBody>,
) -> Result<Json<TargetView>, ApiError> {
    let Admin(caller) = caller;
    let old = load(&app, TargetId::from_uuid(id.into_inner())).await?;
    let target = body.into_inner().update(app.store(), old).await?;
    record(&app, "target.update", &caller, &target).await;
    let view = TargetView::load(app.store(), target, true).await?;
    Ok(Json(view))
}

/// Deletes a target, its secret and its grants; sessions of those who lose the right end.
#[utoipa::path(delete, path = "/api/v1/targets/{id}", tag = "targets",
    params(("id" = Uuid, Path)), responses((status = 204), (status = 404), (status = 409)))]
pub(crate) async fn delete(
    app: Data<App>,
    caller: Admin,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let Admin(caller) = caller;
    let target = load(&app, TargetId::from_uuid(id.into_inner())).await?;
    app.store().targets().delete(target.id).await?;
    forget(app.store(), target.credential).await;
    record(&app, "target.delete", &caller, &target).await;
    crate::http::recheck(&app).await;
    Ok(HttpResponse::NoContent().finish())
}

/// Forgets the trusted host keys; the next connection decides by policy again.
#[utoipa::path(delete, path = "/api/v1/targets/{id}/host-keys", tag = "targets",
    params(("id" = Uuid, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn forget_host_keys(
    app: Data<App>,
    caller: Admin,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let Admin(caller) = caller;
    let target = load(&app, TargetId::from_uuid(id.into_inner())).await?;
    app.store().targets().forget_host_keys(target.id).await?;
    record(&app, "target.hostkey.forget", &caller, &target).await;
    Ok(HttpResponse::NoContent().finish())
}
