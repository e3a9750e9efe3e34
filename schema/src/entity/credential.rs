//! A secret used at a target, sealed by [`crate::seal`].

use sea_orm::entity::prelude::*;

/// One row of `credential`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) label: String,
    pub(crate) label_key: String,
    pub(crate) kind: String,
    pub(crate) user_name: Option<String>,
    pub(crate) sealed: Vec<u8>,
    pub(crate) sealed_version: i32,
    pub(crate) key_id: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// Relations live in the migrations, as foreign keys; queries name their joins.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
