//! Logins: one per browser. Only the hash of the cookie's token is stored.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationDef,
};
use shared::id::{LoginId, UserId};
use shared::time::UnixMicros;
use uuid::Uuid;

use super::users::found;
use super::{Store, StoreError, User, text};
use crate::entity::{login, user};

/// One browser's login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Which.
    pub id: LoginId,
    /// Whose.
    pub user: UserId,
    /// When it began.
    pub created_at: UnixMicros,
    /// When it was last used.
    pub last_seen_at: UnixMicros,
    /// When it ends whatever happens.
    pub expires_at: UnixMicros,
    /// Where it was made from.
    pub address: String,
    /// What the browser called itself.
    pub user_agent: String,
}

/// A login to make.
#[derive(Clone, Debug)]
pub struct NewLogin {
    /// Whose.
    pub user: UserId,
    /// SHA-256 of the token in the cookie.
    pub token_hash: [u8; 32],
    /// When it ends whatever happens.
    pub expires_at: UnixMicros,
    /// Where it is made from.
    pub address: String,
    /// What the browser calls itself; cut when long.
    pub user_agent: String,
}

/// A login that still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveLogin {
    /// Which.
    pub id: LoginId,
    /// Whose.
    pub user: UserId,
    /// May manage everything.
    pub is_admin: bool,
}

/// Logins asked about in one statement, at most: far below what the databases take.
const BATCH: usize = 500;

/// A view of the store: logins.
#[derive(Clone, Copy, Debug)]
pub struct Logins<'a>(pub(super) &'a Store);

impl Logins<'_> {
    /// Makes a login.
    ///
    /// # Errors
    /// `Conflict` with `unknown_user` (or a token that exists, which cannot happen by chance).
    pub async fn create(self, new: NewLogin) -> Result<Login, StoreError> {
        let now = self.0.now().as_i64();
        let row = login::Model {
            id: LoginId::generate().as_uuid(),
            user_id: new.user.as_uuid(),
            token_hash: new.token_hash.to_vec(),
            created_at: now,
            last_seen_at: now,
            expires_at: new.expires_at.as_i64(),
            address: text::cut(&new.address, 255),
            user_agent: text::cut(&new.user_agent, 512),
        };
        login::Entity::insert(login::ActiveModel::from(row.clone()))
            .exec_without_returning(self.0.write())
            .await
            .map_err(|error| StoreError::from(error).reference("unknown_user"))?;
        Ok(Login::from(row))
    }

    /// The login of a token and its user, unless it has expired. The user may be disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_token_hash(self, hash: &[u8; 32]) -> Result<Option<(Login, User)>, StoreError> {
        let Some(row) = login::Entity::find()
            .filter(login::Column::TokenHash.eq(hash.to_vec()))
            .filter(login::Column::ExpiresAt.gt(self.0.now().as_i64()))
            .one(self.0.read())
            .await?
        else {
            return Ok(None);
        };
        let user = user::Entity::find_by_id(row.user_id).one(self.0.read());
        Ok(user.await?.map(|user| (Login::from(row), User::from(user))))
    }

    /// Which of these logins still count: not ended, not expired, of users who may sign in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live(self, ids: &[LoginId]) -> Result<Vec<LiveLogin>, StoreError> {
        let mut live = Vec::with_capacity(ids.len());
        for some in ids.chunks(BATCH) {
            let found: Vec<(Uuid, Uuid, bool)> = login::Entity::find()
                .select_only()
                .column(login::Column::Id)
                .column(login::Column::UserId)
                .column(user::Column::IsAdmin)
                .join(JoinType::InnerJoin, to_user())
                .filter(login::Column::Id.is_in(some.iter().map(|id| id.as_uuid())))
                .filter(login::Column::ExpiresAt.gt(self.0.now().as_i64()))
                .filter(user::Column::IsDisabled.eq(false))
                .into_tuple()
                .all(self.0.read())
                .await?;
            live.extend(found.into_iter().map(|(id, user, is_admin)| LiveLogin {
                id: LoginId::from_uuid(id),
                user: UserId::from_uuid(user),
                is_admin,
            }));
        }
        Ok(live)
    }

    /// Notes that the login is in use now.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn touch(self, id: LoginId) -> Result<(), StoreError> {
        let update = login::Entity::update_many()
            .col_expr(
                login::Column::LastSeenAt,
                Expr::value(self.0.now().as_i64()),
            )
            .filter(login::Column::Id.eq(id.as_uuid()))
            .exec(self.0.write());
        found(update.await?.rows_affected)
    }

    /// Ends a login.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn end(self, id: LoginId) -> Result<(), StoreError> {
        let delete = login::Entity::delete_by_id(id.as_uuid()).exec(self.0.write());
        found(delete.await?.rows_affected)
    }

    /// Ends every login of a user and returns how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_all(self, user: UserId) -> Result<u64, StoreError> {
        let delete = login::Entity::delete_many()
            .filter(login::Column::UserId.eq(user.as_uuid()))
            .exec(self.0.write());
        Ok(delete.await?.rows_affected)
    }

    /// A user's logins that have not expired, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(self, user: UserId) -> Result<Vec<Login>, StoreError> {
        let rows = login::Entity::find()
            .filter(login::Column::UserId.eq(user.as_uuid()))
            .filter(login::Column::ExpiresAt.gt(self.0.now().as_i64()))
            .order_by_desc(login::Column::CreatedAt)
            .order_by_desc(login::Column::Id)
            .all(self.0.read());
        Ok(rows.await?.into_iter().map(Login::from).collect())
    }

    /// Deletes logins that expired before `before` and returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(self, before: UnixMicros) -> Result<u64, StoreError> {
        let delete = login::Entity::delete_many()
            .filter(login::Column::ExpiresAt.lt(before.as_i64()))
            .exec(self.0.write());
        Ok(delete.await?.rows_affected)
    }
}

fn to_user() -> RelationDef {
    login::Entity::belongs_to(user::Entity)
        .from(login::Column::UserId)
        .to(user::Column::Id)
        .into()
}

impl From<login::Model> for Login {
    fn from(row: login::Model) -> Self {
        Self {
            id: LoginId::from_uuid(row.id),
            user: UserId::from_uuid(row.user_id),
            created_at: UnixMicros::new(row.created_at),
            last_seen_at: UnixMicros::new(row.last_seen_at),
            expires_at: UnixMicros::new(row.expires_at),
            address: row.address,
            user_agent: row.user_agent,
        }
    }
}
