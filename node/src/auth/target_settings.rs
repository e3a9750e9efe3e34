//! Settings of a target as stored and sent: checked before they are written, whole when read.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::terminal::TerminalSize;
use utoipa::ToSchema;

use super::VncTargetSettings;
use crate::driver::{HostKeyPolicy, SshSettings};

/// Limit of each step towards a target (issue: a blackholed port ends within 10 s).
pub(super) const STEP_TIMEOUT: Duration = Duration::from_secs(10);

/// Which host keys are acceptable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostKeyRule {
    /// The first key seen is stored; another one later is refused.
    #[default]
    TrustOnFirstUse,
    /// A person confirms the first key.
    Ask,
    /// Keys of the `known_hosts` lines.
    KnownHosts,
    /// Exactly the pinned keys.
    Pinned,
}

/// Settings of an SSH target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TargetSettings {
    /// Which host keys are acceptable.
    pub host_key_policy: HostKeyRule,
    /// Fingerprints (`SHA256:…`) or keys in OpenSSH public key format, for `pinned`.
    pub pinned_keys: Vec<String>,
    /// Lines of a `known_hosts` file, for `known_hosts`.
    pub known_hosts: String,
    /// `TERM` at the target.
    pub term: String,
    /// Environment variables to request; the server may ignore them.
    pub environment: BTreeMap<String, String>,
    /// Run this instead of a login shell; null for the shell.
    pub command: Option<String>,
    /// Seconds between keepalives; 0 turns them off.
    pub keepalive_s: u32,
    /// Allow old key exchanges and ciphers.
    pub legacy_algorithms: bool,
    /// Offer the file browser.
    pub files: bool,
    /// Where the file browser begins; null for the login directory.
    pub initial_directory: Option<String>,
    /// What only matters where the protocol is `vnc`.
    pub vnc: VncTargetSettings,
}

impl Default for TargetSettings {
    fn default() -> Self {
        Self {
            host_key_policy: HostKeyRule::TrustOnFirstUse,
            pinned_keys: Vec::new(),
            known_hosts: String::new(),
            term: "xterm-256color".to_owned(),
            environment: BTreeMap::new(),
            command: None,
            keepalive_s: 15,
            legacy_algorithms: false,
            files: true,
            initial_directory: None,
            vnc: VncTargetSettings::default(),
        }
    }
}

/// Settings that cannot work; the text is for the person who made them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub String);

pub(super) fn refuse<T>(text: &str) -> Result<T, SettingsError> {
    Err(SettingsError(text.to_owned()))
}

impl TargetSettings {
    /// Checks what a person wrote.
    ///
    /// # Errors
    /// The first setting that cannot work, with a sentence.
    pub fn check(&self) -> Result<(), SettingsError> {
        let is_term = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
        if self.term.is_empty() || self.term.len() > 64 || !self.term.chars().all(is_term) {
            return refuse("The terminal type (TERM) must be a name such as xterm-256color.");
        }
        if self.keepalive_s > 3600 {
            return refuse("The keepalive may be at most 3600 seconds.");
        }
        self.check_host_keys()?;
        self.check_environment()?;
        self.vnc.check()?;
        let is_fine = |text: &Option<String>| {
            text.as_ref()
                .is_none_or(|text| text.len() <= 4096 && !text.contains('\0'))
        };
        if !is_fine(&self.command) {
            return refuse("The command is too long or has a null character.");
        }
        if !is_fine(&self.initial_directory) {
            return refuse("The initial directory is too long or has a null character.");
        }
        Ok(())
    }

