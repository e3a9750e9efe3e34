//! Which algorithms we offer, and in which order.
//!
//! SHA-1 and CBC are offered only where a target's settings ask for them. Compression is
//! never offered: it costs more than it saves and lets a server send bombs.

use std::borrow::Cow;

use russh::client::GexParams;
use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::{Preferred, cipher, compression, kex, mac};

const KEX: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_G16_SHA512,
    kex::DH_G18_SHA512,
    kex::DH_GEX_SHA256,
    kex::DH_G14_SHA256,
    kex::EXTENSION_SUPPORT_AS_CLIENT,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
];

const LEGACY_KEX: &[kex::Name] = &[kex::DH_G14_SHA1, kex::DH_GEX_SHA1, kex::DH_G1_SHA1];

/// AES first: every machine that runs a gateway has instructions for it.
const CIPHERS: &[cipher::Name] = &[
    cipher::AES_256_GCM,
    cipher::CHACHA20_POLY1305,
    cipher::AES_128_GCM,
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
];

const LEGACY_CIPHERS: &[cipher::Name] = &[
    cipher::AES_256_CBC,
    cipher::AES_192_CBC,
    cipher::AES_128_CBC,
];

const MACS: &[mac::Name] = &[
    mac::HMAC_SHA256_ETM,
    mac::HMAC_SHA512_ETM,
    mac::HMAC_SHA256,
    mac::HMAC_SHA512,
];

const LEGACY_MACS: &[mac::Name] = &[mac::HMAC_SHA1_ETM, mac::HMAC_SHA1];

const COMPRESSION: &[compression::Name] = &[compression::NONE];

const HOST_KEYS: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP256,
    },
    Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP384,
    },
    Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP521,
    },
    Algorithm::Rsa {
        hash: Some(HashAlg::Sha512),
    },
    Algorithm::Rsa {
        hash: Some(HashAlg::Sha256),
    },
];

/// What to offer. Host key algorithms of keys we know come first, so that a server with several
/// keys shows the one we can recognise; `avoid` leaves out those that did not match.
pub(crate) fn preferred(legacy: bool, known: &[Algorithm], avoid: &[Algorithm]) -> Preferred {
    let with = |usual: &[kex::Name]| {
        let mut all = usual.to_vec();
        if legacy {
            // Before the extension markers or after makes no difference: they are not methods.
            all.extend_from_slice(LEGACY_KEX);
        }
        all
    };
    let mut ciphers = CIPHERS.to_vec();
    let mut macs = MACS.to_vec();
    let mut keys = HOST_KEYS.to_vec();
    if legacy {
        ciphers.extend_from_slice(LEGACY_CIPHERS);
        macs.extend_from_slice(LEGACY_MACS);
        keys.push(Algorithm::Rsa { hash: None });
    }
    keys.retain(|key| !avoid.iter().any(|other| same_family(key, other)));
    // A stable sort keeps our order among the known and among the others.
    keys.sort_by_key(|key| !known.iter().any(|other| same_family(key, other)));
    Preferred {
        kex: Cow::Owned(with(KEX)),
        key: Cow::Owned(keys),
        host_key_certificates: Cow::Borrowed(&[]),
        cipher: Cow::Owned(ciphers),
        mac: Cow::Owned(macs),
        compression: Cow::Borrowed(COMPRESSION),
    }
}

/// Group sizes for key exchanges that choose their group (RFC 4419): none below 2048 bits.
pub(crate) fn groups() -> GexParams {
    GexParams::new(2048, 3072, 8192).unwrap_or_default()
}

/// Whether two algorithm names are served by the same host key.
fn same_family(one: &Algorithm, other: &Algorithm) -> bool {
    match (one, other) {
        (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }) => true,
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_key_comes_first_and_others_stay_possible() {
        let known = [Algorithm::Rsa { hash: None }];
        let offered = preferred(false, &known, &[]).key;
        assert_eq!(
            offered[0],
            Algorithm::Rsa {
                hash: Some(HashAlg::Sha512)
            }
        );
        assert_eq!(offered.len(), HOST_KEYS.len());
        assert!(!offered.contains(&Algorithm::Rsa { hash: None }));
    }

    #[test]
    fn old_algorithms_need_the_settings_consent() {
        let usual = preferred(false, &[], &[]);
        let legacy = preferred(true, &[], &[]);
        assert!(!usual.kex.contains(&kex::DH_G1_SHA1));
        assert!(!usual.mac.contains(&mac::HMAC_SHA1));
        assert!(!usual.cipher.contains(&cipher::AES_128_CBC));
        assert!(legacy.kex.contains(&kex::DH_G1_SHA1));
        assert!(legacy.mac.contains(&mac::HMAC_SHA1));
        assert!(legacy.cipher.contains(&cipher::AES_128_CBC));
        assert!(legacy.key.contains(&Algorithm::Rsa { hash: None }));
        assert_eq!(usual.compression.len(), 1);
    }

    #[test]
    fn algorithms_that_did_not_match_are_left_out() {
        let offered = preferred(true, &[], &[Algorithm::Rsa { hash: None }]).key;
        assert!(
            offered
                .iter()
                .all(|key| !matches!(key, Algorithm::Rsa { .. }))
        );
    }
}
