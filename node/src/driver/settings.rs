//! Settings of a target as a driver needs them: resolved, validated, without secrets.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::terminal::TerminalSize;

/// Which driver dials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Secure shell (RFC 4250–4254).
    Ssh,
    /// Remote framebuffer (RFC 6143).
    Vnc,
}

impl Protocol {
    /// The name in stores, frames and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssh => "ssh",
            Self::Vnc => "vnc",
        }
    }

    /// The protocol of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Ssh, Self::Vnc]
            .into_iter()
            .find(|protocol| protocol.name() == name)
    }

    /// Where it listens when nobody says otherwise (RFC 4253 §4.1, RFC 6143 §1).
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Ssh => 22,
            Self::Vnc => 5900,
        }
    }

    /// Whether it shows a desktop, not a terminal.
    pub const fn is_desktop(self) -> bool {
        match self {
            Self::Ssh => false,
            Self::Vnc => true,
        }
    }
}

/// Where a target listens, before resolution.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TargetAddress {
    /// DNS name or IP literal.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// Which host keys are acceptable. Keys are in OpenSSH public key format, without options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKeyPolicy {
    /// Exactly these fingerprints (`SHA256:…`) or keys.
    Pinned {
        /// Fingerprints or keys; any one may match.
        keys: Vec<String>,
    },
    /// Keys from `known_hosts` lines (hashed host names and `@revoked` included).
    KnownHosts {
        /// Lines as in the file of that name.
        lines: Vec<String>,
    },
    /// The stored key; with none stored, the first one seen is accepted and reported.
    TrustOnFirstUse {
        /// Keys stored so far.
        known: Vec<String>,
    },
    /// With none stored, a person must confirm the first one.
    AskOnFirstUse {
        /// Keys stored so far.
        known: Vec<String>,
    },
}

/// Settings of an SSH target.
#[derive(Clone, Debug)]
pub struct SshSettings {
    /// Host key policy of this target.
    pub host_keys: HostKeyPolicy,
    /// `TERM` at the target; default `xterm-256color`.
    pub term: String,
    /// Environment variables to request (the server may ignore them).
    pub environment: BTreeMap<String, String>,
    /// Run this instead of a login shell.
    pub command: Option<String>,
    /// Interval of keepalives; three unanswered ones mean the target is lost. Zero turns them off.
    pub keepalive: Duration,
    /// Limit of each step: resolve, connect, handshake, each authentication try, open.
    pub step_timeout: Duration,
    /// Allow old key exchanges and ciphers (switches, appliances).
    pub allow_legacy_algorithms: bool,
    /// Offer the file browser.
    pub files: bool,
    /// Size before any viewer has said one.
    pub initial_size: TerminalSize,
}

/// Which certificates of a target are acceptable. Fingerprints are SHA-256 of the whole certificate
/// (DER), written `x509-sha256 BASE64`, beside the SSH host keys of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificatePolicy {
    /// Exactly these fingerprints; any one may match.
    Pinned {
        /// The fingerprints.
        fingerprints: Vec<String>,
    },
    /// The stored one; with none stored, the first one seen is accepted and reported.
    TrustOnFirstUse {
        /// Fingerprints stored so far.
        known: Vec<String>,
    },
    /// With none stored, a person must confirm the first one.
    AskOnFirstUse {
        /// Fingerprints stored so far.
        known: Vec<String>,
    },
    /// Any. Whoever is in between can read everything.
    Ignore,
}

/// Settings of a VNC target.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct VncSettings {
    /// Which certificates are acceptable, where the server uses TLS.
    pub certificates: CertificatePolicy,
    /// Refuse a server that offers no encryption.
    pub require_encryption: bool,
    /// Let other clients stay connected (RFC 6143 §7.3.1).
    pub is_shared: bool,
    /// Never send keys, pointer or clipboard.
    pub is_view_only: bool,
    /// JPEG quality the server may use, 0 to 9; none for lossless only.
    pub quality: Option<u8>,
    /// How hard the server should compress, 0 to 9; low is right for near targets.
    pub compression: u8,
    /// Let viewers change the desktop's size.
    pub may_resize: bool,
    /// Limit of each step: resolve, connect, handshake, sign-in, first picture.
    pub step_timeout: Duration,
}

/// Which resolved addresses may be dialled; the checked address is the one dialled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    /// Networks refused, CIDR (address, prefix length).
    pub deny: Vec<(IpAddr, u8)>,
    /// Networks allowed even where `deny` matches.
    pub allow: Vec<(IpAddr, u8)>,
}
