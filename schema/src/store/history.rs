//! History: sessions that are over. Names are text, so rows outlive what they name.

use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use shared::close::CloseReason;
use shared::epoch::Epoch;
use shared::id::{NodeId, SessionId, TargetId, UserId};
use shared::time::UnixMicros;
use uuid::Uuid;

use super::connection::Transaction;
use super::sessions::epoch;
use super::{Page, Paged, Store, StoreError, text};
use crate::entity::{checkpoint, session, session_history};

/// A session that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// Which.
    pub id: SessionId,
    /// Whose; the user may be gone.
    pub user: UserId,
    /// The user's sign-in name then.
    pub user_name: String,
    /// What it connected to; the target may be gone.
    pub target: Option<TargetId>,
    /// The target's name then.
    pub target_name: Option<String>,
    /// Its last title.
    pub title: String,
    /// Which driver.
    pub protocol: String,
    /// `host:port`, as dialled.
    pub address: String,
    /// The node that acted for it last.
    pub owner: NodeId,
    /// How often it had changed owner.
    pub epoch: Epoch,
    /// When it was opened.
    pub opened_at: UnixMicros,
    /// When it ended.
    pub ended_at: UnixMicros,
    /// Why it ended.
    pub reason: CloseReason,
    /// One sentence for a person.
    pub text: String,
    /// Exit status of the program at the target.
    pub exit_status: Option<u32>,
}

/// Which rows to list; `None` means all.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistoryFilter {
    /// Of this user.
    pub user: Option<UserId>,
    /// Of this target.
    pub target: Option<TargetId>,
}

/// A view of the store: history.
#[derive(Clone, Copy, Debug)]
pub struct History<'a>(pub(super) &'a Store);

const LIST: &str = "history";

impl History<'_> {
    /// Sessions that are over, the latest first.
    ///
    /// # Errors
    /// `Conflict` with `bad_cursor`.
    pub async fn list(
        self,
        page: Page,
        filter: HistoryFilter,
    ) -> Result<Paged<HistoryRow>, StoreError> {
        let mut find = session_history::Entity::find();
        if let Some(user) = filter.user {
            find = find.filter(session_history::Column::UserId.eq(user.as_uuid()));
        }
        if let Some(target) = filter.target {
            find = find.filter(session_history::Column::TargetId.eq(target.as_uuid()));
        }
        let columns = (
            session_history::Column::EndedAt,
            session_history::Column::Id,
        );
        let mut cursor = find.cursor_by(columns);
        cursor.desc();
        if let Some(after) = page.after::<i64>(LIST)? {
            cursor.after(after);
        }
        let rows = cursor.first(page.fetch()).all(self.0.read()).await?;
        let key = |row: &session_history::Model| (row.ended_at, row.id);
        Paged::build(LIST, &page, rows, key, HistoryRow::read)
    }

    /// The past session with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_id(self, id: SessionId) -> Result<Option<HistoryRow>, StoreError> {
        let row = session_history::Entity::find_by_id(id.as_uuid()).one(self.0.read());
        row.await?.map(HistoryRow::read).transpose()
    }

    /// Deletes the oldest rows that ended before `before`, at most `most`, and returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(self, before: UnixMicros, most: u64) -> Result<u64, StoreError> {
        // Chosen first: neither database deletes with a limit the same way.
        let old: Vec<Uuid> = session_history::Entity::find()
            .select_only()
            .column(session_history::Column::Id)
            .filter(session_history::Column::EndedAt.lt(before.as_i64()))
            .order_by_asc(session_history::Column::EndedAt)
            .limit(most)
            .into_tuple()
            .all(self.0.read())
            .await?;
        if old.is_empty() {
            return Ok(0);
        }
        let delete = session_history::Entity::delete_many()
            .filter(session_history::Column::Id.is_in(old))
            .exec(self.0.write());
        Ok(delete.await?.rows_affected)
    }
}

/// How a live row becomes a past one.
pub(super) struct Ending<'a> {
    /// The epoch of who ends it.
    pub(super) epoch: i64,
    pub(super) reason: CloseReason,
    pub(super) text: &'a str,
    pub(super) exit_status: Option<u32>,
    pub(super) ended_at: UnixMicros,
}

/// Moves a live session to history, with its checkpoint; false when the epoch is stale.
pub(super) async fn move_over(
    transaction: &Transaction,
    row: session::Model,
    ending: &Ending<'_>,
) -> Result<bool, StoreError> {
    let delete = session::Entity::delete_many()
        .filter(session::Column::Id.eq(row.id))
        .filter(session::Column::Epoch.lte(ending.epoch))
        .exec(transaction)
        .await?;
    if delete.rows_affected == 0 {
        return Ok(false);
    }
    checkpoint::Entity::delete_many()
        .filter(checkpoint::Column::SessionId.eq(row.id))
        .filter(checkpoint::Column::Epoch.lte(ending.epoch))
        .exec(transaction)
        .await?;
    let past = session_history::Model {
        id: row.id,
        user_id: row.user_id,
        user_name: row.user_name,
        target_id: row.target_id,
        target_name: row.target_name,
        title: row.title,
        protocol: row.protocol,
        address: row.address,
        owner_id: row.owner_id,
        epoch: row.epoch,
        opened_at: row.opened_at,
        ended_at: ending.ended_at.as_i64(),
        reason: ending.reason.code().to_owned(),
        text: text::cut(ending.text, 4096),
        exit_status: ending.exit_status.map(i64::from),
    };
    session_history::Entity::insert(session_history::ActiveModel::from(past))
        .exec_without_returning(transaction)
        .await
        .map_err(|error| StoreError::from(error).duplicate("session_is_over"))?;
    Ok(true)
}

/// Refuses a session that is history already: nothing brings it back.
pub(super) async fn refuse_over(
    transaction: &Transaction,
    id: SessionId,
) -> Result<(), StoreError> {
    let past = session_history::Entity::find_by_id(id.as_uuid()).one(transaction);
    if past.await?.is_some() {
        return Err(StoreError::Conflict {
            what: "session_is_over",
        });
    }
    Ok(())
}

impl HistoryRow {
    fn read(row: session_history::Model) -> Result<Self, StoreError> {
        let corrupt = |what| StoreError::Corrupt { what };
        Ok(Self {
            id: SessionId::from_uuid(row.id),
            user: UserId::from_uuid(row.user_id),
            user_name: row.user_name,
            target: row.target_id.map(TargetId::from_uuid),
            target_name: row.target_name,
            title: row.title,
            protocol: row.protocol,
            address: row.address,
            owner: NodeId::from_uuid(row.owner_id),
            epoch: epoch(row.epoch),
            opened_at: UnixMicros::new(row.opened_at),
            ended_at: UnixMicros::new(row.ended_at),
            reason: CloseReason::from_code(&row.reason).ok_or_else(|| corrupt("close reason"))?,
            text: row.text,
            exit_status: row
                .exit_status
                .map(u32::try_from)
                .transpose()
                .map_err(|_range| corrupt("exit status"))?,
        })
    }
}
