//! Creates the table of group membership.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, uuid};

use super::table::{create, index, reference};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("group_member")
            .col(uuid("group_id"))
            .col(uuid("user_id"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("group_id").col("user_id"))
            .foreign_key(&mut reference(
                "group_member_group",
                ("group_member", "group_id"),
                "user_group",
                ForeignKeyAction::Cascade,
            ))
            .foreign_key(&mut reference(
                "group_member_user",
                ("group_member", "user_id"),
                "user",
                ForeignKeyAction::Cascade,
            ))
            .to_owned();
        create(
            manager,
            table,
            vec![index("group_member_user_id", &["user_id"])],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("group_member").if_exists().to_owned();
        manager.drop_table(table).await
    }
}
