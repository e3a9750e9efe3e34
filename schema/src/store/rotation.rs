//! Rotation: rewraps every data key with the current key, while everything keeps running.
//!
//! It can stop at any row and be started again: what is left is what names another key.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::credentials::place;
use super::{Store, StoreError};
use crate::entity::credential;
use crate::seal::{KeyId, SealError};

/// Rows read at once.
const BATCH: u64 = 100;

/// How far a rotation has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Secrets rewrapped by this run.
    pub rewrapped: u64,
    /// Secrets that still need an older key.
    pub remaining: u64,
}

impl Store {
    /// Rewraps every secret's data key with the key ring's current key, in batches, and tells
    /// `progress` after each. Secrets stay readable all the time; writers need not stop.
    ///
    /// # Errors
    /// `Sealed` when a secret's key is missing or the row was tampered with; everything rewrapped
    /// until then stays so, and the next run goes on.
    pub async fn rotate_keys(
        &self,
        mut progress: impl FnMut(Rotation) + Send,
    ) -> Result<Rotation, StoreError> {
        let current = self.keys().current()?;
        let mut done = Rotation {
            rewrapped: 0,
            remaining: self.not_sealed_with(&current).await?,
        };
        let mut after = Uuid::nil();
        while done.remaining > 0 {
            let rows = self.batch(&current, after).await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            for row in rows {
                done.rewrapped += self.rewrap(row).await?;
            }
            done.remaining = self.not_sealed_with(&current).await?;
            progress(done);
        }
        Ok(done)
    }

    /// How many secrets need each key. A key that is not among them may be retired, once no node
    /// seals with it any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn key_usage(&self) -> Result<Vec<(KeyId, u64)>, StoreError> {
        let counts: Vec<(String, i64)> = credential::Entity::find()
            .select_only()
            .column(credential::Column::KeyId)
            .column_as(credential::Column::Id.count(), "secrets")
            .group_by(credential::Column::KeyId)
            .order_by_asc(credential::Column::KeyId)
            .into_tuple()
            .all(self.read())
            .await?;
        counts
            .into_iter()
            .map(|(name, count)| {
                let key = KeyId::new(&name).ok_or(StoreError::Corrupt { what: "key name" })?;
                Ok((key, u64::try_from(count).unwrap_or(0)))
            })
            .collect()
    }

    /// Refuses a key ring without a key that stored secrets need: with it the node would start, and
    /// every target with a stored credential would fail.
    ///
    /// # Errors
    /// `Sealed` with `UnknownKey`, or when the database fails.
    pub async fn refuse_missing_keys(&self) -> Result<(), StoreError> {
        let held = self.keys().ids();
        let needed = self.key_usage().await?;
        match needed.into_iter().find(|(key, _)| !held.contains(key)) {
            Some((key, _)) => Err(SealError::UnknownKey { key }.into()),
            None => Ok(()),
        }
    }

    async fn not_sealed_with(&self, current: &KeyId) -> Result<u64, StoreError> {
        let rows = credential::Entity::find()
            .filter(credential::Column::KeyId.ne(current.as_str()))
            .count(self.write());
        Ok(rows.await?)
    }

    async fn batch(
        &self,
        current: &KeyId,
        after: Uuid,
    ) -> Result<Vec<credential::Model>, StoreError> {
        let rows = credential::Entity::find()
            .filter(credential::Column::KeyId.ne(current.as_str()))
            .filter(credential::Column::Id.gt(after))
            .order_by_asc(credential::Column::Id)
            .limit(BATCH)
            .all(self.write());
        Ok(rows.await?)
    }

    /// Rewraps one secret; not one that somebody replaced meanwhile.
    async fn rewrap(&self, row: credential::Model) -> Result<u64, StoreError> {
        let place = place(row.id, row.sealed_version)?;
        let Some(sealed) = self.keys().rewrap(&place, &row.sealed)? else {
            return Ok(0);
        };
        let key = crate::seal::KeyRing::key_of(&sealed)?;
        let update = credential::Entity::update_many()
            .col_expr(credential::Column::Sealed, Expr::value(sealed))
            .col_expr(credential::Column::KeyId, Expr::value(key.as_str()))
            .filter(credential::Column::Id.eq(row.id))
            .filter(credential::Column::Sealed.eq(row.sealed))
            .exec(self.write());
        Ok(update.await?.rows_affected)
    }
}
