//! Creates the table of live sessions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, pk_uuid, string_len, string_len_null, uuid, uuid_null,
};

use super::table::{create, index};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("session")
            .col(pk_uuid("id"))
            .col(uuid("user_id"))
            .col(string_len("user_name", 128))
            .col(uuid_null("target_id"))
            .col(string_len_null("target_name", 256))
            .col(string_len("title", 512))
            .col(string_len("protocol", 32))
            .col(string_len("address", 512))
            .col(uuid("owner_id"))
            .col(uuid("incarnation_id"))
            .col(big_integer("epoch"))
            .col(string_len("phase", 32))
            .col(big_integer("opened_at"))
            .col(big_integer("last_activity_at"))
            .to_owned();
        let indexes = vec![
            index("session_user_id", &["user_id", "opened_at"]),
            index("session_owner_id", &["owner_id", "incarnation_id"]),
            index("session_opened_at", &["opened_at", "id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("session").if_exists().to_owned();
        manager.drop_table(table).await
    }
}
