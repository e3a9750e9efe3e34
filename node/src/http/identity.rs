//! Who a request comes from: found out before anything else of it is read.
//!
//! A handler that takes one of the extractors is protected. They are ready at once, since `know` has
//! asked before; so a stranger's body is not even parsed.

use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use metrics::counter;

use super::{ApiError, App, client, cookie};
use crate::auth::{Behind, Caller};
use crate::metrics::AUTHZ_DENIED;

/// Marks what the page asks by itself: `1`. It must not keep a login alive for ever.
const BACKGROUND: &str = "x-baton-background";

/// Anybody signed in, also who must still change a password.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Caller);

/// Anybody signed in who may use Baton.
#[derive(Clone, Debug)]
pub struct Member(pub Caller);

/// An admin.
#[derive(Clone, Debug)]
pub struct Admin(pub Caller);

/// What the cookie was worth; taken by the extractor.
struct Known(Result<Caller, ApiError>);

/// Finds the login behind the request's cookie, for the API.
pub(super) async fn know<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    if request.path().starts_with("/api/") {
        let app = request.app_data::<Data<App>>().cloned();
        let app = app.ok_or_else(ApiError::internal)?;
        let known = Known(caller(request.request(), &app).await);
        request.extensions_mut().insert(known);
    }
    next.call(request).await
}

async fn caller(request: &HttpRequest, app: &App) -> Result<Caller, ApiError> {
    let token = cookie::read(request, app.hosts().is_https()).ok_or_else(ApiError::signed_out)?;
    let found = app.logins().identify(&token, behind(request)).await?;
    let mut caller = found.ok_or_else(ApiError::signed_out)?;
    caller.address = Some(client::address(request, app.trusted_proxies()));
    Ok(caller)
}

fn behind(request: &HttpRequest) -> Behind {
    let mark = request.headers().get(BACKGROUND);
    if mark.is_some_and(|mark| mark == "1") {
        Behind::Page
    } else {
        Behind::Person
    }
}

fn signed_in(request: &HttpRequest) -> Result<Caller, ApiError> {
    let known = request.extensions_mut().remove::<Known>();
    known.map_or_else(|| Err(ApiError::internal()), |Known(caller)| caller)
}

fn member(request: &HttpRequest) -> Result<Caller, ApiError> {
    let caller = signed_in(request)?;
    if caller.must_change_password {
        return Err(ApiError::forbidden(
            "must_change_password",
            "Choose a new password first.",
        ));
    }
    Ok(caller)
}

fn admin(request: &HttpRequest) -> Result<Caller, ApiError> {
    let caller = member(request)?;
    if !caller.is_admin {
        counter!(AUTHZ_DENIED, "action" => "admin").increment(1);
        return Err(ApiError::forbidden(
            "admins_only",
            "Only admins may do this.",
        ));
    }
    Ok(caller)
}

impl FromRequest for SignedIn {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(signed_in(request).map(Self))
    }
}

impl FromRequest for Member {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(member(request).map(Self))
    }
}

impl FromRequest for Admin {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admin(request).map(Self))
    }
}
