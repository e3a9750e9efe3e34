//! Credentials: secrets of targets, sealed. Only [`Credentials::reveal`] opens one.

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};
use shared::id::CredentialId;
use shared::secret::Secret;
use shared::time::UnixMicros;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::users::found;
use super::{Edit, Page, Paged, Store, StoreError, text};
use crate::entity::credential;
use crate::seal::{KeyRing, Place};

/// What kind of secret it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// A password.
    Password,
    /// A private key, with or without passphrase.
    PrivateKey,
}

impl CredentialKind {
    /// The stable code, as stored and sent.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PrivateKey => "private_key",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Password, Self::PrivateKey]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// A secret in the clear. Zeroed when dropped.
#[derive(Clone, Debug)]
pub enum CredentialSecret {
    /// A password.
    Password(Secret<String>),
    /// A private key.
    PrivateKey {
        /// OpenSSH or PKCS#8 PEM.
        pem: Secret<String>,
        /// Its passphrase, when it is encrypted.
        passphrase: Option<Secret<String>>,
    },
}

impl CredentialSecret {
    /// What kind it is.
    pub const fn kind(&self) -> CredentialKind {
        match self {
            Self::Password(_) => CredentialKind::Password,
            Self::PrivateKey { .. } => CredentialKind::PrivateKey,
        }
    }
}

/// A credential without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Which.
    pub id: CredentialId,
    /// What people call it.
    pub label: String,
    /// Who to be at the target; asked for when absent.
    pub user_name: Option<String>,
    /// What kind of secret it is.
    pub kind: CredentialKind,
    /// When it was made.
    pub created_at: UnixMicros,
    /// When it was last changed.
    pub updated_at: UnixMicros,
}

/// A credential to make.
#[derive(Clone, Debug)]
pub struct NewCredential {
    /// What people call it.
    pub label: String,
    /// Who to be at the target.
    pub user_name: Option<String>,
    /// The secret.
    pub secret: CredentialSecret,
}

/// What to change; `None` and [`Edit::Keep`] leave it.
#[derive(Clone, Debug, Default)]
pub struct CredentialChange {
    /// What people call it.
    pub label: Option<String>,
    /// Who to be at the target.
    pub user_name: Edit<String>,
    /// The secret.
    pub secret: Option<CredentialSecret>,
}

/// A view of the store: credentials.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a>(pub(super) &'a Store);

const LIST: &str = "credentials";

impl Credentials<'_> {
    /// Seals and stores a secret.
    ///
    /// # Errors
    /// `Conflict` with `bad_label` or `bad_user_name`; `Sealed`.
    pub async fn create(self, new: NewCredential) -> Result<Credential, StoreError> {
        let now = self.0.now().as_i64();
        let mut row = credential::Model {
            id: CredentialId::generate().as_uuid(),
            label: text::required(&new.label, 256, "bad_label")?,
            label_key: String::new(),
            kind: String::new(),
            user_name: user_name(new.user_name)?,
            sealed: Vec::new(),
            sealed_version: 0,
            key_id: String::new(),
            created_at: now,
            updated_at: now,
        };
        row.label_key = text::required(&text::key(&row.label), 512, "bad_label")?;
        seal(self.0.keys(), &mut row, &new.secret)?;
        credential::Entity::insert(credential::ActiveModel::from(row.clone()))
            .exec_without_returning(self.0.write())
            .await?;
        Credential::read(row)
    }

    /// Changes a credential and returns it.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` and `Sealed` as in `create`.
    pub async fn update(
        self,
        id: CredentialId,
        change: CredentialChange,
    ) -> Result<Credential, StoreError> {
        let transaction = self.0.begin().await?;
        let mut row = credential::Entity::find_by_id(id.as_uuid())
            .lock_exclusive()
            .one(&transaction)
            .await?
            .ok_or(StoreError::NotFound)?;
        if let Some(label) = change.label {
            row.label = text::required(&label, 256, "bad_label")?;
            row.label_key = text::required(&text::key(&row.label), 512, "bad_label")?;
        }
        row.user_name = user_name(change.user_name.over(row.user_name, |name| name))?;
        if let Some(secret) = &change.secret {
            seal(self.0.keys(), &mut row, secret)?;
        }
        row.updated_at = self.0.now().as_i64();
        let all = credential::ActiveModel::from(row.clone()).reset_all();
        credential::Entity::update_many()
            .set(all)
            .filter(credential::Column::Id.eq(row.id))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Credential::read(row)
    }

    /// Deletes a credential. Targets that used it ask for one from now on.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete(self, id: CredentialId) -> Result<(), StoreError> {
        let delete = credential::Entity::delete_by_id(id.as_uuid()).exec(self.0.write());
        found(delete.await?.rows_affected)
    }

    /// The credential with this id, without its secret.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_id(self, id: CredentialId) -> Result<Option<Credential>, StoreError> {
        let row = credential::Entity::find_by_id(id.as_uuid()).one(self.0.read());
        row.await?.map(Credential::read).transpose()
    }

    /// Credentials by label, without their secrets.
    ///
    /// # Errors
    /// `Conflict` with `bad_cursor`.
    pub async fn list(self, page: Page) -> Result<Paged<Credential>, StoreError> {
        let columns = (credential::Column::LabelKey, credential::Column::Id);
        let mut cursor = credential::Entity::find().cursor_by(columns);
        if let Some(after) = page.after::<String>(LIST)? {
            cursor.after(after);
        }
        let rows = cursor.first(page.fetch()).all(self.0.read()).await?;
        let key = |row: &credential::Model| (row.label_key.clone(), row.id);
        Paged::build(LIST, &page, rows, key, Credential::read)
    }

    /// Opens the secret. Only what dials a target calls this.
    ///
    /// # Errors
    /// `NotFound`; `Sealed` when the key is missing or the row was tampered with.
    pub async fn reveal(self, id: CredentialId) -> Result<CredentialSecret, StoreError> {
        let row = credential::Entity::find_by_id(id.as_uuid())
            .one(self.0.read())
            .await?
            .ok_or(StoreError::NotFound)?;
        let place = place(row.id, row.sealed_version)?;
        let plain = self.0.keys().open(&place, &row.sealed)?;
        decode(plain.expose()).ok_or(StoreError::Corrupt { what: "credential" })
    }
}

