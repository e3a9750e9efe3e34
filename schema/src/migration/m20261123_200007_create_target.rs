//! Creates the table of targets.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, pk_uuid, string_len, text, uuid_null};

use super::table::{create, index, medium_text, reference};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("target")
            .col(pk_uuid("id"))
            .col(string_len("name", 256))
            .col(string_len("name_key", 512))
            .col(string_len("folder", 512))
            .col(text("search_text"))
            .col(string_len("protocol", 32))
            .col(string_len("host", 255))
            .col(integer("port"))
            .col(medium_text("settings"))
            .col(medium_text("host_keys"))
            .col(uuid_null("jump_id"))
            .col(uuid_null("credential_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .foreign_key(&mut reference(
                "target_jump",
                ("target", "jump_id"),
                "target",
                ForeignKeyAction::Restrict,
            ))
            .foreign_key(&mut reference(
                "target_credential",
                ("target", "credential_id"),
                "credential",
                ForeignKeyAction::SetNull,
            ))
            .to_owned();
        let indexes = vec![
            index("target_name_key", &["name_key", "id"]),
            index("target_folder", &["folder"]),
            index("target_jump_id", &["jump_id"]),
            index("target_credential_id", &["credential_id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("target").if_exists().to_owned();
        manager.drop_table(table).await
    }
}
