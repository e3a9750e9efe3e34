//! What every table has in common: how it is created on either database, and its column types.
//!
//! INVARIANT: a migration may run again after a crash between its statements, because `MySQL` has
//! no transactional schema changes; so everything here is "if not exists".

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

/// Creates `table` and its plain (not unique) indexes.
pub(super) async fn create(
    manager: &SchemaManager<'_>,
    mut table: TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
) -> Result<(), DbErr> {
    table.if_not_exists();
    if manager.get_database_backend() == DbBackend::MySql {
        table
            .engine("InnoDB")
            .character_set("utf8mb4")
            .collate("utf8mb4_bin");
        for mut index in indexes {
            table.index(&mut index);
        }
        return manager.create_table(table).await;
    }
    let name = table.get_table_name().cloned();
    manager.create_table(table).await?;
    for mut index in indexes {
        if let Some(name) = name.clone() {
            index.table(name);
        }
        manager
            .create_index(index.if_not_exists().to_owned())
            .await?;
    }
    Ok(())
}

/// A plain index over `columns`.
pub(super) fn index(name: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name);
    for column in columns {
        index.col(*column);
    }
    index
}

/// A unique constraint over `columns`, to be placed inside the table.
pub(super) fn unique(name: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = index(name, columns);
    index.unique();
    index
}

/// A foreign key to `parent`, by its `id`.
pub(super) fn reference(
    name: &'static str,
    from: (&'static str, &'static str),
    parent: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    let (table, column) = from;
    ForeignKey::create()
        .name(name)
        .from(table, column)
        .to(parent, "id")
        .on_delete(on_delete)
        .to_owned()
}

/// Text of up to 16 MiB; `SQLite` reads the name as text.
pub(super) fn medium_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name)
        .custom("mediumtext")
        .not_null()
        .to_owned()
}

/// Bytes, up to 16 MiB; `SQLite` reads the name as a blob.
pub(super) fn medium_blob(name: &'static str) -> ColumnDef {
    ColumnDef::new(name)
        .custom("mediumblob")
        .not_null()
        .to_owned()
}
