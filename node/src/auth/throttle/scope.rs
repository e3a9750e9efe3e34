//! What is counted: a user, an address, a pair. Names are hashed; people type passwords there.

use std::net::IpAddr;

use sha2::{Digest as _, Sha256};

use super::limits::{Limit, Limits};

/// A hashed thing to count.
pub(super) type ScopeKey = [u8; 16];

/// The three scopes of one try, each with its limit: pair, user, address.
pub(super) fn scopes(limits: &Limits, name: &str, address: IpAddr) -> [(ScopeKey, Limit); 3] {
    let name = name.trim().to_lowercase();
    let network = network(address);
    [
        (key("pair", &[name.as_bytes(), &network]), limits.pair()),
        (key("user", &[name.as_bytes()]), limits.user()),
        (key("address", &[&network]), limits.address()),
    ]
}

/// The scopes of a try without a name, which only has an address: a guess at the one-time link.
/// None of them is shared with other addresses, so that a stranger keeps nobody else waiting.
pub(super) fn scopes_of_address(
    limits: &Limits,
    what: &str,
    address: IpAddr,
) -> [(ScopeKey, Limit); 3] {
    let (what, network) = (what.as_bytes(), network(address));
    [
        (key("nameless", &[what, &network]), limits.pair()),
        (key("nameless-wide", &[what, &network]), limits.user()),
        (key("address", &[&network]), limits.address()),
    ]
}

/// An IPv4 address, or the /64 an IPv6 address lies in: one subscriber owns all of it.
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().into_iter().take(8).collect(),
    }
}

fn key(scope: &str, parts: &[&[u8]]) -> ScopeKey {
    let mut hash = Sha256::new();
    hash.update(scope);
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut key = ScopeKey::default();
    for (to, from) in key.iter_mut().zip(digest) {
        *to = from;
    }
    key
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIMITS: Limits = Limits {
        free: 1,
        longest: Duration::from_secs(1),
        forget_after: Duration::from_secs(1),
    };

    fn keys(name: &str, address: &str) -> [ScopeKey; 3] {
        scopes(&LIMITS, name, address.parse().unwrap()).map(|(key, _)| key)
    }

    #[test]
    fn a_slash_64_counts_as_one_and_mapped_addresses_as_ipv4() {
        assert_eq!(keys("a", "2001:db8::1"), keys("a", "2001:db8::ffff:1"));
        assert_ne!(keys("a", "2001:db8::1")[2], keys("a", "2001:db8:0:1::1")[2]);
        assert_eq!(keys("a", "::ffff:10.0.0.1"), keys("A ", "10.0.0.1"));
    }
}
