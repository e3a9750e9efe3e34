//! Creates the table of history.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, pk_uuid, string_len, string_len_null, text, uuid, uuid_null,
};

use super::table::{create, index};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("session_history")
            .col(pk_uuid("id"))
            .col(uuid("user_id"))
            .col(string_len("user_name", 128))
            .col(uuid_null("target_id"))
            .col(string_len_null("target_name", 256))
            .col(string_len("title", 512))
            .col(string_len("protocol", 32))
            .col(string_len("address", 512))
            .col(uuid("owner_id"))
            .col(big_integer("epoch"))
            .col(big_integer("opened_at"))
            .col(big_integer("ended_at"))
            .col(string_len("reason", 64))
            .col(text("text"))
            .col(big_integer_null("exit_status"))
            .to_owned();
        let indexes = vec![
            index("session_history_ended_at", &["ended_at", "id"]),
            index("session_history_user_id", &["user_id", "ended_at"]),
            index("session_history_target_id", &["target_id", "ended_at"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop()
            .table("session_history")
            .if_exists()
            .to_owned();
        manager.drop_table(table).await
    }
}
