//! Users: made, changed, disabled, given new passwords, deleted.
#![expect(
    unused_qualifications,
    reason = "the macro of the description repeats the argument's type in full"
)]

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use schema::store::{NewUser, User, UserChange};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::id::UserId;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::UserView;
use crate::auth::{Caller, Event, invent};
use crate::http::{
    Admin, ApiError, App, List, PageQuery, hash_new, recheck, recheck_viewers, shut_out,
};

/// Which users to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserQuery {
    /// Most items, 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Part of a name.
    search: Option<String>,
}

/// Users by name.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(UserQuery),
    responses((status = 200, body = List<UserView>)))]
pub(crate) async fn list(
    app: Data<App>,
    _caller: Admin,
    query: Query<UserQuery>,
) -> Result<Json<List<UserView>>, ApiError> {
    let UserQuery {
        limit,
        cursor,
        search,
    } = query.into_inner();
    let page = PageQuery { limit, cursor }.page();
    let search = search.filter(|text| !text.is_empty());
    let users = app.store().users().list(page, search.as_deref()).await?;
    Ok(Json(List::of(users, UserView::from)))
}

/// A user to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserBody {
    /// Sign-in name.
    name: String,
    /// Name shown to others; the sign-in name when absent.
    #[serde(default)]
    display_name: String,
    /// May manage everything.
    #[serde(default)]
    is_admin: bool,
    /// First password; one is made up when absent. Either must be changed at the first sign-in.
    password: Option<String>,
}

/// A user who was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeUser {
    /// The user.
    user: UserView,
    /// The password that was made up; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_password: Option<String>,
}

/// Makes a user.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = UserBody,
    responses((status = 201, body = MadeUser), (status = 409)))]
pub(crate) async fn create(
    app: Data<App>,
    caller: Admin,
    body: Json<UserBody>,
) -> Result<HttpResponse, ApiError> {
    let Admin(caller) = caller;
    let UserBody {
        name,
        display_name,
        is_admin,
        password,
    } = body.into_inner();
    let (password, initial_password) = if let Some(password) = password {
        (password, None)
    } else {
        let made = invent().expose().clone();
        (made.clone(), Some(made))
    };
    let hash = hash_new(&app, &name, password).await?;
    let new = NewUser {
        name,
        display_name,
        is_admin,
        password_hash: Some(hash),
        must_change_password: true,
    };
    let user = app.store().users().create(new).await?;
    crate::http::welcome(&app, user.id).await;
    record(&app, "user.create", &caller, &user).await;
    Ok(HttpResponse::Created().json(MadeUser {
        user: user.into(),
        initial_password,
    }))
}

async fn record(app: &App, code: &'static str, caller: &Caller, user: &User) {
    let detail = json!({
        "user": user.id,
        "name": user.name,
        "is_admin": user.is_admin,
        "is_disabled": user.is_disabled,
    });
    let event = Event::new(code).by(caller).detail(detail);
    app.auditor().record(event).await;
}

async fn load(app: &App, id: Path<Uuid>) -> Result<User, ApiError> {
    let id = UserId::from_uuid(id.into_inner());
    let user = app.store().users().by_id(id).await?;
    user.ok_or_else(ApiError::not_found)
}

/// One user.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = Uuid, Path)), responses((status = 200, body = UserView), (status = 404)))]
pub(crate) async fn read(
    app: Data<App>,
    _caller: Admin,
    id: Path<Uuid>,
) -> Result<Json<UserView>, ApiError> {
    Ok(Json(load(&app, id).await?.into()))
}

/// A change of a user; what is left away stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserPatch {
    /// Name shown to others.
    display_name: Option<String>,
    /// May manage everything.
    is_admin: Option<bool>,
    /// May not sign in; sessions and logins end at once.
    is_disabled: Option<bool>,
}

/// Changes a user.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = Uuid, Path)), request_body = UserPatch,
    responses((status = 200, body = UserView), (status = 404), (status = 409)))]
pub(crate) async fn update(
    app: Data<App>,
    caller: Admin,
    id: Path<Uuid>,
    body: Json<UserPatch>,
) -> Result<Json<UserView>, ApiError> {
    let Admin(caller) = caller;
    let UserPatch {
        display_name,
        is_admin,
        is_disabled,
    } = body.into_inner();
    let change = UserChange {
        display_name,
        is_admin,
        is_disabled,
    };
    let id = UserId::from_uuid(id.into_inner());
    let user = app.store().users().update(id, change).await?;
    app.logins().forget(user.id);
    record(&app, "user.update", &caller, &user).await;
    if user.is_disabled {
        shut_out(&app, user.id).await?;
    } else if is_admin == Some(false) {
        recheck(&app).await;
        recheck_viewers(&app).await;
    }
    Ok(Json(user.into()))
}

/// Deletes a user; sessions and logins end at once.
#[utoipa::path(delete, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = Uuid, Path)), responses((status = 204), (status = 404), (status = 409)))]
pub(crate) async fn delete(
    app: Data<App>,
    caller: Admin,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let Admin(caller) = caller;
    let user = load(&app, id).await?;
    app.store().users().delete(user.id).await?;
    record(&app, "user.delete", &caller, &user).await;
    shut_out(&app, user.id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A password that was made up.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewPassword {
    /// Shown this once; to be changed at sign-in.
    password: String,
}

/// Gives a user a new password and ends the user's logins.
#[utoipa::path(post, path = "/api/v1/users/{id}/reset-password", tag = "users",
    params(("id" = Uuid, Path)), responses((status = 200, body = NewPassword), (status = 404)))]
pub(crate) async fn reset_password(
    app: Data<App>,
    caller: Admin,
    id: Path<Uuid>,
) -> Result<Json<NewPassword>, ApiError> {
    let Admin(caller) = caller;
    let user = load(&app, id).await?;
    let password = invent().expose().clone();
    let hash = hash_new(&app, &user.name, password.clone()).await?;
    app.store()
        .users()
        .set_password(user.id, hash, true)
        .await?;
    crate::http::sign_out_user(&app, user.id).await?;
    record(&app, "user.reset_password", &caller, &user).await;
    Ok(Json(NewPassword { password }))
}
