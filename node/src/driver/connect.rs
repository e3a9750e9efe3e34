//! From a name to a TCP connection: resolve, check, dial the checked address.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use shared::close::CloseReason;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};

use super::failure::Failure;
use super::person::Person;
use super::text::tame_line;
use super::{AddressPolicy, ConnectStep, TargetAddress};

/// Addresses tried of one name; more than a handful is a mistake or an attack.
const MOST_ADDRESSES: usize = 8;

/// Least time one address gets when a name has several.
const LEAST_TIME: Duration = Duration::from_secs(1);

/// Opens a connection to the first address of `target` that the policy permits and that answers.
pub(crate) async fn connect(
    target: &TargetAddress,
    policy: &AddressPolicy,
    limit: Duration,
    person: &mut Person<'_>,
) -> Result<TcpStream, Failure> {
    let host = target.shown_host();
    person
        .tell_step(ConnectStep::Resolving { host: host.clone() })
        .await?;
    let found = resolve(target, limit).await?;
    let permitted: Vec<SocketAddr> = found
        .iter()
        .copied()
        .filter(|address| policy.permits(address.ip()))
        .collect();
    if permitted.is_empty() {
        return Err(forbidden(&host));
    }
    dial_each(&permitted, target, limit, person).await
}

/// Refuses a literal address that the policy forbids, where somebody else will resolve the name.
pub(crate) fn check_literal(target: &TargetAddress, policy: &AddressPolicy) -> Result<(), Failure> {
    match literal(target.bare_host()) {
        Some(address) if !policy.permits(address) => Err(forbidden(&target.shown_host())),
        Some(_) | None => Ok(()),
    }
}

/// The address that a resolver makes of `host` without asking anybody: every spelling that
/// `getaddrinfo` takes, with a dot at the end or a zone as well.
fn literal(host: &str) -> Option<IpAddr> {
    let host = host.trim().trim_end_matches('.');
    let bare = host
        .split_once('%')
        .map_or(host, |(address, _zone)| address);
    let plain = bare.parse().ok();
    plain.or_else(|| inet_aton(host).map(IpAddr::V4))
}

/// IPv4 as `inet_aton` reads it (POSIX): one to four numbers, decimal, octal or hexadecimal, of
/// which the last fills what is left.
fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let mut parts = text.rsplit('.');
    let last = number(parts.next()?)?;
    let leading: Vec<u32> = parts.map(number).collect::<Option<_>>()?;
    let left = 4_u32.checked_sub(u32::try_from(leading.len()).ok()?)?;
    let room = 32_u32.checked_sub(8 * (4 - left))?;
    if left == 0 || u64::from(last) >= 1_u64 << room {
        return None;
    }
    let mut bits = last;
    // `rsplit` gave them from the right.
    for (place, part) in leading.iter().rev().enumerate() {
        let octet = u32::from(u8::try_from(*part).ok()?);
        bits |= octet << (24 - 8 * u32::try_from(place).ok()?);
    }
    Some(Ipv4Addr::from_bits(bits))
}

fn number(text: &str) -> Option<u32> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = match hexadecimal {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, radix).ok();
    number.filter(|_| is_plain)
}

fn forbidden(host: &str) -> Failure {
    Failure::new(
        CloseReason::AddressForbidden,
        format!("Policy forbids the address of {host}; an admin can allow it."),
    )
}

async fn resolve(target: &TargetAddress, limit: Duration) -> Result<Vec<SocketAddr>, Failure> {
    let host = target.shown_host();
    match timeout(limit, lookup_host((target.bare_host(), target.port))).await {
        Err(_) => Err(Failure::new(
            CloseReason::TimedOut,
            format!("Looking up {host} took longer than {} s.", limit.as_secs()),
        )),
        Ok(Err(_)) => Err(unknown(&host)),
        Ok(Ok(found)) => {
            let found: Vec<SocketAddr> = found.take(MOST_ADDRESSES).collect();
            if found.is_empty() {
                return Err(unknown(&host));
            }
            Ok(found)
        }
    }
}

fn unknown(host: &str) -> Failure {
    Failure::new(
        CloseReason::UnknownHost,
        format!("The name {host} does not resolve; check its spelling and the DNS of the node."),
    )
}

async fn dial_each(
    addresses: &[SocketAddr],
    target: &TargetAddress,
    limit: Duration,
    person: &mut Person<'_>,
) -> Result<TcpStream, Failure> {
    let deadline = Instant::now() + limit;
    let mut failure = unknown(&target.shown_host());
    for (tried, address) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len() - tried).unwrap_or(1);
        let share = (deadline.saturating_duration_since(Instant::now()) / left).max(LEAST_TIME);
        person
            .tell_step(ConnectStep::Connecting {
                address: address.to_string(),
            })
            .await?;
        match timeout(share.min(limit), TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Failing to turn Nagle off costs latency, not correctness.
                drop(stream.set_nodelay(true));
                return Ok(stream);
            }
            Ok(Err(error)) => failure = explain(&error, target),
            Err(_) => failure = silent(target, limit),
        }
    }
    Err(failure)
}

