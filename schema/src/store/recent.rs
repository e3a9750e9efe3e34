//! Recent targets: read from live sessions and history, newest first.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use shared::id::UserId;
use uuid::Uuid;

use super::StoreError;
use super::targets::usable_by;
use crate::entity::{session, session_history, target, user};

/// Most recents that anyone gets.
const MOST: u32 = 50;

/// The targets that `user` opened last and may still use; admins may use all.
pub(super) async fn targets<C: ConnectionTrait>(
    db: &C,
    user: UserId,
    limit: u32,
) -> Result<Vec<target::Model>, StoreError> {
    let opened = opened(db, user).await?;
    let is_admin = user::Entity::find_by_id(user.as_uuid())
        .one(db)
        .await?
        .is_some_and(|user| user.is_admin);
    let mut rows = target::Entity::find()
        .filter(target::Column::Id.is_in(opened.keys().copied()))
        .filter(usable_by((!is_admin).then_some(user)))
        .all(db)
        .await?;
    rows.sort_by_key(|row| std::cmp::Reverse(opened.get(&row.id).copied()));
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows)
}

/// When the user last opened which target. A deleted target may be among them, so it takes more
/// than the caller wants.
async fn opened<C: ConnectionTrait>(
    db: &C,
    user: UserId,
) -> Result<HashMap<Uuid, i64>, StoreError> {
    let live: Vec<(Uuid, i64)> = session::Entity::find()
        .select_only()
        .column(session::Column::TargetId)
        .column_as(session::Column::OpenedAt.max(), "latest")
        .filter(session::Column::UserId.eq(user.as_uuid()))
        .filter(session::Column::TargetId.is_not_null())
        .group_by(session::Column::TargetId)
        .into_tuple()
        .all(db)
        .await?;
    let over: Vec<(Uuid, i64)> = session_history::Entity::find()
        .select_only()
        .column(session_history::Column::TargetId)
        .column_as(session_history::Column::OpenedAt.max(), "latest")
        .filter(session_history::Column::UserId.eq(user.as_uuid()))
        .filter(session_history::Column::TargetId.is_not_null())
        .group_by(session_history::Column::TargetId)
        .order_by_desc(session_history::Column::OpenedAt.max())
        .limit(u64::from(MOST) * 2)
        .into_tuple()
        .all(db)
        .await?;
    let mut latest = HashMap::new();
    for (target, at) in live.into_iter().chain(over) {
        let seen = latest.entry(target).or_insert(at);
        *seen = at.max(*seen);
    }
    Ok(latest)
}
