//! Checkpoints: what another node resumes a session from. A stale owner cannot overwrite one.
//!
//! INVARIANT: the epoch is compared inside the statement that writes; the test
//! `a_checkpoint_of_an_older_epoch_is_refused` breaks otherwise.

use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _};
use shared::epoch::Epoch;
use shared::id::SessionId;
use shared::time::UnixMicros;

use super::sessions::{epoch, fenced, stored};
use super::{Store, StoreError};
use crate::entity::{checkpoint, session_history};

/// Layout of the row, for readers to come; the body has a version of its own.
const VERSION: i32 = 1;

/// Largest body, in bytes: what a `MEDIUMBLOB` and a default `max_allowed_packet` both take.
const LARGEST_BODY: usize = 12 * 1024 * 1024;

/// The latest durable state of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The owner's epoch that wrote it.
    pub epoch: Epoch,
    /// The state; the store does not look into it.
    pub body: Vec<u8>,
    /// When it was written.
    pub saved_at: UnixMicros,
}

/// What became of an insert.
enum Insert {
    /// The row is new.
    Done,
    /// There is a row.
    Standing,
    /// The session is over.
    Over,
}

/// A view of the store: checkpoints.
#[derive(Clone, Copy, Debug)]
pub struct Checkpoints<'a>(pub(super) &'a Store);

impl Checkpoints<'_> {
    /// Writes the state, unless a newer owner has.
    ///
    /// # Errors
    /// `Fenced` when a newer owner has; `NotFound` when the session is history, so that a late
    /// owner leaves nothing behind; `Conflict` with `too_long` above 12 MiB.
    pub async fn save(
        self,
        session: SessionId,
        epoch: Epoch,
        body: &[u8],
    ) -> Result<(), StoreError> {
        if body.len() > LARGEST_BODY {
            return Err(StoreError::Conflict { what: "too_long" });
        }
        // Nearly always the row is there. When it is not, somebody may insert it between our two
        // statements; then it is there for the second round.
        for _ in 0..2 {
            if self.overwrite(session, epoch, body).await? {
                return Ok(());
            }
            match self.insert(session, epoch, body).await? {
                Insert::Done => return Ok(()),
                Insert::Over => return Err(StoreError::NotFound),
                Insert::Standing => {}
            }
        }
        let row = checkpoint::Entity::find_by_id(session.as_uuid())
            .one(self.0.write())
            .await?;
        row.map_or(Err(StoreError::Locked), |row| Err(fenced(epoch, row.epoch)))
    }

    async fn overwrite(
        self,
        session: SessionId,
        epoch: Epoch,
        body: &[u8],
    ) -> Result<bool, StoreError> {
        let update = checkpoint::Entity::update_many()
            .col_expr(checkpoint::Column::Epoch, Expr::value(stored(epoch)))
            .col_expr(checkpoint::Column::Version, Expr::value(VERSION))
            .col_expr(checkpoint::Column::Body, Expr::value(body.to_vec()))
            .col_expr(
                checkpoint::Column::SavedAt,
                Expr::value(self.0.now().as_i64()),
            )
            .filter(checkpoint::Column::SessionId.eq(session.as_uuid()))
            .filter(checkpoint::Column::Epoch.lte(stored(epoch)))
            .exec(self.0.write());
        Ok(update.await?.rows_affected > 0)
    }

    /// Inserts the row, unless the session is history: then whoever writes is late.
    async fn insert(
        self,
        session: SessionId,
        epoch: Epoch,
        body: &[u8],
    ) -> Result<Insert, StoreError> {
        let over = Query::select()
            .expr(Expr::value(1))
            .from(session_history::Entity)
            .and_where(session_history::Column::Id.eq(session.as_uuid()))
            .to_owned();
        let row = Query::select()
            .expr(Expr::value(session.as_uuid()))
            .expr(Expr::value(stored(epoch)))
            .expr(Expr::value(VERSION))
            .expr(Expr::value(body.to_vec()))
            .expr(Expr::value(self.0.now().as_i64()))
            .and_where(Expr::exists(over).not())
            .to_owned();
        let mut insert = Query::insert();
        insert.into_table(checkpoint::Entity).columns([
            checkpoint::Column::SessionId,
            checkpoint::Column::Epoch,
            checkpoint::Column::Version,
            checkpoint::Column::Body,
            checkpoint::Column::SavedAt,
        ]);
        insert
            .select_from(row)
            .map_err(|_counts| StoreError::Corrupt { what: "statement" })?;
        match self
            .0
            .write()
            .execute(&insert)
            .await
            .map_err(StoreError::from)
        {
            Ok(done) if done.rows_affected() == 0 => Ok(Insert::Over),
            Ok(_) => Ok(Insert::Done),
            Err(StoreError::Conflict { what: "duplicate" }) => Ok(Insert::Standing),
            Err(other) => Err(other),
        }
    }

    /// The latest state, if there is one.
    ///
    /// # Errors
    /// `Corrupt` when a newer program wrote the row in another layout.
    pub async fn load(self, session: SessionId) -> Result<Option<Checkpoint>, StoreError> {
        let row = checkpoint::Entity::find_by_id(session.as_uuid()).one(self.0.read());
        let Some(row) = row.await? else {
            return Ok(None);
        };
        if row.version != VERSION {
            return Err(StoreError::Corrupt {
                what: "checkpoint version",
            });
        }
        Ok(Some(Checkpoint {
            epoch: epoch(row.epoch),
            body: row.body,
            saved_at: UnixMicros::new(row.saved_at),
        }))
    }

    /// Removes the state; doing it twice changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(self, session: SessionId) -> Result<(), StoreError> {
        checkpoint::Entity::delete_by_id(session.as_uuid())
            .exec(self.0.write())
            .await?;
        Ok(())
    }
}
