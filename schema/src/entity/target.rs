//! A machine that sessions connect to.

use sea_orm::entity::prelude::*;

/// One row of `target`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "target")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) folder: String,
    pub(crate) search_text: String,
    pub(crate) protocol: String,
    pub(crate) host: String,
    pub(crate) port: i32,
    pub(crate) settings: String,
    pub(crate) host_keys: String,
    pub(crate) jump_id: Option<Uuid>,
    pub(crate) credential_id: Option<Uuid>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// Relations live in the migrations, as foreign keys; queries name their joins.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
