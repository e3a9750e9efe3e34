//! The login cookie: opaque, out of reach of scripts, sent to nobody else.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as CookieSpan;
use actix_web::cookie::{Cookie, SameSite};

use crate::auth::Token;

/// Under TLS: bound to this host, path `/` and `Secure` by its prefix (RFC 6265bis §4.1.3.2).
const SECURE_NAME: &str = "__Host-baton";

/// Without TLS, where browsers refuse the prefix; for loopback and tests.
const PLAIN_NAME: &str = "baton";

const fn name(is_https: bool) -> &'static str {
    if is_https { SECURE_NAME } else { PLAIN_NAME }
}

/// The token of a request, if it has one. Two cookies of the name are as good as none.
pub(super) fn read(request: &HttpRequest, is_https: bool) -> Option<Token> {
    let cookies = request.cookies().ok()?;
    let mut ours = cookies.iter().filter(|c| c.name() == name(is_https));
    let token = Token::parse(ours.next()?.value())?;
    ours.next().is_none().then_some(token)
}

/// The cookie that carries a token.
pub(super) fn make(token: &Token, life: Duration, is_https: bool) -> Cookie<'static> {
    let life = i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
    build(token.encode(), is_https)
        .max_age(CookieSpan::seconds(life))
        .finish()
}

/// The cookie that makes the browser forget.
pub(super) fn forget(is_https: bool) -> Cookie<'static> {
    build(String::new(), is_https)
        .max_age(CookieSpan::ZERO)
        .finish()
}

fn build(value: String, is_https: bool) -> actix_web::cookie::CookieBuilder<'static> {
    Cookie::build(name(is_https), value)
        .path("/")
        .http_only(true)
        .secure(is_https)
        .same_site(SameSite::Strict)
}
