//! Grants: who may use which target, as a user or as a member of a group.

use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use shared::id::{GrantId, GroupId, TargetId, UserId};
use shared::time::UnixMicros;

use super::targets::granted_to;
use super::users::found;
use super::{Page, Paged, Store, StoreError};
use crate::entity::{target, target_grant, user};

/// Whom a grant is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// One user.
    User(UserId),
    /// Every member of a group.
    Group(GroupId),
}

/// Permission to use one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Which.
    pub id: GrantId,
    /// What may be used.
    pub target: TargetId,
    /// By whom.
    pub subject: Subject,
    /// Since when.
    pub created_at: UnixMicros,
}

/// A view of the store: grants.
#[derive(Clone, Copy, Debug)]
pub struct Grants<'a>(pub(super) &'a Store);

const LIST: &str = "grants";

impl Grants<'_> {
    /// Grants the use of a target.
    ///
    /// # Errors
    /// `Conflict` with `grant_exists` or `unknown_reference`.
    pub async fn create(self, target: TargetId, subject: Subject) -> Result<Grant, StoreError> {
        let (user, group) = match subject {
            Subject::User(user) => (Some(user.as_uuid()), None),
            Subject::Group(group) => (None, Some(group.as_uuid())),
        };
        let row = target_grant::Model {
            id: GrantId::generate().as_uuid(),
            target_id: target.as_uuid(),
            user_id: user,
            group_id: group,
            created_at: self.0.now().as_i64(),
        };
        target_grant::Entity::insert(target_grant::ActiveModel::from(row.clone()))
            .exec_without_returning(self.0.write())
            .await
            .map_err(|error| {
                StoreError::from(error)
                    .duplicate("grant_exists")
                    .reference("unknown_reference")
            })?;
        Grant::read(&row)
    }

    /// Withdraws a grant.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete(self, id: GrantId) -> Result<(), StoreError> {
        let delete = target_grant::Entity::delete_by_id(id.as_uuid()).exec(self.0.write());
        found(delete.await?.rows_affected)
    }

    /// The grants of a target, the oldest first.
    ///
    /// # Errors
    /// `Conflict` with `bad_cursor`.
    pub async fn list_for_target(
        self,
        target: TargetId,
        page: Page,
    ) -> Result<Paged<Grant>, StoreError> {
        let mut cursor = target_grant::Entity::find()
            .filter(target_grant::Column::TargetId.eq(target.as_uuid()))
            .cursor_by((target_grant::Column::CreatedAt, target_grant::Column::Id));
        if let Some(after) = page.after::<i64>(LIST)? {
            cursor.after(after);
        }
        let rows = cursor.first(page.fetch()).all(self.0.read()).await?;
        let key = |row: &target_grant::Model| (row.created_at, row.id);
        Paged::build(LIST, &page, rows, key, |row| Grant::read(&row))
    }

    /// Whether an enabled user was granted the target, directly or by a group. Admins hold no
    /// grants by being admins; the caller decides what they may do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn may_use(self, user: UserId, target: TargetId) -> Result<bool, StoreError> {
        let enabled = user::Entity::find_by_id(user.as_uuid())
            .filter(user::Column::IsDisabled.eq(false))
            .count(self.0.read());
        if enabled.await? == 0 {
            return Ok(false);
        }
        let granted = target::Entity::find_by_id(target.as_uuid())
            .filter(target::Column::Id.in_subquery(granted_to(user)))
            .count(self.0.read());
        Ok(granted.await? > 0)
    }
}

impl Grant {
    fn read(row: &target_grant::Model) -> Result<Self, StoreError> {
        let subject = match (row.user_id, row.group_id) {
            (Some(user), None) => Subject::User(UserId::from_uuid(user)),
            (None, Some(group)) => Subject::Group(GroupId::from_uuid(group)),
            (None, None) | (Some(_), Some(_)) => {
                return Err(StoreError::Corrupt { what: "grant" });
            }
        };
        Ok(Self {
            id: GrantId::from_uuid(row.id),
            target: TargetId::from_uuid(row.target_id),
            subject,
            created_at: UnixMicros::new(row.created_at),
        })
    }
}
