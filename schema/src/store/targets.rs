//! Targets: the machines that sessions connect to, and who finds which of them.

use sea_orm::sea_query::{Expr, ExprTrait as _, IntoCondition as _, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use shared::id::{CredentialId, TargetId, UserId};
use shared::limits::MOST_JUMPS;
use shared::time::UnixMicros;
use uuid::Uuid;

use super::connection::Transaction;
use super::users::found;
use super::{Edit, Page, Paged, Store, StoreError, recent, text};
use crate::entity::{group_member, target, target_grant};

/// A machine that sessions connect to.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Which.
    pub id: TargetId,
    /// Name shown to users.
    pub name: String,
    /// Folder path, parts separated by `/`; empty at the top.
    pub folder: String,
    /// Which driver: `ssh`.
    pub protocol: String,
    /// DNS name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Settings of the driver; the store does not look into them.
    pub settings: serde_json::Value,
    /// Host keys that were trusted, in OpenSSH public key format.
    pub host_keys: Vec<String>,
    /// Target to go through.
    pub jump: Option<TargetId>,
    /// Credential to authenticate with.
    pub credential: Option<CredentialId>,
    /// When it was made.
    pub created_at: UnixMicros,
    /// When it was last changed.
    pub updated_at: UnixMicros,
}

/// A target to make.
#[derive(Clone, Debug)]
pub struct NewTarget {
    /// Name shown to users: 1 to 256 characters.
    pub name: String,
    /// Folder path; empty at the top.
    pub folder: String,
    /// Which driver.
    pub protocol: String,
    /// DNS name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Settings of the driver.
    pub settings: serde_json::Value,
    /// Target to go through.
    pub jump: Option<TargetId>,
    /// Credential to authenticate with.
    pub credential: Option<CredentialId>,
}

/// What to change; `None` and [`Edit::Keep`] leave it.
#[derive(Clone, Debug, Default)]
pub struct TargetChange {
    /// Name shown to users.
    pub name: Option<String>,
    /// Folder path.
    pub folder: Option<String>,
    /// DNS name or address.
    pub host: Option<String>,
    /// TCP port.
    pub port: Option<u16>,
    /// Settings of the driver, as a whole.
    pub settings: Option<serde_json::Value>,
    /// Target to go through.
    pub jump: Edit<TargetId>,
    /// Credential to authenticate with.
    pub credential: Edit<CredentialId>,
}

/// Which targets to list.
#[derive(Clone, Debug, Default)]
pub struct TargetFilter {
    /// Part of the name, host or folder, in any case.
    pub search: Option<String>,
    /// Exactly this folder.
    pub folder: Option<String>,
    /// Granted to this user, directly or by a group; none lists all.
    pub usable_by: Option<UserId>,
}

/// A view of the store: targets.
#[derive(Clone, Copy, Debug)]
pub struct Targets<'a>(pub(super) &'a Store);

const LIST: &str = "targets";

impl NewTarget {
    /// Refuses what [`Targets::create`] would refuse without asking the database; for callers that
    /// must store something else before it.
    ///
    /// # Errors
    /// `Conflict` with `bad_name`, `bad_folder`, `bad_host` or `bad_protocol`.
    pub fn check(&self) -> Result<(), StoreError> {
        text::required(&self.protocol, 32, "bad_protocol")?;
        check_names(&self.name, &self.folder, &self.host)
    }
}

impl TargetChange {
    /// As [`NewTarget::check`], for what is changed.
    ///
    /// # Errors
    /// `Conflict` with `bad_name`, `bad_folder` or `bad_host`.
    pub fn check(&self) -> Result<(), StoreError> {
        let given = |value: &Option<String>| value.clone().unwrap_or_else(|| "kept".to_owned());
        check_names(&given(&self.name), &given(&self.folder), &given(&self.host))
    }
}