/// Where a credential's secret lives.
pub(super) fn place(row: Uuid, version: i32) -> Result<Place<'static>, StoreError> {
    Ok(Place {
        table: "credential",
        row,
        column: "sealed",
        version: u32::try_from(version).map_err(|_negative| StoreError::Corrupt {
            what: "credential version",
        })?,
    })
}

/// Puts a new secret into the row, under a new version.
fn seal(
    keys: &KeyRing,
    row: &mut credential::Model,
    secret: &CredentialSecret,
) -> Result<(), StoreError> {
    row.sealed_version = row.sealed_version.saturating_add(1);
    let place = place(row.id, row.sealed_version)?;
    row.sealed = keys.seal(&place, &encode(secret))?;
    KeyRing::key_of(&row.sealed)?
        .as_str()
        .clone_into(&mut row.key_id);
    secret.kind().code().clone_into(&mut row.kind);
    Ok(())
}

fn user_name(name: Option<String>) -> Result<Option<String>, StoreError> {
    name.map(|name| text::required(&name, 256, "bad_user_name"))
        .transpose()
}

/// First byte of a secret's plain form.
const PASSWORD: u8 = 1;
const PRIVATE_KEY: u8 = 2;
const PRIVATE_KEY_WITH_PASSPHRASE: u8 = 3;

/// The plain form that is sealed: a kind byte, then texts with their lengths before them.
fn encode(secret: &CredentialSecret) -> Zeroizing<Vec<u8>> {
    let (kind, texts) = match secret {
        CredentialSecret::Password(password) => (PASSWORD, [Some(password), None]),
        CredentialSecret::PrivateKey {
            pem,
            passphrase: None,
        } => (PRIVATE_KEY, [Some(pem), None]),
        CredentialSecret::PrivateKey {
            pem,
            passphrase: Some(passphrase),
        } => (PRIVATE_KEY_WITH_PASSPHRASE, [Some(pem), Some(passphrase)]),
    };
    let texts = || texts.into_iter().flatten().map(Secret::expose);
    // Sized once: a vector that grows leaves copies behind.
    let length = 1 + texts().map(|text| 8 + text.len()).sum::<usize>();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    bytes.push(kind);
    for text in texts() {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

fn decode(bytes: &[u8]) -> Option<CredentialSecret> {
    let (&kind, rest) = bytes.split_first()?;
    let (first, rest) = take_text(rest)?;
    let (secret, rest) = match kind {
        PASSWORD => (CredentialSecret::Password(first), rest),
        PRIVATE_KEY => (
            CredentialSecret::PrivateKey {
                pem: first,
                passphrase: None,
            },
            rest,
        ),
        PRIVATE_KEY_WITH_PASSPHRASE => {
            let (passphrase, rest) = take_text(rest)?;
            let secret = CredentialSecret::PrivateKey {
                pem: first,
                passphrase: Some(passphrase),
            };
            (secret, rest)
        }
        _ => return None,
    };
    rest.is_empty().then_some(secret)
}

/// A text and the bytes after it.
type Taken<'a> = (Secret<String>, &'a [u8]);

fn take_text(bytes: &[u8]) -> Option<Taken<'_>> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
    let (text, rest) = rest.split_at_checked(length)?;
    let text = std::str::from_utf8(text).ok()?;
    Some((Secret::new(text.to_owned()), rest))
}

impl Credential {
    fn read(row: credential::Model) -> Result<Self, StoreError> {
        let kind = CredentialKind::from_code(&row.kind).ok_or(StoreError::Corrupt {
            what: "credential kind",
        })?;
        Ok(Self {
            id: CredentialId::from_uuid(row.id),
            label: row.label,
            user_name: row.user_name,
            kind,
            created_at: UnixMicros::new(row.created_at),
            updated_at: UnixMicros::new(row.updated_at),
        })
    }
}
