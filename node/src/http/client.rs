//! Whose request it is: the peer, or what a trusted proxy says.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;

use crate::config::Network;

/// The client's address. `X-Forwarded-For` counts only from trusted proxies, from the right, up to
/// the first address that is not one of them (OWASP ASVS 5.0, 15.3.4).
pub(super) fn address(request: &HttpRequest, trusted: &[Network]) -> IpAddr {
    let peer = request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    resolve(peer, request.headers(), trusted)
}

fn resolve(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(address));
    if !is_trusted(peer) {
        return peer.to_canonical();
    }
    let lines: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .collect();
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    let mut client = peer;
    for hop in hops {
        let Ok(address) = hop.trim().parse::<IpAddr>() else {
            break;
        };
        client = address;
        if !is_trusted(address) {
            break;
        }
    }
    client.to_canonical()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn client(peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(
                HeaderName::from_static("x-forwarded-for"),
                HeaderValue::from_str(line).unwrap(),
            );
        }
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        resolve(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_an_address() {
        assert_eq!(client("192.0.2.1", &["6.6.6.6"]), "192.0.2.1");
    }

    #[test]
    fn behind_proxies_the_first_stranger_from_the_right_counts() {
        assert_eq!(
            client("10.0.0.1", &["6.6.6.6, 192.0.2.9, 10.0.0.2"]),
            "192.0.2.9"
        );
        assert_eq!(client("10.0.0.1", &["6.6.6.6", "192.0.2.9"]), "192.0.2.9");
        assert_eq!(
            client("::ffff:10.0.0.1", &["::ffff:192.0.2.9"]),
            "192.0.2.9"
        );
    }

    #[test]
    fn garbage_from_a_proxy_falls_back_to_what_is_known() {
        assert_eq!(client("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["nonsense, 10.0.0.3"]), "10.0.0.3");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }
}
