//! Creates the table of checkpoints.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, uuid};

use super::table::{create, medium_blob};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let session_id = uuid("session_id").primary_key().to_owned();
        let table = Table::create()
            .table("checkpoint")
            .col(session_id)
            .col(big_integer("epoch"))
            .col(integer("version"))
            .col(medium_blob("body"))
            .col(big_integer("saved_at"))
            .to_owned();
        create(manager, table, Vec::new()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("checkpoint").if_exists().to_owned();
        manager.drop_table(table).await
    }
}
