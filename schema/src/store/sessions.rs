//! Live sessions: who owns which at which epoch. Every write by an owner is fenced.
//!
//! ```text
//! open ──► update* ──► end ──────────┐
//!   ▲ take-over by a higher epoch    ├──► history (same transaction), checkpoint removed
//!   └── failover ── end_abandoned ───┘
//! ```
//!
//! INVARIANT: `epoch <= ours` stands inside the statement that writes; the test
//! `an_owner_of_an_older_epoch_writes_nothing` breaks otherwise.

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use shared::close::CloseReason;
use shared::epoch::Epoch;
use shared::id::{IncarnationId, NodeId, SessionId, TargetId, UserId};
use shared::time::UnixMicros;

use super::connection::Transaction;
use super::history::{self, Ending};
use super::users::found;
use super::{Page, Paged, Store, StoreError, text};
use crate::entity::{session, target, user};

/// A live session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// The user's sign-in name when it was opened.
    pub user_name: String,
    /// What it connects to; none for quick connect.
    pub target: Option<TargetId>,
    /// The target's name when it was opened.
    pub target_name: Option<String>,
    /// Title shown to users.
    pub title: String,
    /// Which driver.
    pub protocol: String,
    /// `host:port`, as dialled.
    pub address: String,
    /// The node that acts for it.
    pub owner: NodeId,
    /// That node's start.
    pub incarnation: IncarnationId,
    /// The fence.
    pub epoch: Epoch,
    /// What it is doing, as a stable code.
    pub phase: String,
    /// When it was opened.
    pub opened_at: UnixMicros,
    /// When somebody last used it.
    pub last_activity_at: UnixMicros,
}

/// A session to open, or to take over after a claim.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// What it connects to; none for quick connect.
    pub target: Option<TargetId>,
    /// Title shown to users; cut when long.
    pub title: String,
    /// Which driver.
    pub protocol: String,
    /// `host:port`, as dialled.
    pub address: String,
    /// The node that acts for it.
    pub owner: NodeId,
    /// That node's start.
    pub incarnation: IncarnationId,
    /// The claim's epoch.
    pub epoch: Epoch,
    /// What it is doing.
    pub phase: String,
}

/// What to change; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct SessionChange {
    /// Title shown to users; cut when long.
    pub title: Option<String>,
    /// What it is doing.
    pub phase: Option<String>,
    /// When somebody last used it.
    pub last_activity_at: Option<UnixMicros>,
}

/// How a session ended.
#[derive(Clone, Debug)]
pub struct EndedSession {
    /// Why.
    pub reason: CloseReason,
    /// One sentence for a person; cut when long.
    pub text: String,
    /// Exit status of the program at the target.
    pub exit_status: Option<u32>,
    /// When.
    pub ended_at: UnixMicros,
}

/// A view of the store: live sessions.
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'a>(pub(super) &'a Store);

const LIST: &str = "sessions";

/// Rows that one transaction moves to history; keeps the write lock short.
const BATCH: u64 = 200;

