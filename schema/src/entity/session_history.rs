//! A session that is over. Names are kept as text, so that the row outlives what it names.

use sea_orm::entity::prelude::*;

/// One row of `session_history`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session_history")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) user_name: String,
    pub(crate) target_id: Option<Uuid>,
    pub(crate) target_name: Option<String>,
    pub(crate) title: String,
    pub(crate) protocol: String,
    pub(crate) address: String,
    pub(crate) owner_id: Uuid,
    pub(crate) epoch: i64,
    pub(crate) opened_at: i64,
    pub(crate) ended_at: i64,
    pub(crate) reason: String,
    pub(crate) text: String,
    pub(crate) exit_status: Option<i64>,
}

/// Relations live in the migrations, as foreign keys; queries name their joins.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
