//! A target as people send it: to make, to change, to try out.

use schema::store::{
    CredentialChange, CredentialSecret, Edit, NewCredential, NewTarget, Store, StoreError, Target,
    TargetChange,
};
use serde::{Deserialize, Deserializer};
use shared::id::{CredentialId, TargetId};
use shared::secret::Secret;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::{StoredSettings, TargetSettings};
use crate::driver::{Credential, Protocol};
use crate::http::ApiError;

/// Largest private key, in bytes: RSA of 16384 bits is a tenth of it.
const LARGEST_KEY: usize = 128 * 1024;

/// A value that may be absent (leave it), null (remove it) or given (replace it).
#[derive(Clone, Debug, Default)]
pub(crate) enum Patch<T> {
    /// Leave it.
    #[default]
    Keep,
    /// Remove it.
    Clear,
    /// Replace it.
    Set(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<T>::deserialize(deserializer)?;
        Ok(value.map_or(Self::Clear, Self::Set))
    }
}

/// A secret; it goes in and never comes out.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum SecretBody {
    /// A password.
    Password {
        /// The password.
        password: String,
    },
    /// A private key.
    PrivateKey {
        /// OpenSSH or PKCS#8 PEM.
        pem: String,
        /// Its passphrase, if it has one.
        #[serde(default)]
        passphrase: Option<String>,
    },
}

impl SecretBody {
    fn check(&self) -> Result<(), ApiError> {
        let refuse = |text: &'static str| Err(ApiError::bad_request("bad_secret", text));
        match self {
            Self::Password { password } if password.is_empty() => {
                refuse("The password is empty. Leave the secret away to be asked for it.")
            }
            Self::Password { password } if password.len() > 4096 => {
                refuse("The password is too long.")
            }
            Self::PrivateKey { pem, .. } if pem.len() > LARGEST_KEY => {
                refuse("The private key is too long.")
            }
            Self::PrivateKey { pem, .. } if !pem.trim_start().starts_with("-----BEGIN ") => refuse(
                "The private key must be PEM text that begins with -----BEGIN. PuTTY keys can be \
                 exported as OpenSSH keys.",
            ),
            Self::PrivateKey { pem, .. } if pem.contains("PUBLIC KEY") => {
                refuse("This is a public key; the private one is needed.")
            }
            Self::Password { .. } | Self::PrivateKey { .. } => Ok(()),
        }
    }

    fn into_credential(self) -> Credential {
        match self {
            Self::Password { password } => Credential::Password(Secret::new(password)),
            Self::PrivateKey { pem, passphrase } => Credential::PrivateKey {
                pem: Secret::new(pem),
                passphrase: passphrase.filter(|text| !text.is_empty()).map(Secret::new),
            },
        }
    }

    fn into_stored(self) -> CredentialSecret {
        match self.into_credential() {
            Credential::Password(password) => CredentialSecret::Password(password),
            Credential::PrivateKey { pem, passphrase } => {
                CredentialSecret::PrivateKey { pem, passphrase }
            }
        }
    }
}

/// A target; when changing one, what is left away stays as it is.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetBody {
    /// What people call it.
    name: Option<String>,
    /// Folder path; empty at the top.
    folder: Option<String>,
    /// Which driver: `ssh` or `vnc`; it cannot be changed later.
    protocol: Option<String>,
    /// DNS name or address.
    host: Option<String>,
    /// TCP port; when absent the protocol's own, 22 or 5900.
    port: Option<u16>,
    /// Settings, as a whole.
    settings: Option<TargetSettings>,
    /// Go through this target; null for none.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    jump: Patch<Uuid>,
    /// Who to be there; null to be asked.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    user_name: Patch<String>,
    /// Null forgets what is stored.
    #[serde(default)]
    #[schema(value_type = Option<SecretBody>)]
    secret: Patch<SecretBody>,
}

