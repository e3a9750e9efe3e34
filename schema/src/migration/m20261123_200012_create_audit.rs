//! Creates the table of the audit trail.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, pk_uuid, string_len, string_len_null, uuid_null};

use super::table::{create, index, medium_text};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("audit")
            .col(pk_uuid("id"))
            .col(big_integer("recorded_at"))
            .col(string_len("code", 64))
            .col(uuid_null("actor_id"))
            .col(string_len("actor_name", 256))
            .col(string_len_null("address", 255))
            .col(uuid_null("session_id"))
            .col(uuid_null("target_id"))
            .col(string_len("outcome", 16))
            .col(medium_text("detail"))
            .to_owned();
        let indexes = vec![
            index("audit_recorded_at", &["recorded_at", "id"]),
            index("audit_actor_id", &["actor_id", "recorded_at"]),
            index("audit_code", &["code", "recorded_at"]),
            index("audit_session_id", &["session_id", "recorded_at"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("audit").if_exists().to_owned();
        manager.drop_table(table).await
    }
}
