//! A live session: who owns it, at which epoch.

use sea_orm::entity::prelude::*;

/// One row of `session`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
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
    pub(crate) incarnation_id: Uuid,
    pub(crate) epoch: i64,
    pub(crate) phase: String,
    pub(crate) opened_at: i64,
    pub(crate) last_activity_at: i64,
}

/// Relations live in the migrations, as foreign keys; queries name their joins.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
