//! The first admin: the one-time link's page talks to these.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
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
    responses((status = 200, body = Me), (status = 403), (status = 409), (status = 410)))]
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
    let redeemed = match Token::parse(&token) {
        Some(token) => {
            let password = Secret::new(password);
            app.setups().redeem(&token, &name, password).await
        }
        None => Err(SetupError::Unknown),
    };
    let user = match redeemed {
        Ok(user) => user,
        Err(error) => {
            let event = Event::new("setup.use").by_stranger(None, &name, address);
            app.auditor().record(event.denied()).await;
            return Err(refuse(error));
        }
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
