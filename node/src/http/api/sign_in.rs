//! Signing in and out.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use shared::secret::Secret;
use utoipa::ToSchema;

use super::Me;
use super::me::unfit;
use crate::auth::{Behind, Event, SignInError, SignInRequest};
use crate::http::{ApiError, App, SignedIn, client, cookie, sign_out_login, sign_out_user};

/// Longest name looked up, in bytes.
const LONGEST_NAME: usize = 512;

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    /// Sign-in name.
    name: String,
    /// Password.
    password: String,
}

/// Signs in and sets the login cookie.
#[utoipa::path(post, path = "/api/v1/sign-in", tag = "account", security(()),
    request_body = Credentials,
    responses((status = 200, body = Me), (status = 401), (status = 429)))]
pub(super) async fn sign_in(
    request: HttpRequest,
    app: Data<App>,
    body: Json<Credentials>,
) -> Result<HttpResponse, ApiError> {
    let Credentials { name, password } = body.into_inner();
    let wrong = || {
        ApiError::new(
            actix_web::http::StatusCode::UNAUTHORIZED,
            "sign_in_failed",
            "Name or password is wrong.",
        )
    };
    if name.len() > LONGEST_NAME {
        return Err(wrong());
    }
    let address = client::address(&request, app.trusted_proxies());
    let signed_in = app.sign_in().sign_in(SignInRequest {
        name,
        password: Secret::new(password),
        address,
        user_agent: user_agent(&request),
    });
    let (token, caller) = signed_in.await.map_err(|error| match error {
        SignInError::Wrong => wrong(),
        other => refuse(&other, "sign_in_failed", ""),
    })?;
    end_previous(&request, &app).await;
    let is_https = app.hosts().is_https();
    Ok(HttpResponse::Ok()
        .cookie(cookie::make(&token, app.logins().absolute(), is_https))
        .json(Me::new(&app, &caller)))
}

/// A browser that signs in again leaves no second login behind.
pub(super) async fn end_previous(request: &HttpRequest, app: &App) {
    let Some(old) = cookie::read(request, app.hosts().is_https()) else {
        return;
    };
    if let Ok(Some(old)) = app.logins().identify(&old, Behind::Page).await {
        // Failing to tidy up must not fail the sign-in.
        if let Err(error) = sign_out_login(app, old.login).await {
            tracing::warn!(%error, "Previous login was not ended");
        }
    }
}

/// What the browser calls itself.
pub(super) fn user_agent(request: &HttpRequest) -> String {
    request
        .headers()
        .get(actix_web::http::header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

/// What a failed check means to the caller.
pub(super) fn refuse(error: &SignInError, code: &'static str, sentence: &'static str) -> ApiError {
    match error {
        SignInError::Wrong => ApiError::forbidden(code, sentence),
        SignInError::Throttled(wait) => ApiError::throttled(*wait),
        SignInError::Password(error) => unfit(error),
        SignInError::Store(error) => store(error),
    }
}

/// The store's error as the API words it; a reference cannot be converted.
fn store(error: &schema::store::StoreError) -> ApiError {
    use schema::store::StoreError;
    match error {
        StoreError::Locked => ApiError::from(StoreError::Locked),
        StoreError::Full => ApiError::from(StoreError::Full),
        StoreError::NotFound => ApiError::not_found(),
        other => {
            tracing::warn!(error = %crate::telemetry::chain(other), "Sign-in failed at the store");
            ApiError::unavailable(
                "database_unavailable",
                "The database does not answer. Running sessions go on; try again shortly.",
            )
        }
    }
}

/// Signs this browser out, and its viewers with it.
#[utoipa::path(post, path = "/api/v1/sign-out", tag = "account",
    responses((status = 204)))]
pub(super) async fn sign_out(app: Data<App>, caller: SignedIn) -> Result<HttpResponse, ApiError> {
    let SignedIn(caller) = caller;
    sign_out_login(&app, caller.login).await?;
    app.auditor()
        .record(Event::new("user.logout").by(&caller))
        .await;
    Ok(forgetting(&app))
}

/// Signs out everywhere: every login ends, and every viewer.
#[utoipa::path(post, path = "/api/v1/sign-out-everywhere", tag = "account",
    responses((status = 204)))]
pub(super) async fn sign_out_everywhere(
    app: Data<App>,
    caller: SignedIn,
) -> Result<HttpResponse, ApiError> {
    let SignedIn(caller) = caller;
    sign_out_user(&app, caller.user).await?;
    let event = Event::new("login.revoke").by(&caller);
    let everywhere = serde_json::json!({ "everywhere": true });
    app.auditor().record(event.detail(everywhere)).await;
    Ok(forgetting(&app))
}

fn forgetting(app: &App) -> HttpResponse {
    HttpResponse::NoContent()
        .cookie(cookie::forget(app.hosts().is_https()))
        .finish()
}