    fn check_host_keys(&self) -> Result<(), SettingsError> {
        let is_key = |key: &String| {
            let key = key.trim();
            key.len() < 8192 && (key.starts_with("SHA256:") || key.contains(' '))
        };
        if self.pinned_keys.len() > 32 || !self.pinned_keys.iter().all(is_key) {
            return refuse(
                "Pinned keys must be fingerprints (SHA256:…) or keys in OpenSSH format, at most 32.",
            );
        }
        if self.known_hosts.len() > 64 * 1024 {
            return refuse("The known hosts may have at most 64 KiB.");
        }
        match self.host_key_policy {
            HostKeyRule::Pinned if self.pinned_keys.is_empty() => {
                refuse("The policy \"pinned\" needs at least one pinned key.")
            }
            HostKeyRule::KnownHosts if self.known_hosts.trim().is_empty() => {
                refuse("The policy \"known hosts\" needs known_hosts lines.")
            }
            HostKeyRule::Pinned
            | HostKeyRule::KnownHosts
            | HostKeyRule::TrustOnFirstUse
            | HostKeyRule::Ask => Ok(()),
        }
    }

    fn check_environment(&self) -> Result<(), SettingsError> {
        if self.environment.len() > 64 {
            return refuse("At most 64 environment variables are possible.");
        }
        for (name, value) in &self.environment {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let starts_well = name.chars().next().is_some_and(|c| !c.is_ascii_digit());
            if !starts_well || name.len() > 128 || !name.chars().all(is_name) {
                return refuse("Environment variables are named by letters, digits and _.");
            }
            if value.len() > 4096 || value.contains('\0') {
                return refuse("The value of an environment variable is too long.");
            }
        }
        Ok(())
    }

    /// What the driver needs, with the keys that are trusted already.
    pub fn to_ssh(&self, known: &[String], initial_size: TerminalSize) -> SshSettings {
        let known = || known.to_vec();
        let host_keys = match self.host_key_policy {
            HostKeyRule::TrustOnFirstUse => HostKeyPolicy::TrustOnFirstUse { known: known() },
            HostKeyRule::Ask => HostKeyPolicy::AskOnFirstUse { known: known() },
            HostKeyRule::KnownHosts => HostKeyPolicy::KnownHosts {
                lines: self.known_hosts.lines().map(str::to_owned).collect(),
            },
            HostKeyRule::Pinned => HostKeyPolicy::Pinned {
                keys: self.pinned_keys.clone(),
            },
        };
        SshSettings {
            host_keys,
            term: self.term.clone(),
            environment: self.environment.clone(),
            command: self.command.clone().filter(|command| !command.is_empty()),
            keepalive: Duration::from_secs(u64::from(self.keepalive_s)),
            step_timeout: STEP_TIMEOUT,
            allow_legacy_algorithms: self.legacy_algorithms,
            files: self.files,
            initial_size,
        }
    }
}

/// Settings as the store keeps them: with the user name, which is a field of its own in the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StoredSettings {
    pub(crate) user_name: String,
    pub(crate) ssh: TargetSettings,
}

impl StoredSettings {
    /// Reads the stored form; what cannot be read counts as the default, and is logged.
    pub(crate) fn read(value: &serde_json::Value) -> Self {
        Self::deserialize(value).unwrap_or_else(|error| {
            tracing::error!(%error, "Stored settings of a target cannot be read; using defaults");
            Self::default()
        })
    }

    /// The stored form.
    pub(crate) fn write(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_fine_and_survive_the_store() {
        let stored = StoredSettings {
            user_name: "ada".to_owned(),
            ssh: TargetSettings::default(),
        };
        stored.ssh.check().unwrap();
        assert_eq!(StoredSettings::read(&stored.write()), stored);
        assert_eq!(
            StoredSettings::read(&serde_json::Value::Null),
            StoredSettings::default()
        );
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let default = TargetSettings::default;
        let with_variable = |name: &str| TargetSettings {
            environment: BTreeMap::from([(name.to_owned(), String::new())]),
            ..default()
        };
        for wrong in [
            TargetSettings {
                term: "x; rm".to_owned(),
                ..default()
            },
            TargetSettings {
                keepalive_s: 4000,
                ..default()
            },
            TargetSettings {
                host_key_policy: HostKeyRule::Pinned,
                ..default()
            },
            TargetSettings {
                host_key_policy: HostKeyRule::KnownHosts,
                ..default()
            },
            TargetSettings {
                pinned_keys: vec!["nonsense".to_owned()],
                ..default()
            },
            with_variable("1A"),
            with_variable("A=B"),
            with_variable(""),
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
