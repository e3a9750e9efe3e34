//! Creates the table of groups.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, pk_uuid, string_len};

use super::table::{create, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("user_group")
            .col(pk_uuid("id"))
            .col(string_len("name", 128))
            .col(string_len("name_key", 255))
            .col(big_integer("created_at"))
            .index(&mut unique("user_group_name_key", &["name_key"]))
            .to_owned();
        create(manager, table, Vec::new()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("user_group").if_exists().to_owned();
        manager.drop_table(table).await
    }
}
