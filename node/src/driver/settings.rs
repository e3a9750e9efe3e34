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

/// Which resolved addresses may be dialled; the checked address is the one dialled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    /// Networks refused, CIDR (address, prefix length).
    pub deny: Vec<(IpAddr, u8)>,
    /// Networks allowed even where `deny` matches.
    pub allow: Vec<(IpAddr, u8)>,
}