impl TargetBody {
    /// Checks what the store does not look into.
    fn check(&self) -> Result<(), ApiError> {
        self.protocol()?;
        if self.port == Some(0) {
            return Err(ApiError::bad_request(
                "bad_port",
                "The port must be a number from 1 to 65535.",
            ));
        }
        if let Some(settings) = &self.settings {
            let checked = settings.check();
            checked.map_err(|error| ApiError::bad_request("bad_settings", error.0))?;
        }
        if let Patch::Set(secret) = &self.secret {
            secret.check()?;
        }
        if let Patch::Set(name) = &self.user_name
            && (name.len() > 256 || name.chars().any(char::is_control))
        {
            return Err(ApiError::bad_request(
                "bad_user_name",
                "The user name is too long or has control characters.",
            ));
        }
        Ok(())
    }

    /// Which driver; SSH when absent.
    fn protocol(&self) -> Result<Protocol, ApiError> {
        let name = self.protocol.as_deref().unwrap_or(Protocol::Ssh.name());
        let unknown = || ApiError::bad_request("bad_protocol", "The protocol must be ssh or vnc.");
        Protocol::named(name).ok_or_else(unknown)
    }

    fn refuse_another_protocol(&self, old: &Target) -> Result<(), ApiError> {
        if self
            .protocol
            .as_ref()
            .is_none_or(|name| *name == old.protocol)
        {
            return Ok(());
        }
        Err(ApiError::bad_request(
            "bad_protocol",
            "The protocol of a target cannot be changed; add another target.",
        ))
    }

    fn user_name(&self) -> Option<String> {
        match &self.user_name {
            Patch::Set(name) if !name.trim().is_empty() => Some(name.trim().to_owned()),
            Patch::Set(_) | Patch::Clear | Patch::Keep => None,
        }
    }

