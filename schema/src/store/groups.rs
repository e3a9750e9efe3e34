//! Groups: sets of users that grants can name.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use shared::id::{GroupId, UserId};

use super::users::found;
use super::{Page, Paged, Store, StoreError, User, text};
use crate::entity::{group_member, user, user_group};

/// A set of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Which.
    pub id: GroupId,
    /// Its name, unique without case.
    pub name: String,
}

/// A view of the store: groups.
#[derive(Clone, Copy, Debug)]
pub struct Groups<'a>(pub(super) &'a Store);

const LIST: &str = "groups";
const MEMBERS: &str = "members";

impl Groups<'_> {
    /// Makes a group.
    ///
    /// # Errors
    /// `Conflict` with `name_taken` or `bad_name`.
    pub async fn create(self, name: &str) -> Result<Group, StoreError> {
        let (name, name_key) = names(name)?;
        let row = user_group::Model {
            id: GroupId::generate().as_uuid(),
            name,
            name_key,
            created_at: self.0.now().as_i64(),
        };
        user_group::Entity::insert(user_group::ActiveModel::from(row.clone()))
            .exec_without_returning(self.0.write())
            .await
            .map_err(|error| StoreError::from(error).duplicate("name_taken"))?;
        Ok(Group::from(row))
    }

    /// Gives a group another name.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with `name_taken` or `bad_name`.
    pub async fn rename(self, id: GroupId, name: &str) -> Result<Group, StoreError> {
        let (name, name_key) = names(name)?;
        let change = user_group::ActiveModel {
            name: Set(name.clone()),
            name_key: Set(name_key),
            ..Default::default()
        };
        let update = user_group::Entity::update_many()
            .set(change)
            .filter(user_group::Column::Id.eq(id.as_uuid()))
            .exec(self.0.write())
            .await
            .map_err(|error| StoreError::from(error).duplicate("name_taken"))?;
        found(update.rows_affected)?;
        Ok(Group { id, name })
    }

    /// Deletes a group, with its memberships and grants.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete(self, id: GroupId) -> Result<(), StoreError> {
        let delete = user_group::Entity::delete_by_id(id.as_uuid()).exec(self.0.write());
        found(delete.await?.rows_affected)
    }

    /// The group with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_id(self, id: GroupId) -> Result<Option<Group>, StoreError> {
        let row = user_group::Entity::find_by_id(id.as_uuid()).one(self.0.read());
        Ok(row.await?.map(Group::from))
    }

    /// Groups by name; `search` is part of it.
    ///
    /// # Errors
    /// `Conflict` with `bad_cursor`.
    pub async fn list(self, page: Page, search: Option<&str>) -> Result<Paged<Group>, StoreError> {
        let mut find = user_group::Entity::find();
        if let Some(search) = search {
            find = find.filter(text::contains(user_group::Column::NameKey, search));
        }
        let mut cursor = find.cursor_by((user_group::Column::NameKey, user_group::Column::Id));
        if let Some(after) = page.after::<String>(LIST)? {
            cursor.after(after);
        }
        let rows = cursor.first(page.fetch()).all(self.0.read()).await?;
        let key = |row: &user_group::Model| (row.name_key.clone(), row.id);
        Paged::build(LIST, &page, rows, key, |row| Ok(Group::from(row)))
    }

    /// Puts a user into a group. Doing it twice changes nothing.
    ///
    /// # Errors
    /// `NotFound` when there is no such user or group.
    pub async fn add_member(self, group: GroupId, user: UserId) -> Result<(), StoreError> {
        let row = group_member::Model {
            group_id: group.as_uuid(),
            user_id: user.as_uuid(),
            created_at: self.0.now().as_i64(),
        };
        let once =
            OnConflict::columns([group_member::Column::GroupId, group_member::Column::UserId])
                .update_column(group_member::Column::UserId)
                .to_owned();
        let insert = group_member::Entity::insert(group_member::ActiveModel::from(row))
            .on_conflict(once)
            .exec_without_returning(self.0.write())
            .await;
        match insert.map_err(StoreError::from) {
            Ok(_) => Ok(()),
            Err(StoreError::Conflict { what: "reference" }) => Err(StoreError::NotFound),
            Err(other) => Err(other),
        }
    }

    /// Takes a user out of a group.
    ///
    /// # Errors
    /// `NotFound` when the user was not in it.
    pub async fn remove_member(self, group: GroupId, user: UserId) -> Result<(), StoreError> {
        let key = (group.as_uuid(), user.as_uuid());
        let delete = group_member::Entity::delete_by_id(key).exec(self.0.write());
        found(delete.await?.rows_affected)
    }

    /// The members of a group, by name.
    ///
    /// # Errors
    /// `Conflict` with `bad_cursor`.
    pub async fn members(self, group: GroupId, page: Page) -> Result<Paged<User>, StoreError> {
        let members = Query::select()
            .column(group_member::Column::UserId)
            .from(group_member::Entity)
            .and_where(group_member::Column::GroupId.eq(group.as_uuid()))
            .to_owned();
        let mut cursor = user::Entity::find()
            .filter(user::Column::Id.in_subquery(members))
            .cursor_by((user::Column::NameKey, user::Column::Id));
        if let Some(after) = page.after::<String>(MEMBERS)? {
            cursor.after(after);
        }
        let rows = cursor.first(page.fetch()).all(self.0.read()).await?;
        let key = |row: &user::Model| (row.name_key.clone(), row.id);
        Paged::build(MEMBERS, &page, rows, key, |row| Ok(User::from(row)))
    }

    /// The groups that a user is in, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of_user(self, user: UserId) -> Result<Vec<Group>, StoreError> {
        let groups = Query::select()
            .column(group_member::Column::GroupId)
            .from(group_member::Entity)
            .and_where(group_member::Column::UserId.eq(user.as_uuid()))
            .to_owned();
        let rows = user_group::Entity::find()
            .filter(user_group::Column::Id.in_subquery(groups))
            .order_by_asc(user_group::Column::NameKey)
            .all(self.0.read());
        Ok(rows.await?.into_iter().map(Group::from).collect())
    }
}

fn names(name: &str) -> Result<(String, String), StoreError> {
    let name = text::required(name, 128, "bad_name")?;
    let key = text::required(&text::key(&name), 255, "bad_name")?;
    Ok((name, key))
}

impl From<user_group::Model> for Group {
    fn from(row: user_group::Model) -> Self {
        Self {
            id: GroupId::from_uuid(row.id),
            name: row.name,
        }
    }
}