impl Targets<'_> {
    /// Makes a target.
    ///
    /// # Errors
    /// `Conflict` with `bad_name`, `bad_folder`, `bad_host`, `bad_protocol`, `unknown_reference`
    /// or `jump_too_long`.
    pub async fn create(self, new: NewTarget) -> Result<Target, StoreError> {
        let now = self.0.now().as_i64();
        let mut row = target::Model {
            id: TargetId::generate().as_uuid(),
            name: new.name,
            name_key: String::new(),
            folder: new.folder,
            search_text: String::new(),
            protocol: text::required(&new.protocol, 32, "bad_protocol")?,
            host: new.host,
            port: i32::from(new.port),
            settings: new.settings.to_string(),
            host_keys: "[]".to_owned(),
            jump_id: new.jump.map(TargetId::as_uuid),
            credential_id: new.credential.map(CredentialId::as_uuid),
            created_at: now,
            updated_at: now,
        };
        tidy(&mut row)?;
        let transaction = self.0.begin().await?;
        Box::pin(refuse_cycle(&transaction, row.id, row.jump_id)).await?;
        target::Entity::insert(target::ActiveModel::from(row.clone()))
            .exec_without_returning(&transaction)
            .await
            .map_err(|error| StoreError::from(error).reference("unknown_reference"))?;
        transaction.commit().await?;
        Target::read(row)
    }

    /// The target with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_id(self, id: TargetId) -> Result<Option<Target>, StoreError> {
        let row = target::Entity::find_by_id(id.as_uuid()).one(self.0.read());
        row.await?.map(Target::read).transpose()
    }

    /// Changes a target and returns it. Another host or port forgets the trusted host keys.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` as in `create`, and with `jump_cycle`.
    pub async fn update(self, id: TargetId, change: TargetChange) -> Result<Target, StoreError> {
        let transaction = self.0.begin().await?;
        let mut row = locked(&transaction, id.as_uuid())
            .await?
            .ok_or(StoreError::NotFound)?;
        let before = (row.host.clone(), row.port);
        row.jump_id = change.jump.over(row.jump_id, TargetId::as_uuid);
        row.credential_id = change
            .credential
            .over(row.credential_id, CredentialId::as_uuid);
        row.name = change.name.unwrap_or(row.name);
        row.folder = change.folder.unwrap_or(row.folder);
        row.host = change.host.unwrap_or(row.host);
        row.port = change.port.map_or(row.port, i32::from);
        row.settings = change
            .settings
            .map_or(row.settings, |settings| settings.to_string());
        row.updated_at = self.0.now().as_i64();
        tidy(&mut row)?;
        if before != (row.host.clone(), row.port) {
            "[]".clone_into(&mut row.host_keys);
        }
        Box::pin(refuse_cycle(&transaction, row.id, row.jump_id)).await?;
        let all = target::ActiveModel::from(row.clone()).reset_all();
        target::Entity::update_many()
            .set(all)
            .filter(target::Column::Id.eq(row.id))
            .exec(&transaction)
            .await
            .map_err(|error| StoreError::from(error).reference("unknown_reference"))?;
        transaction.commit().await?;
        Target::read(row)
    }

    /// Deletes a target and its grants. History keeps its name.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with `target_is_jump` while another target goes through it.
    pub async fn delete(self, id: TargetId) -> Result<(), StoreError> {
        let delete = target::Entity::delete_by_id(id.as_uuid())
            .exec(self.0.write())
            .await
            .map_err(|error| StoreError::from(error).reference("target_is_jump"))?;
        found(delete.rows_affected)
    }

    /// Targets by name.
    ///
    /// # Errors
    /// `Conflict` with `bad_cursor`.
    pub async fn list(self, page: Page, filter: TargetFilter) -> Result<Paged<Target>, StoreError> {
        let mut find = target::Entity::find().filter(usable_by(filter.usable_by));
        if let Some(search) = &filter.search {
            find = find.filter(text::contains(target::Column::SearchText, search));
        }
        if let Some(folder) = &filter.folder {
            find = find.filter(target::Column::Folder.eq(folder_path(folder)));
        }
        let mut cursor = find.cursor_by((target::Column::NameKey, target::Column::Id));
        if let Some(after) = page.after::<String>(LIST)? {
            cursor.after(after);
        }
        let rows = cursor.first(page.fetch()).all(self.0.read()).await?;
        let key = |row: &target::Model| (row.name_key.clone(), row.id);
        Paged::build(LIST, &page, rows, key, Target::read)
    }

    /// Every folder that holds a target, sorted; the top is not among them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn folders(self, usable_by_user: Option<UserId>) -> Result<Vec<String>, StoreError> {
        let folders = target::Entity::find()
            .select_only()
            .column(target::Column::Folder)
            .distinct()
            .filter(usable_by(usable_by_user))
            .filter(target::Column::Folder.ne(""))
            .order_by_asc(target::Column::Folder)
            .into_tuple()
            .all(self.0.read());
        Ok(folders.await?)
    }

    /// The targets that a user opened last, the latest first, as far as they may still be used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recent(self, user: UserId, limit: u32) -> Result<Vec<Target>, StoreError> {
        let rows = recent::targets(self.0.read(), user, limit).await?;
        rows.into_iter().map(Target::read).collect()
    }

    /// Remembers the first host key of a target. One that has a key already keeps that one: two
    /// first connections at the same time must not both be believed.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with `bad_host_key`.
    pub async fn trust_host_key(self, id: TargetId, key: &str) -> Result<(), StoreError> {
        let key = text::required(key, 16_384, "bad_host_key")?;
        let transaction = self.0.begin().await?;
        let row = locked(&transaction, id.as_uuid())
            .await?
            .ok_or(StoreError::NotFound)?;
        if !host_keys(&row.host_keys)?.is_empty() {
            return Ok(());
        }
        set_host_keys(&transaction, id, &[key]).await?;
        transaction.commit().await
    }

    /// Forgets every host key; the next connection decides by policy again.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn forget_host_keys(self, id: TargetId) -> Result<(), StoreError> {
        found(set_host_keys(self.0.write(), id, &[]).await?)
    }
}

