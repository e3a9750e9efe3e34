//! Setup links: let the first admin in, once. Only the hash of the link's token is stored.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use shared::time::UnixMicros;

use super::{NewUser, Store, StoreError, User, users};
use crate::entity::setup_link;

/// What a setup link is worth now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupLinkState {
    /// It may be used once.
    Usable,
    /// Somebody has used it.
    Used,
    /// It was not used in time.
    Expired,
    /// It never existed, or a newer link replaced it.
    Unknown,
}

/// A view of the store: setup links.
#[derive(Clone, Copy, Debug)]
pub struct SetupLinks<'a>(pub(super) &'a Store);

impl SetupLinks<'_> {
    /// Makes a link and forgets those that nobody has used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace(self, hash: [u8; 32], expires_at: UnixMicros) -> Result<(), StoreError> {
        let transaction = self.0.begin().await?;
        setup_link::Entity::delete_many()
            .filter(setup_link::Column::UsedAt.is_null())
            .exec(&transaction)
            .await?;
        let row = setup_link::Model {
            token_hash: hash.to_vec(),
            created_at: self.0.now().as_i64(),
            expires_at: expires_at.as_i64(),
            used_at: None,
        };
        setup_link::Entity::insert(setup_link::ActiveModel::from(row))
            .exec_without_returning(&transaction)
            .await
            .map_err(|error| StoreError::from(error).duplicate("setup_link_exists"))?;
        transaction.commit().await
    }

    /// Uses a link up and makes its admin, both or neither: a name that is taken, or a node that
    /// dies in between, leaves the link as good as before. `None` when the link is worth nothing.
    ///
    /// # Errors
    /// As [`Users::create`](super::Users::create).
    pub async fn redeem(self, hash: [u8; 32], admin: NewUser) -> Result<Option<User>, StoreError> {
        let now = self.0.now();
        let transaction = self.0.begin().await?;
        let update = setup_link::Entity::update_many()
            .col_expr(setup_link::Column::UsedAt, Expr::value(now.as_i64()))
            .filter(setup_link::Column::TokenHash.eq(hash.to_vec()))
            .filter(setup_link::Column::UsedAt.is_null())
            .filter(setup_link::Column::ExpiresAt.gt(now.as_i64()))
            .exec(&transaction);
        if update.await?.rows_affected != 1 {
            return Ok(None);
        }
        let user = users::insert(&transaction, admin, now).await?;
        transaction.commit().await?;
        Ok(Some(user))
    }

    /// What a link is worth now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn state(self, hash: [u8; 32]) -> Result<SetupLinkState, StoreError> {
        let row = setup_link::Entity::find_by_id(hash.to_vec()).one(self.0.read());
        let now = self.0.now().as_i64();
        Ok(match row.await? {
            None => SetupLinkState::Unknown,
            Some(link) if link.used_at.is_some() => SetupLinkState::Used,
            Some(link) if link.expires_at <= now => SetupLinkState::Expired,
            Some(_) => SetupLinkState::Usable,
        })
    }
}
