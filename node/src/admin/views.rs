//! What the API shows of stored things. Never a secret.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use schema::store::{Group, Store, StoreError, Target, User};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::{StoredSettings, TargetSettings};

/// A person who may sign in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UserView {
    /// Which.
    pub id: Uuid,
    /// Sign-in name.
    pub name: String,
    /// Name shown to others.
    pub display_name: String,
    /// May manage everything.
    pub is_admin: bool,
    /// May not sign in.
    pub is_disabled: bool,
    /// When the user was made.
    pub created_at: i64,
    /// When the user last signed in.
    pub last_sign_in_at: Option<i64>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id.as_uuid(),
            name: user.name,
            display_name: user.display_name,
            is_admin: user.is_admin,
            is_disabled: user.is_disabled,
            created_at: user.created_at.as_i64(),
            last_sign_in_at: user.last_sign_in_at.map(shared::time::UnixMicros::as_i64),
        }
    }
}

/// A set of users.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GroupView {
    /// Which.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
}

impl From<Group> for GroupView {
    fn from(group: Group) -> Self {
        Self {
            id: group.id.as_uuid(),
            name: group.name,
        }
    }
}

/// A machine that sessions connect to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TargetView {
    /// Which.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Folder path; empty at the top.
    pub folder: String,
    /// Which driver: `ssh`.
    pub protocol: String,
    /// DNS name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Settings; who may not edit sees only what concerns using it.
    pub settings: TargetSettings,
    /// Fingerprints of the trusted host keys.
    pub host_keys: Vec<String>,
    /// Goes through this target.
    pub jump: Option<Uuid>,
    /// Has a stored secret of this id; for admins.
    pub credential: Option<Uuid>,
    /// Who to be there.
    pub user_name: Option<String>,
    /// A secret is stored.
    pub has_secret: bool,
    /// The caller may change it.
    pub may_edit: bool,
}

impl TargetView {
    /// What a caller sees of a target.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(store: &Store, target: Target, may_edit: bool) -> Result<Self, StoreError> {
        let StoredSettings { user_name, ssh } = StoredSettings::read(&target.settings);
        let mut user_name = Some(user_name).filter(|name| !name.is_empty());
        if let (None, Some(credential)) = (&user_name, target.credential) {
            let known = store.credentials().by_id(credential).await?;
            user_name = known.and_then(|credential| credential.user_name);
        }
        Ok(Self {
            id: target.id.as_uuid(),
            name: target.name,
            folder: target.folder,
            protocol: target.protocol,
            host: target.host,
            port: target.port,
            settings: if may_edit { ssh } else { for_users(ssh) },
            host_keys: target
                .host_keys
                .iter()
                .map(|key| fingerprint(key))
                .collect(),
            jump: target
                .jump
                .filter(|_| may_edit)
                .map(shared::id::TargetId::as_uuid),
            credential: target
                .credential
                .filter(|_| may_edit)
                .map(shared::id::CredentialId::as_uuid),
            user_name,
            has_secret: target.credential.is_some(),
            may_edit,
        })
    }
}

/// Environments and commands are an admin's business; they may hold secrets.
fn for_users(settings: TargetSettings) -> TargetSettings {
    TargetSettings {
        host_key_policy: settings.host_key_policy,
        term: settings.term,
        files: settings.files,
        initial_directory: settings.initial_directory,
        ..TargetSettings::default()
    }
}

/// `SHA256:…` of a key in OpenSSH public key format, as `ssh-keygen -l` prints it.
fn fingerprint(key: &str) -> String {
    let blob = key.split_whitespace().nth(1);
    blob.and_then(|blob| STANDARD.decode(blob).ok())
        .map_or_else(
            || "unreadable key".to_owned(),
            |bytes| {
                let digest = STANDARD_NO_PAD.encode(Sha256::digest(bytes));
                format!("SHA256:{digest}")
            },
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_those_of_ssh_keygen() {
        let key =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
        // GitHub's published fingerprint of this key.
        assert_eq!(
            fingerprint(key),
            "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"
        );
        assert_eq!(fingerprint("nonsense"), "unreadable key");
    }
}