    /// Makes the target, with its secret.
    pub(super) async fn create(self, store: &Store) -> Result<Target, ApiError> {
        self.check()?;
        let needed = |what: &'static str| {
            ApiError::bad_request(
                "bad_json",
                format!("The body does not fit: missing {what}."),
            )
        };
        let settings = StoredSettings {
            user_name: self.user_name().unwrap_or_default(),
            ssh: self.settings.clone().unwrap_or_default(),
        };
        let name = self.name.clone().ok_or_else(|| needed("name"))?;
        let host = self.host.clone().ok_or_else(|| needed("host"))?;
        let (user_name, protocol) = (self.user_name(), self.protocol()?);
        let mut new = NewTarget {
            name: name.clone(),
            folder: self.folder.unwrap_or_default(),
            protocol: protocol.name().to_owned(),
            host: host.trim().to_owned(),
            port: self.port.unwrap_or_else(|| protocol.default_port()),
            settings: settings.write(),
            jump: match self.jump {
                Patch::Set(id) => Some(TargetId::from_uuid(id)),
                Patch::Keep | Patch::Clear => None,
            },
            credential: None,
        };
        // Before anything is sealed: what is wrong is told in the words of the target.
        new.check()?;
        if let Patch::Set(secret) = self.secret {
            new.credential = Some(seal(store, &name, user_name, secret).await?);
        }
        let credential = new.credential;
        match store.targets().create(new).await {
            Ok(target) => Ok(target),
            Err(error) => {
                forget(store, credential).await;
                Err(error.into())
            }
        }
    }

    /// Changes the target, and its secret.
    pub(super) async fn update(self, store: &Store, old: Target) -> Result<Target, ApiError> {
        self.check()?;
        self.refuse_another_protocol(&old)?;
        let mut settings = StoredSettings::read(&old.settings);
        if let Some(new) = self.settings.clone() {
            settings.ssh = new;
        }
        if !matches!(self.user_name, Patch::Keep) {
            settings.user_name = self.user_name().unwrap_or_default();
        }
        let name = self.name.clone().unwrap_or_else(|| old.name.clone());
        let user_name = Some(settings.user_name.clone()).filter(|name| !name.is_empty());
        let mut change = TargetChange {
            name: self.name,
            folder: self.folder,
            host: self.host.map(|host| host.trim().to_owned()),
            port: self.port,
            settings: Some(settings.write()),
            jump: match self.jump {
                Patch::Keep => Edit::Keep,
                Patch::Clear => Edit::Clear,
                Patch::Set(id) => Edit::Set(TargetId::from_uuid(id)),
            },
            credential: Edit::Keep,
        };
        change.check()?;
        let mut made = None;
        change.credential = match (self.secret, old.credential) {
            (Patch::Keep, _) => Edit::Keep,
            (Patch::Clear, _) => Edit::Clear,
            (Patch::Set(secret), Some(id)) => {
                let change = CredentialChange {
                    user_name: user_name.into(),
                    secret: Some(secret.into_stored()),
                    ..CredentialChange::default()
                };
                store.credentials().update(id, change).await?;
                Edit::Keep
            }
            (Patch::Set(secret), None) => {
                let id = seal(store, &name, user_name, secret).await?;
                made = Some(id);
                Edit::Set(id)
            }
        };
        let forgets = change.credential == Edit::Clear;
        match store.targets().update(old.id, change).await {
            Ok(target) => {
                if forgets {
                    forget(store, old.credential).await;
                }
                Ok(target)
            }
            Err(error) => {
                forget(store, made).await;
                Err(error.into())
            }
        }
    }

    /// The target as a draft to try out; `old` is the stored one it would change.
    pub(super) fn into_draft(self, old: Option<&Target>) -> Result<crate::auth::Draft, ApiError> {
        self.check()?;
        let stored_protocol = old.and_then(|target| Protocol::named(&target.protocol));
        let protocol = match stored_protocol {
            Some(protocol) => protocol,
            None => self.protocol()?,
        };
        let stored = old.map(|target| StoredSettings::read(&target.settings));
        let user_name = match &self.user_name {
            Patch::Keep => stored.as_ref().map(|s| s.user_name.clone()),
            Patch::Set(_) | Patch::Clear => self.user_name(),
        };
        let host = self.host.or_else(|| old.map(|target| target.host.clone()));
        let host = host.ok_or_else(|| {
            ApiError::bad_request("bad_host", "A host name or address is needed.")
        })?;
        let settings = self.settings.or_else(|| stored.map(|s| s.ssh));
        let jump = match self.jump {
            Patch::Keep => old.and_then(|target| target.jump),
            Patch::Clear => None,
            Patch::Set(id) => Some(TargetId::from_uuid(id)),
        };
        Ok(crate::auth::Draft {
            target: old.map(|target| target.id),
            protocol,
            address: crate::driver::TargetAddress {
                host: host.trim().to_owned(),
                port: self
                    .port
                    .or_else(|| old.map(|target| target.port))
                    .unwrap_or_else(|| protocol.default_port()),
            },
            settings: settings.unwrap_or_default(),
            user_name: user_name.filter(|name| !name.is_empty()),
            secret: match self.secret {
                Patch::Set(secret) => Some(secret.into_credential()),
                Patch::Keep | Patch::Clear => None,
            },
            jump,
        })
    }
}

async fn seal(
    store: &Store,
    label: &str,
    user_name: Option<String>,
    secret: SecretBody,
) -> Result<CredentialId, StoreError> {
    let new = NewCredential {
        label: label.to_owned(),
        user_name,
        secret: secret.into_stored(),
    };
    Ok(store.credentials().create(new).await?.id)
}

/// Removes a credential that nothing uses any more.
pub(super) async fn forget(store: &Store, credential: Option<CredentialId>) {
    let Some(id) = credential else { return };
    match store.credentials().delete(id).await {
        Ok(()) | Err(StoreError::NotFound) => {}
        Err(error) => {
            let error = crate::telemetry::chain(&error);
            tracing::warn!(error, "Unused credential was not removed");
        }
    }
}
