//! From a name to a TCP connection: resolve, check, dial the checked address.

use std::io;
use std::net::{IpAddr, SocketAddr};
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
    match target.bare_host().parse::<IpAddr>() {
        Ok(address) if !policy.permits(address) => Err(forbidden(&target.shown_host())),
        Ok(_) | Err(_) => Ok(()),
    }
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
    fn addresses_are_shown_unambiguously() {
        assert_eq!(address("host").to_string(), "host:22");
        assert_eq!(address("::1").to_string(), "[::1]:22");
        assert_eq!(address("[::1]").to_string(), "[::1]:22");
    }
}