fn silent(target: &TargetAddress, limit: Duration) -> Failure {
    Failure::new(
        CloseReason::TimedOut,
        format!(
            "Nothing answered at {target} within {} s; a firewall may drop the connection.",
            limit.as_secs().max(1)
        ),
    )
}

/// Says why a connection could not be opened.
fn explain(error: &io::Error, target: &TargetAddress) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::new(
            CloseReason::Refused,
            format!("{target} refused the connection; is its server running on that port?"),
        ),
        io::ErrorKind::TimedOut => Failure::new(
            CloseReason::TimedOut,
            format!("Nothing answered at {target}; a firewall may drop the connection."),
        ),
        _ => Failure::new(
            CloseReason::TargetUnreachable,
            format!("{target} cannot be reached: {error}."),
        ),
    }
}

impl TargetAddress {
    /// The host without the brackets of an IPv6 literal.
    pub(crate) fn bare_host(&self) -> &str {
        self.host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(&self.host)
    }

    /// The host as shown to people.
    pub(crate) fn shown_host(&self) -> String {
        tame_line(&self.host, 255)
    }
}

impl std::fmt::Display for TargetAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.shown_host();
        if host.contains(':') && !host.starts_with('[') {
            write!(f, "[{host}]:{}", self.port)
        } else {
            write!(f, "{host}:{}", self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: &str) -> TargetAddress {
        TargetAddress {
            host: host.to_owned(),
            port: 22,
        }
    }

    #[test]
    fn every_way_to_fail_has_its_reason() {
        for (kind, reason) in [
            (io::ErrorKind::ConnectionRefused, CloseReason::Refused),
            (io::ErrorKind::TimedOut, CloseReason::TimedOut),
            (
                io::ErrorKind::HostUnreachable,
                CloseReason::TargetUnreachable,
            ),
            (
                io::ErrorKind::NetworkUnreachable,
                CloseReason::TargetUnreachable,
            ),
            (
                io::ErrorKind::PermissionDenied,
                CloseReason::TargetUnreachable,
            ),
        ] {
            let failure = explain(&io::Error::from(kind), &address("host"));
            assert!(matches!(failure, Failure::Ended { reason: said, .. } if said == reason));
        }
    }

    #[test]
    fn literals_are_checked_even_where_a_jump_host_would_resolve_them() {
        let policy = AddressPolicy::metadata_denied();
        assert!(check_literal(&address("169.254.169.254"), &policy).is_err());
        assert!(check_literal(&address("[fe80::1]"), &policy).is_err());
        assert!(check_literal(&address("10.0.0.1"), &policy).is_ok());
        assert!(check_literal(&address("inside.example"), &policy).is_ok());
    }

    #[test]
    fn every_spelling_that_a_resolver_takes_is_checked() {
        let policy = AddressPolicy::metadata_denied();
        for host in [
            "169.254.169.254.",
            "0xa9fea9fe",
            "0XA9FEA9FE",
            "2852039166",
            "025177524776",
            "0251.0376.0251.0376",
            "0xa9.0xfe.0xa9.0xfe",
            "169.254.43518",
            "169.16689662",
            "fe80::1%eth0",
            "::ffff:169.254.169.254.",
            "0",
            "0x0",
        ] {
            let checked = check_literal(&address(host), &policy);
            assert!(checked.is_err(), "{host}");
        }
        for host in [
            "10.1",
            "0x7f.1",
            "08",
            "1.2.3.4.5",
            "256.1.1.1",
            "1.2.3.256",
            "4294967296",
            "0x",
            "+1",
            "",
            ".",
            "a9fea9fe",
        ] {
            let checked = check_literal(&address(host), &policy);
            assert!(checked.is_ok(), "{host}");
        }
        assert_eq!(literal("10.1"), "10.0.0.1".parse().ok());
        assert_eq!(literal("0x7f.1"), "127.0.0.1".parse().ok());
        assert_eq!(literal("1.2.772"), "1.2.3.4".parse().ok());
        assert_eq!(literal("256.1.1.1"), None);
    }

    #[test]
    fn addresses_are_shown_unambiguously() {
        assert_eq!(address("host").to_string(), "host:22");
        assert_eq!(address("::1").to_string(), "[::1]:22");
        assert_eq!(address("[::1]").to_string(), "[::1]:22");
    }
}
