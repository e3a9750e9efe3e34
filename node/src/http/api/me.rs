//! One's own account: who am I, password, logins.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use schema::store::Login;
use serde::{Deserialize, Serialize};
use shared::id::LoginId;
use shared::secret::Secret;
use utoipa::ToSchema;
use uuid::Uuid;

use super::sign_in::refuse;
use crate::auth::{Caller, Event, PasswordError};
use crate::http::{ApiError, App, List, SignedIn, sign_out_login};

/// Who is signed in, and what they may do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Me {
    /// The user's id.
    pub id: Uuid,
    /// Sign-in name.
    pub name: String,
    /// Name shown to others.
    pub display_name: String,
    /// May manage everything.
    pub is_admin: bool,
    /// Must choose a new password before anything else works.
    pub must_change_password: bool,
    /// May open sessions to any address the policy allows.
    pub quick_connect: bool,
}

impl Me {
    pub(super) fn new(app: &App, caller: &Caller) -> Self {
        Self {
            id: caller.user.as_uuid(),
            name: caller.name.clone(),
            display_name: caller.display_name.clone(),
            is_admin: caller.is_admin,
            must_change_password: caller.must_change_password,
            quick_connect: app.authoriser().has_quick_connect(),
        }
    }
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/me", tag = "account",
    responses((status = 200, body = Me)))]
pub(super) async fn read(app: Data<App>, caller: SignedIn) -> Json<Me> {
    Json(Me::new(&app, &caller.0))
}

/// A change of password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordChange {
    /// The password until now.
    current: String,
    /// The password from now on.
    new: String,
}

/// Changes one's password and ends every other login.
#[utoipa::path(post, path = "/api/v1/me/password", tag = "account",
    request_body = PasswordChange, responses((status = 204)))]
pub(super) async fn change_password(
    app: Data<App>,
    caller: SignedIn,
    body: Json<PasswordChange>,
) -> Result<HttpResponse, ApiError> {
    let SignedIn(caller) = caller;
    let PasswordChange { current, new } = body.into_inner();
    let address = caller.address.ok_or_else(ApiError::internal)?;
    let checked = app
        .sign_in()
        .check(&caller.name, Secret::new(current.clone()), address);
    if let Err(error) = checked.await {
        app.auditor()
            .record(Event::new("password.change").by(&caller).denied())
            .await;
        return Err(refuse(
            &error,
            "wrong_password",
            "The current password is wrong.",
        ));
    }
    if current == new {
        return Err(ApiError::bad_request(
            "unfit_password",
            "The new password must differ from the current one.",
        ));
    }
    let hash = hash_new(&app, &caller.name, new).await?;
    app.store()
        .users()
        .set_password(caller.user, hash, false)
        .await?;
    for login in app.store().logins().list(caller.user).await? {
        if login.id != caller.login {
            sign_out_login(&app, login.id).await?;
        }
    }
    app.logins().forget(caller.user);
    app.auditor()
        .record(Event::new("password.change").by(&caller))
        .await;
    Ok(HttpResponse::NoContent().finish())
}

/// Checks a new password against the rule and hashes it.
pub(crate) async fn hash_new(
    app: &App,
    name: &str,
    password: String,
) -> Result<Secret<String>, ApiError> {
    let checked = app.password_rule().check(name, &password);
    checked.map_err(|error| unfit(&error))?;
    let hash = app.passwords().hash(Secret::new(password)).await;
    hash.map_err(|error| unfit(&error))
}

/// What a password error means to the caller.
pub(super) fn unfit(error: &PasswordError) -> ApiError {
    match error {
        PasswordError::Unfit(text) => ApiError::bad_request("unfit_password", text.clone()),
        PasswordError::Busy => ApiError::throttled(std::time::Duration::from_secs(1)),
        PasswordError::Hash(_) | PasswordError::Closed => {
            tracing::error!(error = %crate::telemetry::chain(error), "Password pool failed");
            ApiError::internal()
        }
    }
}

/// One browser's login.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct LoginView {
    /// Which.
    id: Uuid,
    /// When it began.
    created_at: i64,
    /// When it was last used.
    last_seen_at: i64,
    /// When it ends if nothing happens.
    expires_at: i64,
    /// Where it began.
    address: String,
    /// What the browser calls itself.
    user_agent: String,
    /// It is the one asking.
    current: bool,
}

impl LoginView {
    fn new(app: &App, login: Login, current: LoginId) -> Self {
        Self {
            id: login.id.as_uuid(),
            created_at: login.created_at.as_i64(),
            last_seen_at: login.last_seen_at.as_i64(),
            expires_at: app.logins().ends_at(&login).as_i64(),
            current: login.id == current,
            address: login.address,
            user_agent: login.user_agent,
        }
    }
}

/// One's own logins.
#[utoipa::path(get, path = "/api/v1/me/logins", tag = "account",
    responses((status = 200, body = List<LoginView>)))]
pub(super) async fn logins(
    app: Data<App>,
    caller: SignedIn,
) -> Result<Json<List<LoginView>>, ApiError> {
    let SignedIn(caller) = caller;
    let now = app.clock().wall();
    let logins = app.store().logins().list(caller.user).await?;
    let items = logins
        .into_iter()
        .filter(|login| app.logins().ends_at(login) > now)
        .map(|login| LoginView::new(&app, login, caller.login))
        .collect();
    Ok(Json(List::whole(items)))
}

/// Ends one of one's own logins, and its viewers.
#[utoipa::path(delete, path = "/api/v1/me/logins/{id}", tag = "account",
    params(("id" = Uuid, Path)), responses((status = 204), (status = 404)))]
pub(super) async fn end_login(
    app: Data<App>,
    caller: SignedIn,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let SignedIn(caller) = caller;
    let id = LoginId::from_uuid(id.into_inner());
    let mine = app.store().logins().list(caller.user).await?;
    if !mine.iter().any(|login| login.id == id) {
        return Err(ApiError::not_found());
    }
    sign_out_login(&app, id).await?;
    app.auditor()
        .record(Event::new("login.revoke").by(&caller))
        .await;
    Ok(HttpResponse::NoContent().finish())
}
