//! Users: who may sign in. The last enabled admin can neither leave nor be shut out.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _,
};
use shared::id::UserId;
use shared::secret::Secret;
use shared::time::UnixMicros;
use uuid::Uuid;

use super::connection::Transaction;
use super::{Page, Paged, Store, StoreError, text};
use crate::entity::user;

/// A person who may sign in.
#[derive(Clone, Debug)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// Sign-in name, as first written; compared without case.
    pub name: String,
    /// Name shown to others.
    pub display_name: String,
    /// May manage everything.
    pub is_admin: bool,
    /// May not sign in.
    pub is_disabled: bool,
    /// Argon2id hash in PHC format; none when there is no local password.
    pub password_hash: Option<Secret<String>>,
    /// Must choose a new password before anything else.
    pub must_change_password: bool,
    /// When the user was made.
    pub created_at: UnixMicros,
    /// When the user last signed in.
    pub last_sign_in_at: Option<UnixMicros>,
}

/// A user to make.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Sign-in name: 1 to 128 characters.
    pub name: String,
    /// Name shown to others; empty means the sign-in name.
    pub display_name: String,
    /// May manage everything.
    pub is_admin: bool,
    /// Hash in PHC format.
    pub password_hash: Option<Secret<String>>,
    /// Must choose a new password at the first sign-in.
    pub must_change_password: bool,
}

/// What to change; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// Name shown to others.
    pub display_name: Option<String>,
    /// May manage everything.
    pub is_admin: Option<bool>,
    /// May not sign in.
    pub is_disabled: Option<bool>,
}

/// A view of the store: users.
#[derive(Clone, Copy, Debug)]
pub struct Users<'a>(pub(super) &'a Store);

const LIST: &str = "users";

impl Users<'_> {
    /// Makes a user.
    ///
    /// # Errors
    /// `Conflict` with `name_taken`, `bad_name` or `bad_display_name`.
    pub async fn create(self, new: NewUser) -> Result<User, StoreError> {
        insert(self.0.write(), new, self.0.now()).await
    }

    /// The user with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_id(self, id: UserId) -> Result<Option<User>, StoreError> {
        let row = user::Entity::find_by_id(id.as_uuid()).one(self.0.read());
        Ok(row.await?.map(User::from))
    }

    /// The user with this sign-in name, in any case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_name(self, name: &str) -> Result<Option<User>, StoreError> {
        let row = user::Entity::find()
            .filter(user::Column::NameKey.eq(text::key(name)))
            .one(self.0.read());
        Ok(row.await?.map(User::from))
    }

    /// Users by name; `search` looks into both names.
    ///
    /// # Errors
    /// `Conflict` with `bad_cursor`.
    pub async fn list(self, page: Page, search: Option<&str>) -> Result<Paged<User>, StoreError> {
        let mut find = user::Entity::find();
        if let Some(search) = search {
            find = find.filter(text::contains(user::Column::SearchText, search));
        }
        let mut cursor = find.cursor_by((user::Column::NameKey, user::Column::Id));
        if let Some(after) = page.after::<String>(LIST)? {
            cursor.after(after);
        }
        let rows = cursor.first(page.fetch()).all(self.0.read()).await?;
        let key = |row: &user::Model| (row.name_key.clone(), row.id);
        Paged::build(LIST, &page, rows, key, |row| Ok(User::from(row)))
    }

    /// Changes a user and returns it.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with `last_admin` when nobody could manage Baton afterwards.
    pub async fn update(self, id: UserId, change: UserChange) -> Result<User, StoreError> {
        let transaction = self.0.begin().await?;
        let admins = lock_admins(&transaction).await?;
        let mut row = locked(&transaction, id).await?;
        if let Some(display_name) = change.display_name {
            row.display_name = text::required(&display_name, 256, "bad_display_name")?;
            row.search_text = text::searchable(&[&row.name, &row.display_name]);
        }
        row.is_admin = change.is_admin.unwrap_or(row.is_admin);
        row.is_disabled = change.is_disabled.unwrap_or(row.is_disabled);
        if !row.is_admin || row.is_disabled {
            refuse_last(&admins, row.id)?;
        }
        let update = user::ActiveModel {
            id: Set(row.id),
            display_name: Set(row.display_name.clone()),
            search_text: Set(row.search_text.clone()),
            is_admin: Set(row.is_admin),
            is_disabled: Set(row.is_disabled),
            ..Default::default()
        };
        user::Entity::update_many()
            .set(update)
            .filter(user::Column::Id.eq(row.id))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(User::from(row))
    }

    /// Replaces the password's hash.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn set_password(
        self,
        id: UserId,
        hash: Secret<String>,
        must_change: bool,
    ) -> Result<(), StoreError> {
        let update = user::Entity::update_many()
            .col_expr(
                user::Column::PasswordHash,
                Expr::value(hash.expose().clone()),
            )
            .col_expr(user::Column::MustChangePassword, Expr::value(must_change))
            .filter(user::Column::Id.eq(id.as_uuid()))
            .exec(self.0.write());
        found(update.await?.rows_affected)
    }

    /// Notes that the user signed in now.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn record_sign_in(self, id: UserId) -> Result<(), StoreError> {
        let now = self.0.now().as_i64();
        let update = user::Entity::update_many()
            .col_expr(user::Column::LastSignInAt, Expr::value(now))
            .filter(user::Column::Id.eq(id.as_uuid()))
            .exec(self.0.write());
        found(update.await?.rows_affected)
    }

    /// Deletes a user, with logins, memberships and grants. History and audit keep the name.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with `last_admin`.
    pub async fn delete(self, id: UserId) -> Result<(), StoreError> {
        let transaction = self.0.begin().await?;
        let admins = lock_admins(&transaction).await?;
        refuse_last(&admins, id.as_uuid())?;
        let delete = user::Entity::delete_by_id(id.as_uuid()).exec(&transaction);
        found(delete.await?.rows_affected)?;
        transaction.commit().await
    }

    /// Whether anybody can manage Baton: an admin who may sign in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_any_admin(self) -> Result<bool, StoreError> {
        let admins = user::Entity::find()
            .filter(user::Column::IsAdmin.eq(true))
            .filter(user::Column::IsDisabled.eq(false))
            .count(self.0.read());
        Ok(admins.await? > 0)
    }
}

