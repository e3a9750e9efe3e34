//! Whether a server's certificate is acceptable: a pure decision over the policy and its
//! fingerprint.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256};
use shared::close::CloseReason;

use crate::driver::failure::Failure;
use crate::driver::{CertificatePolicy, TargetAddress};

/// How fingerprints of certificates begin, beside the SSH host keys of a target.
const KIND: &str = "x509-sha256";

/// The fingerprint of a certificate (DER), as targets store it.
pub(super) fn fingerprint(der: &[u8]) -> String {
    format!("{KIND} {}", STANDARD_NO_PAD.encode(Sha256::digest(der)))
}

/// What to do about a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the one we know, or any would do.
    Trusted,
    /// Nothing was known; accept it and store it.
    FirstUse,
    /// Nothing was known; a person must confirm it.
    Confirm,
    /// Another one is known.
    Changed,
}

/// Judges the certificate with this fingerprint.
pub(super) fn judge(policy: &CertificatePolicy, offered: &str) -> Verdict {
    let (known, first) = match policy {
        CertificatePolicy::Ignore => return Verdict::Trusted,
        CertificatePolicy::Pinned { fingerprints } => (fingerprints, Verdict::Changed),
        CertificatePolicy::TrustOnFirstUse { known } => (known, Verdict::FirstUse),
        CertificatePolicy::AskOnFirstUse { known } => (known, Verdict::Confirm),
    };
    if known.iter().any(|line| is_same(line, offered)) {
        Verdict::Trusted
    } else if known.is_empty() {
        first
    } else {
        Verdict::Changed
    }
}

/// Padding of the base64 is a matter of taste.
fn is_same(line: &str, offered: &str) -> bool {
    line.trim().trim_end_matches('=') == offered
}

/// Why the connection is refused.
pub(super) fn refusal(
    policy: &CertificatePolicy,
    address: &TargetAddress,
    offered: &str,
) -> Failure {
    let known = match policy {
        CertificatePolicy::Pinned {
            fingerprints: known,
        }
        | CertificatePolicy::TrustOnFirstUse { known }
        | CertificatePolicy::AskOnFirstUse { known } => known.join(" or "),
        CertificatePolicy::Ignore => String::new(),
    };
    if known.is_empty() {
        return Failure::new(
            CloseReason::HostKeyUnknown,
            format!(
                "The certificate of {address} ({offered}) is not among those this target accepts. \
                 Check it with the server's admin and add it."
            ),
        );
    }
    Failure::new(
        CloseReason::HostKeyChanged,
        format!(
            "The certificate of {address} has changed: known is {known}, offered now is {offered}. \
             The server may have been reinstalled or its certificate renewed, or somebody may be \
             intercepting the connection. If the change is expected, forget the known certificate \
             and connect again."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_judges_known_new_and_changed_certificates() {
        let (one, two) = (fingerprint(b"one"), fingerprint(b"two"));
        let pinned = |known: &[&String]| CertificatePolicy::Pinned {
            fingerprints: known.iter().copied().cloned().collect(),
        };
        let first = |known: &[&String]| CertificatePolicy::TrustOnFirstUse {
            known: known.iter().copied().cloned().collect(),
        };
        let asked = |known: &[&String]| CertificatePolicy::AskOnFirstUse {
            known: known.iter().copied().cloned().collect(),
        };
        for (policy, verdict) in [
            (pinned(&[&one]), Verdict::Trusted),
            (pinned(&[&two, &format!("{one}=")]), Verdict::Trusted),
            (pinned(&[&two]), Verdict::Changed),
            (pinned(&[]), Verdict::Changed),
            (first(&[]), Verdict::FirstUse),
            (first(&[&one]), Verdict::Trusted),
            (first(&[&two]), Verdict::Changed),
            (asked(&[]), Verdict::Confirm),
            (asked(&[&two]), Verdict::Changed),
            (CertificatePolicy::Ignore, Verdict::Trusted),
        ] {
            assert_eq!(judge(&policy, &one), verdict, "{policy:?}");
        }
    }
}
