//! What somebody did or tried to do. Rows are only ever added.

use sea_orm::entity::prelude::*;

/// One row of `audit`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) recorded_at: i64,
    pub(crate) code: String,
    pub(crate) actor_id: Option<Uuid>,
    pub(crate) actor_name: String,
    pub(crate) address: Option<String>,
    pub(crate) session_id: Option<Uuid>,
    pub(crate) target_id: Option<Uuid>,
    pub(crate) outcome: String,
    pub(crate) detail: String,
}

/// Relations live in the migrations, as foreign keys; queries name their joins.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
