//! The guard: which `Host` and which `Origin` may speak to us.
//!
//! DNS rebinding makes a stranger's page reach us under its own name, so the `Host` must be one of
//! ours: the public URL's, or, without one, an address literal or `localhost`, which no stranger can
//! own. Changing requests and sockets must come from our own pages: exact `Origin`.

use std::net::{IpAddr, SocketAddr};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{COOKIE, HeaderName, HeaderValue, ORIGIN, UPGRADE};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::{ApiError, App};
use crate::config::PublicUrl;

/// Which hosts and origins are ours.
#[derive(Clone, Debug)]
pub struct Hosts {
    public: Option<PublicUrl>,
    listen: SocketAddr,
    has_tls: bool,
}

impl Hosts {
    /// From the configuration; `listen` is the address actually bound.
    pub const fn new(public: Option<PublicUrl>, listen: SocketAddr, has_tls: bool) -> Self {
        Self {
            public,
            listen,
            has_tls,
        }
    }

    /// The hosts of the operations listener: its own address, and the public name as well.
    pub(super) fn for_operations(&self, listen: SocketAddr) -> Self {
        Self::new(self.public.clone(), listen, false)
    }

    /// Whether `host` is ours, whatever the port: other listeners have other ones.
    pub(super) fn is_ours_on_any_port(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let public = self.public.as_ref();
        self.is_local(&host) || public.is_some_and(|url| name_of(url.host()) == name_of(&host))
    }

    /// Whether browsers reach us by TLS, here or at a proxy.
    pub fn is_https(&self) -> bool {
        self.has_tls || self.public.as_ref().is_some_and(PublicUrl::is_https)
    }

    /// The origin of pages served under `host`; none when the host is not ours.
    pub fn origin_of(&self, host: &str) -> Option<String> {
        let host = host.to_ascii_lowercase();
        if let Some(public) = &self.public {
            return (public.host() == host || with_default_port(public, &host))
                .then(|| public.origin().to_owned());
        }
        let scheme = if self.has_tls { "https" } else { "http" };
        self.is_local(&host).then(|| format!("{scheme}://{host}"))
    }

    /// An address literal we may listen on, or `localhost`, with any port (port forwards).
    fn is_local(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => {
                if port.parse::<u16>().is_err() {
                    return false;
                }
                name
            }
            _ => host,
        };
        if name == "localhost" {
            return true;
        }
        let literal = name
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(name);
        let Ok(address) = literal.parse::<IpAddr>() else {
            return false;
        };
        let ours = self.listen.ip();
        ours.is_unspecified() || address == ours || (ours.is_loopback() && address.is_loopback())
    }
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        _ => host,
    }
}

/// Proxies may spell the default port out.
fn with_default_port(public: &PublicUrl, host: &str) -> bool {
    let port = if public.is_https() { ":443" } else { ":80" };
    host.strip_suffix(port) == Some(public.host())
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses requests under foreign names and from foreign pages.
pub(super) async fn guard<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let app = request
        .app_data::<Data<App>>()
        .cloned()
        .ok_or_else(ApiError::internal)?;
    if let Err(refusal) = check(&request, app.hosts()) {
        return Ok(request.error_response(refusal));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

fn check(request: &ServiceRequest, hosts: &Hosts) -> Result<(), ApiError> {
    let host = host_of(request).and_then(|host| hosts.origin_of(&host));
    let own = host.ok_or_else(|| {
        ApiError::new(
            StatusCode::MISDIRECTED_REQUEST,
            "bad_host",
            "Baton is not reached under this name. Set server.public_url to the name you use.",
        )
    })?;
    let is_socket = request.headers().contains_key(UPGRADE);
    let is_change = !matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if is_change || is_socket {
        check_origin(request, &own, is_socket)?;
    }
    if is_change || is_socket || request.path().starts_with("/api/") {
        check_site(request)?;
    }
    Ok(())
}

/// HTTP/2 carries the name in the request's target, HTTP/1.1 in `Host`.
pub(super) fn host_of(request: &ServiceRequest) -> Option<String> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.as_str().to_owned());
    }
    let mut hosts = request.headers().get_all(actix_web::http::header::HOST);
    let host = hosts.next()?.to_str().ok()?.to_owned();
    hosts.next().is_none().then_some(host)
}