impl Sessions<'_> {
    /// Writes down a session that was just claimed. When it is there already at a lower epoch,
    /// this takes it over; doing it twice with the same claim changes nothing.
    ///
    /// # Errors
    /// `Fenced` when somebody claimed it since; `Conflict` with `session_is_over`,
    /// `unknown_user` or `unknown_target`.
    pub async fn open(self, new: NewSession) -> Result<SessionRow, StoreError> {
        let transaction = self.0.begin().await?;
        let standing = locked(&transaction, new.id).await?;
        if let Some(row) = &standing {
            let is_same = row.epoch == stored(new.epoch)
                && row.owner_id == new.owner.as_uuid()
                && row.incarnation_id == new.incarnation.as_uuid();
            if row.epoch >= stored(new.epoch) && !is_same {
                return Err(fenced(new.epoch, row.epoch));
            }
        }
        if standing.is_none() {
            Box::pin(history::refuse_over(&transaction, new.id)).await?;
        }
        let row = Box::pin(self.row(&transaction, new, standing.as_ref())).await?;
        let active = session::ActiveModel::from(row.clone());
        if standing.is_some() {
            let update = session::Entity::update_many()
                .set(active.reset_all())
                .filter(session::Column::Id.eq(row.id))
                .filter(session::Column::Epoch.lte(row.epoch))
                .exec(&transaction);
            found(update.await?.rows_affected)?;
        } else {
            session::Entity::insert(active)
                .exec_without_returning(&transaction)
                .await
                .map_err(|error| StoreError::from(error).duplicate("session_exists"))?;
        }
        transaction.commit().await?;
        Ok(SessionRow::from(row))
    }

    async fn row(
        self,
        transaction: &Transaction,
        new: NewSession,
        standing: Option<&session::Model>,
    ) -> Result<session::Model, StoreError> {
        let conflict = |what| StoreError::Conflict { what };
        let user = user::Entity::find_by_id(new.user.as_uuid()).one(transaction);
        let user = user.await?.ok_or_else(|| conflict("unknown_user"))?;
        let target_name = match new.target {
            None => None,
            Some(id) => {
                let target = target::Entity::find_by_id(id.as_uuid()).one(transaction);
                Some(
                    target
                        .await?
                        .ok_or_else(|| conflict("unknown_target"))?
                        .name,
                )
            }
        };
        let now = self.0.now().as_i64();
        Ok(session::Model {
            id: new.id.as_uuid(),
            user_id: new.user.as_uuid(),
            user_name: user.name,
            target_id: new.target.map(TargetId::as_uuid),
            target_name,
            title: text::cut(&new.title, 512),
            protocol: text::required(&new.protocol, 32, "bad_protocol")?,
            address: text::cut(&new.address, 512),
            owner_id: new.owner.as_uuid(),
            incarnation_id: new.incarnation.as_uuid(),
            epoch: stored(new.epoch),
            phase: text::cut(&new.phase, 32),
            opened_at: standing.map_or(now, |row| row.opened_at),
            last_activity_at: standing.map_or(now, |row| row.last_activity_at),
        })
    }

    /// Changes a session, if no newer claim stands.
    ///
    /// # Errors
    /// `Fenced` when somebody claimed it since; `NotFound` when it is over.
    pub async fn update(
        self,
        id: SessionId,
        epoch: Epoch,
        change: SessionChange,
    ) -> Result<(), StoreError> {
        let update = session::ActiveModel {
            // Always set, so that the statement is never empty; it is what it was.
            id: Set(id.as_uuid()),
            title: active(change.title.map(|title| text::cut(&title, 512))),
            phase: active(change.phase.map(|phase| text::cut(&phase, 32))),
            last_activity_at: active(change.last_activity_at.map(UnixMicros::as_i64)),
            ..Default::default()
        };
        let update = session::Entity::update_many()
            .set(update)
            .filter(session::Column::Id.eq(id.as_uuid()))
            .filter(session::Column::Epoch.lte(stored(epoch)))
            .exec(self.0.write());
        if update.await?.rows_affected == 0 {
            return Err(self.refused(id, epoch).await);
        }
        Ok(())
    }

    /// Why a fenced statement touched nothing.
    async fn refused(self, id: SessionId, ours: Epoch) -> StoreError {
        let row = session::Entity::find_by_id(id.as_uuid()).one(self.0.write());
        match row.await {
            Ok(Some(row)) => fenced(ours, row.epoch),
            Ok(None) => StoreError::NotFound,
            Err(error) => error.into(),
        }
    }

    /// A user's live sessions, the latest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of_user(self, user: UserId) -> Result<Vec<SessionRow>, StoreError> {
        let rows = session::Entity::find()
            .filter(session::Column::UserId.eq(user.as_uuid()))
            .order_by_desc(session::Column::OpenedAt)
            .order_by_desc(session::Column::Id)
            .all(self.0.read());
        Ok(rows.await?.into_iter().map(SessionRow::from).collect())
    }

    /// Every live session, the latest first.
    ///
    /// # Errors
    /// `Conflict` with `bad_cursor`.
    pub async fn list(self, page: Page) -> Result<Paged<SessionRow>, StoreError> {
        let columns = (session::Column::OpenedAt, session::Column::Id);
        let mut cursor = session::Entity::find().cursor_by(columns);
        cursor.desc();
        if let Some(after) = page.after::<i64>(LIST)? {
            cursor.after(after);
        }
        let rows = cursor.first(page.fetch()).all(self.0.read()).await?;
        let key = |row: &session::Model| (row.opened_at, row.id);
        Paged::build(LIST, &page, rows, key, |row| Ok(SessionRow::from(row)))
    }

    /// The live session with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_id(self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        let row = session::Entity::find_by_id(id.as_uuid()).one(self.0.read());
        Ok(row.await?.map(SessionRow::from))
    }

    /// Moves a session to history and removes its checkpoint, if no newer claim stands.
    ///
    /// # Errors
    /// `Fenced` when somebody claimed it since; `NotFound` when it is over already.
    pub async fn end(
        self,
        id: SessionId,
        epoch: Epoch,
        ended: EndedSession,
    ) -> Result<(), StoreError> {
        let transaction = self.0.begin().await?;
        let row = locked(&transaction, id).await?;
        let row = row.ok_or(StoreError::NotFound)?;
        let theirs = row.epoch;
        let ending = Ending {
            epoch: stored(epoch),
            reason: ended.reason,
            text: &ended.text,
            exit_status: ended.exit_status,
            ended_at: ended.ended_at,
        };
        if !Box::pin(history::move_over(&transaction, row, &ending)).await? {
            return Err(fenced(epoch, theirs));
        }
        transaction.commit().await
    }

    /// Moves the sessions that earlier starts of `node` left behind to history, and returns how
    /// many there were.
    ///
    /// # Errors
    /// When the database fails; what was moved until then stays moved.
    pub async fn end_abandoned(
        self,
        node: NodeId,
        incarnation: IncarnationId,
        reason: CloseReason,
    ) -> Result<u64, StoreError> {
        let mut moved = 0;
        loop {
            let transaction = self.0.begin().await?;
            let rows = session::Entity::find()
                .filter(session::Column::OwnerId.eq(node.as_uuid()))
                .filter(session::Column::IncarnationId.ne(incarnation.as_uuid()))
                .limit(BATCH)
                .lock_exclusive()
                .all(&transaction)
                .await?;
            if rows.is_empty() {
                return Ok(moved);
            }
            for row in rows {
                let ending = Ending {
                    epoch: row.epoch,
                    reason,
                    text: "The node that ran this session stopped without saying goodbye.",
                    exit_status: None,
                    ended_at: self.0.now(),
                };
                if Box::pin(history::move_over(&transaction, row, &ending)).await? {
                    moved += 1;
                }
            }
            transaction.commit().await?;
        }
    }
}