/// Makes a user, on its own or as part of something larger.
pub(super) async fn insert<C: ConnectionTrait>(
    db: &C,
    new: NewUser,
    now: UnixMicros,
) -> Result<User, StoreError> {
    let name = text::required(&new.name, 128, "bad_name")?;
    let mut display_name = text::optional(&new.display_name, 256, "bad_display_name")?;
    if display_name.is_empty() {
        display_name.clone_from(&name);
    }
    let row = user::Model {
        id: UserId::generate().as_uuid(),
        name_key: name_key(&name)?,
        search_text: text::searchable(&[&name, &display_name]),
        name,
        display_name,
        is_admin: new.is_admin,
        is_disabled: false,
        password_hash: new.password_hash.map(|hash| hash.expose().clone()),
        must_change_password: new.must_change_password,
        created_at: now.as_i64(),
        last_sign_in_at: None,
    };
    let insert = user::Entity::insert(user::ActiveModel::from(row.clone()));
    insert
        .exec_without_returning(db)
        .await
        .map_err(|error| StoreError::from(error).duplicate("name_taken"))?;
    Ok(User::from(row))
}

/// Everyone who could manage Baton. Locks them, so that two admins cannot remove each other.
async fn lock_admins(transaction: &Transaction) -> Result<Vec<Uuid>, StoreError> {
    let admins = user::Entity::find()
        .filter(user::Column::IsAdmin.eq(true))
        .lock_exclusive()
        .all(transaction)
        .await?;
    let enabled = admins.into_iter().filter(|admin| !admin.is_disabled);
    Ok(enabled.map(|admin| admin.id).collect())
}

fn refuse_last(admins: &[Uuid], leaving: Uuid) -> Result<(), StoreError> {
    if admins == [leaving] {
        return Err(StoreError::Conflict { what: "last_admin" });
    }
    Ok(())
}

async fn locked(transaction: &Transaction, id: UserId) -> Result<user::Model, StoreError> {
    user::Entity::find_by_id(id.as_uuid())
        .lock_exclusive()
        .one(transaction)
        .await?
        .ok_or(StoreError::NotFound)
}

fn name_key(name: &str) -> Result<String, StoreError> {
    text::required(&text::key(name), 255, "bad_name")
}

/// One row was meant; none means that it does not exist.
pub(super) const fn found(rows: u64) -> Result<(), StoreError> {
    if rows == 0 {
        return Err(StoreError::NotFound);
    }
    Ok(())
}

impl From<user::Model> for User {
    fn from(row: user::Model) -> Self {
        Self {
            id: UserId::from_uuid(row.id),
            name: row.name,
            display_name: row.display_name,
            is_admin: row.is_admin,
            is_disabled: row.is_disabled,
            password_hash: row.password_hash.map(Secret::new),
            must_change_password: row.must_change_password,
            created_at: UnixMicros::new(row.created_at),
            last_sign_in_at: row.last_sign_in_at.map(UnixMicros::new),
        }
    }
}
