//! Which addresses may be dialled: pure checks on the resolved address, whatever its spelling.
//!
//! An IPv6 address can carry an IPv4 one (mapped, compatible, NAT64, 6to4, Teredo); every address
//! carried must pass as well, or a policy for 169.254.0.0/16 would be walked around.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::AddressPolicy;

/// Networks no target may have by default: cloud metadata services (link-local, 168.63.129.16 of
/// Azure, `fd00:ec2::254` of AWS) and addresses that name no machine.
const METADATA: [(IpAddr, u8); 9] = [
    (IpAddr::V4(Ipv4Addr::new(169, 254, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)), 32),
    (IpAddr::V4(Ipv4Addr::UNSPECIFIED), 8),
    (IpAddr::V4(Ipv4Addr::new(224, 0, 0, 0)), 4),
    (IpAddr::V4(Ipv4Addr::BROADCAST), 32),
    (IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
    (
        IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
        128,
    ),
    (IpAddr::V6(Ipv6Addr::UNSPECIFIED), 128),
    (IpAddr::V6(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0)), 8),
];

impl AddressPolicy {
    /// The default: everything except metadata services and addresses that name no machine.
    pub fn metadata_denied() -> Self {
        Self {
            deny: METADATA.to_vec(),
            allow: Vec::new(),
        }
    }

    /// Whether `address`, and every address it carries, may be dialled.
    pub fn permits(&self, address: IpAddr) -> bool {
        faces(address).into_iter().all(|face| {
            !listed(&self.deny, face) || listed(&self.allow, face) || listed(&self.allow, address)
        })
    }
}

fn listed(networks: &[(IpAddr, u8)], address: IpAddr) -> bool {
    networks
        .iter()
        .any(|(network, length)| contains(*network, *length, address))
}

/// Whether the network holds the address; families never match each other.
fn contains(network: IpAddr, length: u8, address: IpAddr) -> bool {
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let shift = 32_u32.saturating_sub(u32::from(length));
            let differing = network.to_bits() ^ address.to_bits();
            differing.checked_shr(shift).unwrap_or(0) == 0
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let shift = 128_u32.saturating_sub(u32::from(length));
            let differing = network.to_bits() ^ address.to_bits();
            differing.checked_shr(shift).unwrap_or(0) == 0
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// The address and every IPv4 address that it carries.
fn faces(address: IpAddr) -> Vec<IpAddr> {
    let mut faces = vec![address];
    if let IpAddr::V6(six) = address {
        faces.extend(carried(six).into_iter().map(IpAddr::V4));
    }
    faces
}

fn carried(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let bits = address.to_bits();
    // The 32 bits that end `below` bits from the right; the cut is meant.
    let four = |below: u32| {
        Ipv4Addr::from_bits(u32::try_from((bits >> below) & u128::from(u32::MAX)).unwrap_or(0))
    };
    let [first, second, ..] = address.segments();
    match (first, second) {
        // Loopback and unspecified are addresses of their own, not compatible ones.
        (0, 0) if address.is_loopback() || address.is_unspecified() => Vec::new(),
        // IPv4-mapped, IPv4-compatible and IPv4-translated (RFC 4291 §2.5.5, RFC 2765 §2.1).
        (0, 0) if bits >> 64 == 0 => vec![four(0)],
        // NAT64, well known and local prefixes (RFC 6052 §2.2, RFC 8215).
        (0x64, 0xff9b) => {
            let mut carried = vec![four(0)];
            let split = split_by_zero_octet(bits);
            carried.extend((!split.is_unspecified()).then_some(split));
            carried
        }
        // 6to4 (RFC 3056 §2).
        (0x2002, _) => vec![four(80)],
        // Teredo: server, and client with every bit flipped (RFC 4380 §4).
        (0x2001, 0) => vec![four(64), Ipv4Addr::from_bits(!four(0).to_bits())],
        _ => Vec::new(),
    }
}

/// The address after a NAT64 prefix of 48 bits: two octets, an octet of zero, two more.
fn split_by_zero_octet(bits: u128) -> Ipv4Addr {
    let octet = |below: u32| u8::try_from((bits >> below) & 0xff).unwrap_or(0);
    Ipv4Addr::new(octet(72), octet(64), octet(48), octet(40))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_addresses_are_refused_in_every_spelling() {
        let policy = AddressPolicy::metadata_denied();
        for (address, permitted) in [
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("192.168.0.1", true),
            ("8.8.8.8", true),
            ("169.253.255.255", true),
            ("169.255.0.0", true),
            ("168.63.129.17", true),
            ("::1", true),
            ("2001:db8::1", true),
            ("fd00:ec2::253", true),
            ("fec0::1", true),
            ("::ffff:10.0.0.1", true),
            ("64:ff9b::10.0.0.1", true),
            ("2002:a00:1::1", true),
            ("169.254.169.254", false),
            ("169.254.0.0", false),
            ("168.63.129.16", false),
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("224.0.0.1", false),
            ("239.255.255.255", false),
            ("255.255.255.255", false),
            ("::", false),
            ("fe80::1", false),
            ("febf::1", false),
            ("ff02::1", false),
            ("fd00:ec2::254", false),
            ("::ffff:169.254.169.254", false),
            ("::ffff:a9fe:a9fe", false),
            ("::169.254.169.254", false),
            ("::ffff:0:169.254.169.254", false),
            ("64:ff9b::169.254.169.254", false),
            ("64:ff9b:1::169.254.169.254", false),
            ("64:ff9b:1:a9fe:a9:fe00::", false),
            ("2002:a9fe:a9fe::1", false),
            ("2001:0:a9fe:a9fe::1", false),
            ("2001:0:102:304:0:0:5601:5601", false),
            ("::ffff:0.0.0.0", false),
        ] {
            let parsed: IpAddr = address.parse().unwrap();
            assert_eq!(policy.permits(parsed), permitted, "{address}");
        }
    }

    #[test]
    fn allow_wins_over_deny_for_the_same_address_only() {
        let policy = AddressPolicy {
            deny: vec![("0.0.0.0".parse().unwrap(), 0), ("::".parse().unwrap(), 0)],
            allow: vec![("10.0.0.0".parse().unwrap(), 8)],
        };
        assert!(policy.permits("10.9.8.7".parse().unwrap()));
        assert!(!policy.permits("11.0.0.1".parse().unwrap()));
        assert!(!policy.permits("::1".parse().unwrap()));
    }

    #[test]
    fn an_absurd_prefix_length_means_one_address() {
        let policy = AddressPolicy {
            deny: vec![("10.0.0.1".parse().unwrap(), 200)],
            allow: Vec::new(),
        };
        assert!(!policy.permits("10.0.0.1".parse().unwrap()));
        assert!(policy.permits("10.0.0.2".parse().unwrap()));
    }
}
