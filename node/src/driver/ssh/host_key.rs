//! Whether a host key is acceptable: a pure decision over the policy and what is known.

use russh::keys::{Algorithm, HashAlg, PublicKey};
use shared::close::CloseReason;

use super::known_hosts;
use crate::driver::failure::Failure;
use crate::driver::{HostKeyPolicy, TargetAddress};

/// What to do about a host key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the one we know.
    Trusted,
    /// Nothing was known; accept it and store it.
    FirstUse,
    /// Nothing was known; a person must confirm it.
    Confirm,
    /// Another key is known.
    Changed {
        /// Fingerprints of the keys we know.
        known: Vec<String>,
    },
    /// Nothing is known, and the policy wants it known.
    Unknown,
    /// It is marked as revoked.
    Revoked,
    /// The policy names keys, and none of them can be read.
    Unreadable,
}

/// SHA-256 fingerprint as OpenSSH prints it.
pub(crate) fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// Fingerprint of a key in OpenSSH public key format.
pub(crate) fn fingerprint_of_line(line: &str) -> Option<String> {
    PublicKey::from_openssh(line)
        .ok()
        .map(|key| fingerprint(&key))
}

/// One line: algorithm and base64, without a comment.
pub(crate) fn line(key: &PublicKey) -> String {
    let plain = PublicKey::new(key.key_data().clone(), "");
    plain.to_openssh().unwrap_or_default()
}

/// Judges `key`, presented by `address`.
pub(crate) fn judge(policy: &HostKeyPolicy, address: &TargetAddress, key: &PublicKey) -> Verdict {
    match policy {
        HostKeyPolicy::Pinned { keys } => match Listed::read(keys) {
            listed if listed.has(key) => Verdict::Trusted,
            listed if listed.is_empty() => Verdict::Unreadable,
            listed => Verdict::Changed {
                known: listed.fingerprints(),
            },
        },
        HostKeyPolicy::KnownHosts { lines } => judge_known(lines, address, key),
        HostKeyPolicy::TrustOnFirstUse { known } => first_use(known, key, Verdict::FirstUse),
        HostKeyPolicy::AskOnFirstUse { known } => first_use(known, key, Verdict::Confirm),
    }
}

fn first_use(known: &[String], key: &PublicKey, first: Verdict) -> Verdict {
    if known.is_empty() {
        return first;
    }
    match Listed::read(known) {
        listed if listed.has(key) => Verdict::Trusted,
        // Stored keys that cannot be read must not quietly become "first use".
        listed if listed.is_empty() => Verdict::Unreadable,
        listed => Verdict::Changed {
            known: listed.fingerprints(),
        },
    }
}

fn judge_known(lines: &[String], address: &TargetAddress, key: &PublicKey) -> Verdict {
    let known = known_hosts::look_up(lines, address.bare_host(), address.port);
    if known.revoked.iter().any(|other| same(other, key)) {
        Verdict::Revoked
    } else if known.keys.iter().any(|other| same(other, key)) {
        Verdict::Trusted
    } else if !known.keys.is_empty() {
        Verdict::Changed {
            known: known.keys.iter().map(fingerprint).collect(),
        }
    } else if known.unreadable > 0 {
        Verdict::Unreadable
    } else {
        Verdict::Unknown
    }
}

/// Host key algorithms of the keys we know, to be asked for first.
pub(crate) fn known_algorithms(policy: &HostKeyPolicy, address: &TargetAddress) -> Vec<Algorithm> {
    let keys = match policy {
        HostKeyPolicy::Pinned { keys } => Listed::read(keys).keys,
        HostKeyPolicy::TrustOnFirstUse { known } | HostKeyPolicy::AskOnFirstUse { known } => {
            Listed::read(known).keys
        }
        HostKeyPolicy::KnownHosts { lines } => {
            known_hosts::look_up(lines, address.bare_host(), address.port).keys
        }
    };
    keys.iter().map(PublicKey::algorithm).collect()
}

/// Whether certificate authorities are listed for the host; they are ignored, with a notice.
pub(crate) fn names_authorities(policy: &HostKeyPolicy, address: &TargetAddress) -> bool {
    match policy {
        HostKeyPolicy::KnownHosts { lines } => {
            known_hosts::look_up(lines, address.bare_host(), address.port).authorities > 0
        }
        HostKeyPolicy::Pinned { .. }
        | HostKeyPolicy::TrustOnFirstUse { .. }
        | HostKeyPolicy::AskOnFirstUse { .. } => false,
    }
}

/// Whether the policy knows fingerprints without their algorithms, so that a mismatch may only
/// mean that the server showed another of its keys.
pub(crate) fn knows_bare_fingerprints(policy: &HostKeyPolicy) -> bool {
    let lines = match policy {
        HostKeyPolicy::Pinned { keys } => keys,
        HostKeyPolicy::TrustOnFirstUse { known } | HostKeyPolicy::AskOnFirstUse { known } => known,
        HostKeyPolicy::KnownHosts { .. } => return false,
    };
    !Listed::read(lines).bare.is_empty()
}