async fn locked(
    transaction: &Transaction,
    id: SessionId,
) -> Result<Option<session::Model>, StoreError> {
    let row = session::Entity::find_by_id(id.as_uuid())
        .lock_exclusive()
        .one(transaction);
    Ok(row.await?)
}

fn active<T: Into<sea_orm::Value>>(value: Option<T>) -> ActiveValue<T> {
    value.map_or(NotSet, Set)
}

/// An epoch as stored; the upper half of its range would take millennia to reach.
pub(super) fn stored(epoch: Epoch) -> i64 {
    i64::try_from(epoch.count()).unwrap_or(i64::MAX)
}

/// An epoch as read.
pub(super) fn epoch(stored: i64) -> Epoch {
    Epoch::new(u64::try_from(stored).unwrap_or(0))
}

/// The refusal of a stale write.
pub(super) fn fenced(ours: Epoch, theirs: i64) -> StoreError {
    StoreError::Fenced {
        ours,
        theirs: epoch(theirs),
    }
}

impl From<session::Model> for SessionRow {
    fn from(row: session::Model) -> Self {
        Self {
            id: SessionId::from_uuid(row.id),
            user: UserId::from_uuid(row.user_id),
            user_name: row.user_name,
            target: row.target_id.map(TargetId::from_uuid),
            target_name: row.target_name,
            title: row.title,
            protocol: row.protocol,
            address: row.address,
            owner: NodeId::from_uuid(row.owner_id),
            incarnation: IncarnationId::from_uuid(row.incarnation_id),
            epoch: epoch(row.epoch),
            phase: row.phase,
            opened_at: UnixMicros::new(row.opened_at),
            last_activity_at: UnixMicros::new(row.last_activity_at),
        }
    }
}
