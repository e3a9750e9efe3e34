//! The first admin: the one-time link's page talks to these.

use std::net::IpAddr;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use schema::store::User;
use serde::{Deserialize, Serialize};
use shared::secret::Secret;
use utoipa::ToSchema;

use super::Me;
use super::me::unfit;
use super::sign_in::{end_previous, user_agent};
use crate::auth::{Event, SetupError, Token};
use crate::http::{ApiError, App, client, cookie, welcome};

/// Whether somebody must set Baton up.
#[derive(Serialize, ToSchema)]
pub(super) struct SetupState {
    /// Nobody can manage Baton yet.
    needed: bool,
}

/// Whether somebody must set Baton up.
#[utoipa::path(get, path = "/api/v1/setup", tag = "account", security(()),
    responses((status = 200, body = SetupState)))]
pub(super) async fn state(app: Data<App>) -> Result<Json<SetupState>, ApiError> {
    let needed = app.setups().is_needed().await?;
    Ok(Json(SetupState { needed }))
}

/// The link's token, and who the first admin shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Setup {
    /// What follows `#/setup/` in the link.
    token: String,
    /// Sign-in name of the admin.
    name: String,
    /// Password of the admin.
    password: String,
}

/// Uses a setup link up: makes an admin and signs in.
#[utoipa::path(post, path = "/api/v1/setup", tag = "account", security(()),
    request_body = Setup,
    responses((status = 200, body = Me), (status = 403), (status = 409), (status = 410),
        (status = 429)))]
pub(super) async fn redeem(
    request: HttpRequest,
    app: Data<App>,
    body: Json<Setup>,
) -> Result<HttpResponse, ApiError> {
    let Setup {
        token,
        name,
        password,
    } = body.into_inner();
    let address = client::address(&request, app.trusted_proxies());
    let password = Secret::new(password);
    let user = match try_link(&app, &token, &name, password, address).await? {
        Ok(user) => user,
        Err(error) => return Err(refuse_recorded(&app, &name, address, error).await),
    };
    welcome(&app, user.id).await;
    app.store().users().record_sign_in(user.id).await?;
    let agent = user_agent(&request);
    let (token, caller) = app.logins().begin(&user, address, &agent).await?;
    app.auditor()
        .record(Event::new("setup.use").by(&caller))
        .await;
    end_previous(&request, &app).await;
    let is_https = app.hosts().is_https();
    Ok(HttpResponse::Ok()
        .cookie(cookie::make(&token, app.logins().absolute(), is_https))
        .json(Me::new(&app, &caller)))
}

/// Tries the link, counted by address: a token cannot be guessed, but guessing costs us.
async fn try_link(
    app: &App,
    token: &str,
    name: &str,
    password: Secret<String>,
    address: IpAddr,
) -> Result<Result<User, SetupError>, ApiError> {
    let throttle = app.sign_in().throttle();
    let reservation = throttle.begin_nameless("setup", address).await;
    let reservation = reservation.map_err(ApiError::throttled)?;
    let redeemed = match Token::parse(token) {
        Some(token) => app.setups().redeem(&token, name, password).await,
        None => Err(SetupError::Unknown),
    };
    match &redeemed {
        Ok(_) => reservation.succeeded().await,
        // Whoever gets this far holds the link, or the store is at fault.
        Err(SetupError::Password(_) | SetupError::Store(_)) => reservation.not_tried().await,
        // Dropped, it stays counted.
        Err(SetupError::Used | SetupError::Expired | SetupError::Unknown) => drop(reservation),
    }
    Ok(redeemed)
}

/// Refuses, and writes down what somebody did who holds or held a link. A guess is only logged: a
/// flood of guesses must not become a flood of rows.
async fn refuse_recorded(app: &App, name: &str, address: IpAddr, error: SetupError) -> ApiError {
    if matches!(error, SetupError::Unknown) {
        tracing::warn!(%address, "Unknown setup link refused");
    } else {
        let event = Event::new("setup.use").by_stranger(None, name, address);
        app.auditor().record(event.denied()).await;
    }
    refuse(error)
}

fn refuse(error: SetupError) -> ApiError {
    match error {
        SetupError::Used => ApiError::new(
            StatusCode::GONE,
            "setup_link_used",
            "This link was used already. Sign in, or make a new one: baton admin setup-link.",
        ),
        SetupError::Expired => ApiError::new(
            StatusCode::GONE,
            "setup_link_expired",
            "This link has expired. Make a new one: baton admin setup-link.",
        ),
        SetupError::Unknown => ApiError::forbidden(
            "setup_link_unknown",
            "This link is not known here, or a newer one replaced it.",
        ),
        SetupError::Password(error) => unfit(&error),
        SetupError::Store(error) => error.into(),
    }
}
