//! Creates the table of sealed credentials.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, pk_uuid, string_len, string_len_null};

use super::table::{create, index, medium_blob};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("credential")
            .col(pk_uuid("id"))
            .col(string_len("label", 256))
            .col(string_len("label_key", 512))
            .col(string_len("kind", 32))
            .col(string_len_null("user_name", 256))
            .col(medium_blob("sealed"))
            .col(integer("sealed_version"))
            .col(string_len("key_id", 64))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .to_owned();
        let indexes = vec![
            index("credential_label_key", &["label_key", "id"]),
            index("credential_key_id", &["key_id", "id"]),
        ];
        create(manager, table, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("credential").if_exists().to_owned();
        manager.drop_table(table).await
    }
}
