//! Permission of one user or one group to use one target.

use sea_orm::entity::prelude::*;

/// One row of `target_grant`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "target_grant")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) target_id: Uuid,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) group_id: Option<Uuid>,
    pub(crate) created_at: i64,
}

/// Relations live in the migrations, as foreign keys; queries name their joins.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
