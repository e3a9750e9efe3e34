//! Creates the table of users.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, pk_uuid, string_len, string_len_null, text,
};

use super::table::{create, index, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("user")
            .col(pk_uuid("id"))
            .col(string_len("name", 128))
            .col(string_len("name_key", 255))
            .col(string_len("display_name", 256))
            .col(text("search_text"))
            .col(boolean("is_admin"))
            .col(boolean("is_disabled"))
            .col(string_len_null("password_hash", 512))
            .col(boolean("must_change_password"))
            .col(big_integer("created_at"))
            .col(big_integer_null("last_sign_in_at"))
            .index(&mut unique("user_name_key", &["name_key"]))
            .to_owned();
        create(manager, table, vec![index("user_is_admin", &["is_admin"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("user").if_exists().to_owned();
        manager.drop_table(table).await
    }
}
