//! Creates the table of grants.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, pk_uuid, uuid, uuid_null};

use super::table::{create, index, reference, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("target_grant")
            .col(pk_uuid("id"))
            .col(uuid("target_id"))
            .col(uuid_null("user_id"))
            .col(uuid_null("group_id"))
            .col(big_integer("created_at"))
            .index(&mut unique("target_grant_user", &["target_id", "user_id"]))
            .index(&mut unique(
                "target_grant_group",
                &["target_id", "group_id"],
            ))
            .foreign_key(&mut to("target_grant_to_target", "target_id", "target"))
            .foreign_key(&mut to("target_grant_to_user", "user_id", "user"))
            .foreign_key(&mut to("target_grant_to_group", "group_id", "user_group"))
            .to_owned();
        let indexes = vec![
            index("target_grant_user_id", &["user_id"]),
            index("target_grant_group_id", &["group_id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("target_grant").if_exists().to_owned();
        manager.drop_table(table).await
    }
}

/// A grant ends with whatever it names.
fn to(name: &'static str, column: &'static str, parent: &'static str) -> ForeignKeyCreateStatement {
    reference(
        name,
        ("target_grant", column),
        parent,
        ForeignKeyAction::Cascade,
    )
}
