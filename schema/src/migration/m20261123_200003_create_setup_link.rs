//! Creates the table of one-time setup links.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, binary_len};

use super::table::create;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let token_hash = binary_len("token_hash", 32).primary_key().to_owned();
        let table = Table::create()
            .table("setup_link")
            .col(token_hash)
            .col(big_integer("created_at"))
            .col(big_integer("expires_at"))
            .col(big_integer_null("used_at"))
            .to_owned();
        create(manager, table, Vec::new()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("setup_link").if_exists().to_owned();
        manager.drop_table(table).await
    }
}
