//! Audit: who did or tried what. Rows are added, and purged when old enough; names are text.

use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use shared::id::{SessionId, TargetId, UserId};
use shared::time::UnixMicros;
use uuid::Uuid;

use super::{Page, Paged, Store, StoreError, text};
use crate::entity::audit;

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done.
    Ok,
    /// It was not allowed.
    Denied,
    /// It was allowed and did not work.
    Failed,
}

impl Outcome {
    /// The stable code, as stored and sent.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Ok, Self::Denied, Self::Failed]
            .into_iter()
            .find(|outcome| outcome.code() == code)
    }
}

/// An event to record.
#[derive(Clone, Debug)]
pub struct NewAudit {
    /// What happened, as a stable code.
    pub code: &'static str,
    /// Who did it, when that is known.
    pub actor: Option<UserId>,
    /// The name they went by.
    pub actor_name: String,
    /// Where from.
    pub address: Option<String>,
    /// Which session it concerns.
    pub session: Option<SessionId>,
    /// Which target it concerns.
    pub target: Option<TargetId>,
    /// How it went.
    pub outcome: Outcome,
    /// The rest; never a secret.
    pub detail: serde_json::Value,
}

/// A recorded event.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRow {
    /// Which.
    pub id: Uuid,
    /// When.
    pub recorded_at: UnixMicros,
    /// What happened.
    pub code: String,
    /// Who did it.
    pub actor: Option<UserId>,
    /// The name they went by.
    pub actor_name: String,
    /// Where from.
    pub address: Option<String>,
    /// Which session it concerns.
    pub session: Option<SessionId>,
    /// Which target it concerns.
    pub target: Option<TargetId>,
    /// How it went.
    pub outcome: Outcome,
    /// The rest.
    pub detail: serde_json::Value,
}

/// Which events to list; `None` means all.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// By this user.
    pub actor: Option<UserId>,
    /// With this code.
    pub code: Option<String>,
    /// About this session.
    pub session: Option<SessionId>,
}

/// A view of the store: audit.
#[derive(Clone, Copy, Debug)]
pub struct Audit<'a>(pub(super) &'a Store);

const LIST: &str = "audit";

impl Audit<'_> {
    /// Records an event.
    ///
    /// # Errors
    /// When the database fails; whoever must not act unrecorded stops then.
    pub async fn record(self, new: NewAudit) -> Result<(), StoreError> {
        let row = audit::Model {
            id: Uuid::now_v7(),
            recorded_at: self.0.now().as_i64(),
            code: text::required(new.code, 64, "bad_code")?,
            actor_id: new.actor.map(UserId::as_uuid),
            actor_name: text::cut(&new.actor_name, 256),
            address: new.address.map(|address| text::cut(&address, 255)),
            session_id: new.session.map(SessionId::as_uuid),
            target_id: new.target.map(TargetId::as_uuid),
            outcome: new.outcome.code().to_owned(),
            detail: new.detail.to_string(),
        };
        audit::Entity::insert(audit::ActiveModel::from(row))
            .exec_without_returning(self.0.write())
            .await?;
        Ok(())
    }

    /// Events, the latest first.
    ///
    /// # Errors
    /// `Conflict` with `bad_cursor`.
    pub async fn list(
        self,
        page: Page,
        filter: AuditFilter,
    ) -> Result<Paged<AuditRow>, StoreError> {
        let mut find = audit::Entity::find();
        if let Some(actor) = filter.actor {
            find = find.filter(audit::Column::ActorId.eq(actor.as_uuid()));
        }
        if let Some(code) = filter.code {
            find = find.filter(audit::Column::Code.eq(code));
        }
        if let Some(session) = filter.session {
            find = find.filter(audit::Column::SessionId.eq(session.as_uuid()));
        }
        let mut cursor = find.cursor_by((audit::Column::RecordedAt, audit::Column::Id));
        cursor.desc();
        if let Some(after) = page.after::<i64>(LIST)? {
            cursor.after(after);
        }
        let rows = cursor.first(page.fetch()).all(self.0.read()).await?;
        let key = |row: &audit::Model| (row.recorded_at, row.id);
        Paged::build(LIST, &page, rows, key, AuditRow::read)
    }

    /// Deletes the oldest events recorded before `before`, at most `most`, and returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(self, before: UnixMicros, most: u64) -> Result<u64, StoreError> {
        let old: Vec<Uuid> = audit::Entity::find()
            .select_only()
            .column(audit::Column::Id)
            .filter(audit::Column::RecordedAt.lt(before.as_i64()))
            .order_by_asc(audit::Column::RecordedAt)
            .limit(most)
            .into_tuple()
            .all(self.0.read())
            .await?;
        if old.is_empty() {
            return Ok(0);
        }
        let delete = audit::Entity::delete_many()
            .filter(audit::Column::Id.is_in(old))
            .exec(self.0.write());
        Ok(delete.await?.rows_affected)
    }
}

impl AuditRow {
    fn read(row: audit::Model) -> Result<Self, StoreError> {
        let corrupt = |what| StoreError::Corrupt { what };
        Ok(Self {
            id: row.id,
            recorded_at: UnixMicros::new(row.recorded_at),
            code: row.code,
            actor: row.actor_id.map(UserId::from_uuid),
            actor_name: row.actor_name,
            address: row.address,
            session: row.session_id.map(SessionId::from_uuid),
            target: row.target_id.map(TargetId::from_uuid),
            outcome: Outcome::from_code(&row.outcome).ok_or_else(|| corrupt("audit outcome"))?,
            detail: serde_json::from_str(&row.detail).map_err(|_json| corrupt("audit detail"))?,
        })
    }
}