fn check_origin(request: &ServiceRequest, own: &str, is_socket: bool) -> Result<(), ApiError> {
    let refused = || {
        ApiError::forbidden(
            "bad_origin",
            "This request came from a page that is not Baton's.",
        )
    };
    let mut origins = request.headers().get_all(ORIGIN);
    match (origins.next(), origins.next()) {
        (Some(origin), None) if origin.as_bytes() == own.as_bytes() => Ok(()),
        // Not a browser: browsers always send `Origin` here. Without a cookie there is nothing to
        // abuse.
        (None, None) if !is_socket && !request.headers().contains_key(COOKIE) => Ok(()),
        _ => Err(refused()),
    }
}

/// Fetch metadata says it as well, in browsers that send it (W3C Fetch Metadata).
fn check_site(request: &ServiceRequest) -> Result<(), ApiError> {
    match request
        .headers()
        .get(SEC_FETCH_SITE)
        .map(HeaderValue::as_bytes)
    {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(ApiError::forbidden(
            "bad_origin",
            "This request came from a page that is not Baton's.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(public: Option<&str>, listen: &str, has_tls: bool) -> Hosts {
        let public = public.map(|url| url.parse().unwrap());
        Hosts::new(public, listen.parse().unwrap(), has_tls)
    }

    #[test]
    fn without_a_public_url_only_names_that_nobody_else_can_own_are_ours() {
        let hosts = hosts(None, "127.0.0.1:8080", false);
        for ours in ["localhost:8080", "LOCALHOST", "127.0.0.1:9", "[::1]:8080"] {
            assert!(hosts.origin_of(ours).is_some(), "{ours}");
        }
        for foreign in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "localhost:80x",
            "",
            "[::1",
            "127.0.0.1:8080@evil",
        ] {
            assert!(hosts.origin_of(foreign).is_none(), "{foreign}");
        }
    }

    #[test]
    fn on_every_interface_any_literal_is_ours_but_no_name() {
        let hosts = hosts(None, "0.0.0.0:8080", true);
        let origin = hosts.origin_of("192.0.2.7:8080");
        assert_eq!(origin.as_deref(), Some("https://192.0.2.7:8080"));
        assert!(hosts.origin_of("rebound.example:8080").is_none());
    }

    #[test]
    fn operations_are_reached_by_address_and_by_the_public_name() {
        let public = hosts(Some("https://baton.example:8443"), "0.0.0.0:443", true);
        let ops = public.for_operations("127.0.0.1:8081".parse().unwrap());
        for ours in [
            "127.0.0.1:8081",
            "localhost:9",
            "[::1]",
            "Baton.Example:8081",
        ] {
            assert!(ops.is_ours_on_any_port(ours), "{ours}");
        }
        for foreign in [
            "rebound.example:8081",
            "10.0.0.1:8081",
            "x.baton.example",
            "",
        ] {
            assert!(!ops.is_ours_on_any_port(foreign), "{foreign}");
        }
    }

    #[test]
    fn with_a_public_url_only_it_is_ours() {
        let hosts = hosts(Some("https://baton.example"), "127.0.0.1:8080", false);
        for ours in ["baton.example", "Baton.Example:443"] {
            let origin = hosts.origin_of(ours);
            assert_eq!(origin.as_deref(), Some("https://baton.example"), "{ours}");
        }
        for foreign in ["baton.example:8443", "x.baton.example", "localhost:8080"] {
            assert!(hosts.origin_of(foreign).is_none(), "{foreign}");
        }
        assert!(hosts.is_https());
    }
}
