//! Creates the table of logins.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary_len, pk_uuid, string_len, uuid};

use super::table::{create, index, reference, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("login")
            .col(pk_uuid("id"))
            .col(uuid("user_id"))
            .col(binary_len("token_hash", 32))
            .col(big_integer("created_at"))
            .col(big_integer("last_seen_at"))
            .col(big_integer("expires_at"))
            .col(string_len("address", 255))
            .col(string_len("user_agent", 512))
            .index(&mut unique("login_token_hash", &["token_hash"]))
            .foreign_key(&mut reference(
                "login_user",
                ("login", "user_id"),
                "user",
                ForeignKeyAction::Cascade,
            ))
            .to_owned();
        let indexes = vec![
            index("login_user_id", &["user_id"]),
            index("login_expires_at", &["expires_at"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("login").if_exists().to_owned();
        manager.drop_table(table).await
    }
}