async fn set_host_keys<C: ConnectionTrait>(
    db: &C,
    id: TargetId,
    keys: &[String],
) -> Result<u64, StoreError> {
    let keys = serde_json::Value::from(keys).to_string();
    let update = target::Entity::update_many()
        .col_expr(target::Column::HostKeys, Expr::value(keys))
        .filter(target::Column::Id.eq(id.as_uuid()))
        .exec(db);
    Ok(update.await?.rows_affected)
}

async fn locked(db: &Transaction, id: Uuid) -> Result<Option<target::Model>, StoreError> {
    let row = target::Entity::find_by_id(id).lock_exclusive().one(db);
    Ok(row.await?)
}

/// Follows the jumps from `jump` on; none of them may lead back to `target`. Locks what it sees,
/// so that two updates cannot close a cycle together.
async fn refuse_cycle(
    db: &Transaction,
    target: Uuid,
    jump: Option<Uuid>,
) -> Result<(), StoreError> {
    let mut next = jump;
    for _ in 0..=MOST_JUMPS {
        let Some(at) = next else { return Ok(()) };
        if at == target {
            return Err(StoreError::Conflict { what: "jump_cycle" });
        }
        let Some(row) = locked(db, at).await? else {
            return Err(StoreError::Conflict {
                what: "unknown_reference",
            });
        };
        next = row.jump_id;
    }
    Err(StoreError::Conflict {
        what: "jump_too_long",
    })
}

/// Brings names into their stored form, or refuses them.
fn tidy(row: &mut target::Model) -> Result<(), StoreError> {
    (row.name, row.name_key) = name(&row.name)?;
    row.folder = folder(&row.folder)?;
    row.host = host(&row.host)?;
    row.search_text = text::searchable(&[&row.name, &row.host, &row.folder]);
    Ok(())
}

fn check_names(name_given: &str, folder_given: &str, host_given: &str) -> Result<(), StoreError> {
    name(name_given)?;
    folder(folder_given)?;
    host(host_given).map(drop)
}

/// A name and its key.
fn name(given: &str) -> Result<(String, String), StoreError> {
    let name = text::required(given, 256, "bad_name")?;
    let key = text::required(&text::key(&name), 512, "bad_name")?;
    Ok((name, key))
}

fn folder(given: &str) -> Result<String, StoreError> {
    text::optional(&folder_path(given), 512, "bad_folder")
}

fn host(given: &str) -> Result<String, StoreError> {
    text::required(given, 255, "bad_host")
}

/// A folder path without empty parts and blanks around parts.
fn folder_path(path: &str) -> String {
    let parts = path.split('/').map(str::trim);
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// Only targets granted to `user`; everything for none.
pub(super) fn usable_by(user: Option<UserId>) -> Condition {
    let Some(user) = user else {
        return Condition::all();
    };
    let granted = granted_to(user);
    target::Column::Id.in_subquery(granted).into_condition()
}

/// The ids of targets granted to `user`, directly or by a group.
pub(super) fn granted_to(user: UserId) -> SelectStatement {
    let groups = Query::select()
        .column(group_member::Column::GroupId)
        .from(group_member::Entity)
        .and_where(group_member::Column::UserId.eq(user.as_uuid()))
        .to_owned();
    let by_user = target_grant::Column::UserId.eq(user.as_uuid());
    let by_group = target_grant::Column::GroupId.in_subquery(groups);
    Query::select()
        .column(target_grant::Column::TargetId)
        .from(target_grant::Entity)
        .and_where(by_user.or(by_group))
        .to_owned()
}

fn host_keys(text: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(text).map_err(|_json| StoreError::Corrupt { what: "host keys" })
}

impl Target {
    fn read(row: target::Model) -> Result<Self, StoreError> {
        let corrupt = |what| StoreError::Corrupt { what };
        Ok(Self {
            id: TargetId::from_uuid(row.id),
            name: row.name,
            folder: row.folder,
            protocol: row.protocol,
            host: row.host,
            port: u16::try_from(row.port).map_err(|_range| corrupt("target port"))?,
            settings: serde_json::from_str(&row.settings)
                .map_err(|_json| corrupt("target settings"))?,
            host_keys: host_keys(&row.host_keys)?,
            jump: row.jump_id.map(TargetId::from_uuid),
            credential: row.credential_id.map(CredentialId::from_uuid),
            created_at: UnixMicros::new(row.created_at),
            updated_at: UnixMicros::new(row.updated_at),
        })
    }
}
