//! Networks and origins as the configuration writes them.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An address range in CIDR notation (RFC 4632, RFC 4291 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Any address of the range.
    pub address: IpAddr,
    /// Leading bits that count.
    pub prefix: u8,
}

impl Network {
    /// Whether `address` lies within; an IPv4-mapped IPv6 address counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let shift = 32_u32.saturating_sub(u32::from(self.prefix));
                same_prefix(
                    u128::from(ours.to_bits()),
                    u128::from(theirs.to_bits()),
                    shift,
                )
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let shift = 128_u32.saturating_sub(u32::from(self.prefix));
                same_prefix(ours.to_bits(), theirs.to_bits(), shift)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

fn same_prefix(ours: u128, theirs: u128, shift: u32) -> bool {
    ours.checked_shr(shift) == theirs.checked_shr(shift)
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_not_an_address| {
            format!("\"{text}\" is not a network; write it like 10.0.0.0/8")
        })?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => most,
            Some(digits) => digits
                .parse()
                .ok()
                .filter(|bits| *bits <= most)
                .ok_or_else(|| format!("\"{text}\" needs a prefix length from 0 to {most}"))?,
        };
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// Scheme, host and port under which browsers reach Baton.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    host: String,
    is_https: bool,
}

impl PublicUrl {
    /// The origin exactly as a browser sends it (RFC 6454 §6.2): no default port, lower case.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The `Host` header a browser sends: host, and the port unless it is the default.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether browsers use TLS, here or at a proxy.
    pub const fn is_https(&self) -> bool {
        self.is_https
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "\"{text}\" is not scheme, host and port; write it like https://baton.example.org"
            )
        };
        let lower = text.trim_end_matches('/').to_ascii_lowercase();
        let (scheme, rest) = lower.split_once("://").ok_or_else(wrong)?;
        let (is_https, default_port) = match scheme {
            "https" => (true, "443"),
            "http" => (false, "80"),
            _ => return Err(wrong()),
        };
        if rest.is_empty() || rest.contains(['/', '?', '#', '@', ' ', ',']) {
            return Err(wrong());
        }
        let (name, port) = split_port(rest);
        if name.is_empty() || port.is_some_and(|p| p.parse::<u16>().is_err()) {
            return Err(wrong());
        }
        let host = match port {
            Some(port) if port != default_port => format!("{name}:{port}"),
            _ => name.to_owned(),
        };
        Ok(Self {
            origin: format!("{scheme}://{host}"),
            host,
            is_https,
        })
    }
}

/// Splits `host:port`, leaving the colons of `[::1]` alone.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_its_mapped_form() {
        let net: Network = "169.254.0.0/16".parse().unwrap();
        assert!(net.contains("169.254.169.254".parse().unwrap()));
        assert!(net.contains("::ffff:169.254.169.254".parse().unwrap()));
        assert!(!net.contains("169.255.0.1".parse().unwrap()));
        let all: Network = "::/0".parse().unwrap();
        assert!(all.contains("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn nonsense_networks_are_refused_with_an_example() {
        for text in ["10.0.0.0/33", "10.0.0/8", "", "::/129", "10.0.0.0/-1"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_origin_drops_the_default_port_and_the_slash() {
        let url: PublicUrl = "HTTPS://Baton.Example.org:443/".parse().unwrap();
        assert_eq!(url.origin(), "https://baton.example.org");
        assert_eq!(url.host(), "baton.example.org");
        let url: PublicUrl = "http://[::1]:8080".parse().unwrap();
        assert_eq!(url.host(), "[::1]:8080");
    }

    #[test]
    fn a_url_with_a_path_or_user_is_refused() {
        for text in [
            "https://a/b",
            "ftp://a",
            "https://u@a",
            "a",
            "https://",
            "https://a:b",
        ] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
    }
}
