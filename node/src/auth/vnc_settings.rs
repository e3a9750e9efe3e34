//! Settings of a VNC target as stored and sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::target_settings::{STEP_TIMEOUT, SettingsError, refuse};
use crate::driver::{CertificatePolicy, VncSettings};

/// What a fingerprint starts with, wherever it is stored or pinned.
const FINGERPRINT: &str = "x509-sha256 ";

/// Which certificates are acceptable, where the server uses TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CertificateRule {
    /// The first one seen is stored; another one later is refused.
    #[default]
    Tofu,
    /// A person confirms the first one.
    Ask,
    /// Any.
    Ignore,
    /// Exactly the pinned ones.
    Pinned,
}

/// Settings of a VNC target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of a form"
)]
pub struct VncTargetSettings {
    /// Which certificates are acceptable.
    pub certificates: CertificateRule,
    /// Fingerprints (`x509-sha256 BASE64`), for `pinned`.
    pub pinned: Vec<String>,
    /// Refuse a server that offers no encryption.
    pub require_encryption: bool,
    /// Let other clients stay connected.
    pub shared: bool,
    /// Never send keys, pointer or clipboard.
    pub view_only: bool,
    /// JPEG quality the server may use, 0 to 9; null for lossless only.
    pub quality: Option<u8>,
    /// How hard the server should compress, 0 to 9.
    pub compression: u8,
    /// Let the page change the desktop's size.
    pub resize: bool,
}

impl Default for VncTargetSettings {
    fn default() -> Self {
        Self {
            certificates: CertificateRule::Tofu,
            pinned: Vec::new(),
            require_encryption: false,
            shared: true,
            view_only: false,
            quality: Some(8),
            compression: 2,
            resize: true,
        }
    }
}

impl VncTargetSettings {
    /// Checks what a person wrote.
    ///
    /// # Errors
    /// The first setting that cannot work, with a sentence.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let is_pin = |pin: &String| pin.len() < 256 && pin.starts_with(FINGERPRINT);
        if self.pinned.len() > 32 || !self.pinned.iter().all(is_pin) {
            return refuse("Pinned certificates must look like x509-sha256 BASE64, at most 32.");
        }
        if self.certificates == CertificateRule::Pinned && self.pinned.is_empty() {
            return refuse("The policy \"pinned\" needs at least one pinned certificate.");
        }
        if self.quality.is_some_and(|quality| quality > 9) || self.compression > 9 {
            return refuse("Quality and compression are numbers from 0 to 9.");
        }
        Ok(())
    }

    /// What the driver needs; `known` are the keys and certificates trusted already.
    pub(super) fn to_vnc(&self, known: &[String]) -> VncSettings {
        let known = || {
            let certificates = known.iter().filter(|line| line.starts_with(FINGERPRINT));
            certificates.cloned().collect()
        };
        let certificates = match self.certificates {
            CertificateRule::Tofu => CertificatePolicy::TrustOnFirstUse { known: known() },
            CertificateRule::Ask => CertificatePolicy::AskOnFirstUse { known: known() },
            CertificateRule::Ignore => CertificatePolicy::Ignore,
            CertificateRule::Pinned => CertificatePolicy::Pinned {
                fingerprints: self.pinned.clone(),
            },
        };
        VncSettings {
            certificates,
            require_encryption: self.require_encryption,
            is_shared: self.shared,
            is_view_only: self.view_only,
            quality: self.quality,
            compression: self.compression,
            may_resize: self.resize,
            step_timeout: STEP_TIMEOUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let default = VncTargetSettings::default;
        assert!(default().check().is_ok());
        for wrong in [
            VncTargetSettings {
                certificates: CertificateRule::Pinned,
                ..default()
            },
            VncTargetSettings {
                pinned: vec!["SHA256:ssh".to_owned()],
                ..default()
            },
            VncTargetSettings {
                quality: Some(10),
                ..default()
            },
            VncTargetSettings {
                compression: 10,
                ..default()
            },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