/// Why the connection is refused; `None` when the verdict lets it go on.
pub(crate) fn refusal(
    verdict: &Verdict,
    address: &TargetAddress,
    key: &PublicKey,
) -> Option<Failure> {
    let offered = fingerprint(key);
    let (reason, text) = match verdict {
        Verdict::Trusted | Verdict::FirstUse | Verdict::Confirm => return None,
        Verdict::Changed { known } => (
            CloseReason::HostKeyChanged,
            format!(
                "The host key of {address} has changed: known is {}, offered now is {offered}. \
                 The server may have been reinstalled, or somebody may be intercepting the \
                 connection. If the change is expected, forget the known key and connect again.",
                known.join(" or ")
            ),
        ),
        Verdict::Revoked => (
            CloseReason::HostKeyChanged,
            format!(
                "The host key of {address} ({offered}) is marked as revoked: it must not be trusted."
            ),
        ),
        Verdict::Unknown => (
            CloseReason::HostKeyUnknown,
            format!(
                "The host key of {address} ({offered}) is not among the known hosts of this \
                 target. Check it with the server's admin and add it."
            ),
        ),
        Verdict::Unreadable => (
            CloseReason::HostKeyUnknown,
            format!(
                "The stored host keys of {address} cannot be read, so its key ({offered}) cannot \
                 be checked. Correct the target's settings."
            ),
        ),
    };
    Some(Failure::new(reason, text))
}

fn same(one: &PublicKey, other: &PublicKey) -> bool {
    one.key_data() == other.key_data()
}

/// Keys and fingerprints as settings list them.
#[derive(Debug, Default)]
struct Listed {
    keys: Vec<PublicKey>,
    bare: Vec<String>,
}

impl Listed {
    fn read(lines: &[String]) -> Self {
        let mut listed = Self::default();
        for line in lines.iter().map(|line| line.trim()) {
            if line.starts_with("SHA256:") {
                listed.bare.push(line.trim_end_matches('=').to_owned());
            } else if let Ok(key) = PublicKey::from_openssh(line) {
                listed.keys.push(key);
            }
        }
        listed
    }

    fn has(&self, key: &PublicKey) -> bool {
        let print = fingerprint(key);
        self.keys.iter().any(|other| same(other, key)) || self.bare.contains(&print)
    }

    fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.bare.is_empty()
    }

    fn fingerprints(&self) -> Vec<String> {
        let keys = self.keys.iter().map(fingerprint);
        keys.chain(self.bare.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    const TWO: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMZgUhLYmXiLgH/ZoGcxJVrwmv6CXTtNsFCnYlJ3FdQs";

    fn host() -> TargetAddress {
        TargetAddress {
            host: "Example.org".to_owned(),
            port: 22,
        }
    }

    fn key(line: &str) -> PublicKey {
        PublicKey::from_openssh(line).unwrap()
    }

    fn changed(to: &str) -> Verdict {
        Verdict::Changed {
            known: vec![fingerprint(&key(to))],
        }
    }

    fn own(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    fn pinned(lines: &[&str]) -> HostKeyPolicy {
        HostKeyPolicy::Pinned { keys: own(lines) }
    }

    fn first(lines: &[&str]) -> HostKeyPolicy {
        HostKeyPolicy::TrustOnFirstUse { known: own(lines) }
    }

    fn asked(lines: &[&str]) -> HostKeyPolicy {
        HostKeyPolicy::AskOnFirstUse { known: own(lines) }
    }

    fn hosts(text: String) -> HostKeyPolicy {
        HostKeyPolicy::KnownHosts { lines: vec![text] }
    }

    #[test]
    fn each_policy_judges_known_new_and_changed_keys() {
        let print = fingerprint(&key(ONE));
        for (policy, verdict) in [
            (pinned(&[ONE]), Verdict::Trusted),
            (pinned(&[&print]), Verdict::Trusted),
            (pinned(&[TWO, ONE]), Verdict::Trusted),
            (pinned(&[TWO]), changed(TWO)),
            (pinned(&["rubbish"]), Verdict::Unreadable),
            (pinned(&[]), Verdict::Unreadable),
            (first(&[]), Verdict::FirstUse),
            (first(&[ONE]), Verdict::Trusted),
            (first(&[TWO]), changed(TWO)),
            (first(&["?"]), Verdict::Unreadable),
            (asked(&[]), Verdict::Confirm),
            (asked(&[ONE]), Verdict::Trusted),
            (asked(&[TWO]), changed(TWO)),
            (hosts(format!("example.org {ONE}")), Verdict::Trusted),
            (hosts(format!("example.org {TWO}")), changed(TWO)),
            (hosts(format!("other.org {ONE}")), Verdict::Unknown),
            (hosts(format!("[example.org]:2222 {ONE}")), Verdict::Unknown),
            (
                hosts(format!("@revoked * {ONE}\nexample.org {ONE}")),
                Verdict::Revoked,
            ),
            (
                hosts("example.org ssh-ed25519 ???".to_owned()),
                Verdict::Unreadable,
            ),
        ] {
            assert_eq!(judge(&policy, &host(), &key(ONE)), verdict, "{policy:?}");
        }
    }

    #[test]
    fn a_changed_key_is_explained_with_both_fingerprints() {
        let failure = refusal(&changed(TWO), &host(), &key(ONE)).unwrap();
        let Failure::Ended { reason, text } = failure else {
            panic!("not an end");
        };
        assert_eq!(reason, CloseReason::HostKeyChanged);
        assert!(text.contains(&fingerprint(&key(ONE))));
        assert!(text.contains(&fingerprint(&key(TWO))));
    }

    #[test]
    fn stored_keys_lose_their_comment() {
        let commented = key(&format!("{ONE} me@here"));
        assert_eq!(line(&commented), ONE);
        assert_eq!(fingerprint_of_line(ONE), Some(fingerprint(&commented)));
    }
}
