//! The ordered list of migrations, and how a schema newer than this program is noticed.

use sea_orm_migration::prelude::*;

use super::{
    m20261123_200001_create_user, m20261123_200002_create_login,
    m20261123_200003_create_setup_link, m20261123_200004_create_user_group,
    m20261123_200005_create_group_member, m20261123_200006_create_credential,
    m20261123_200007_create_target, m20261123_200008_create_target_grant,
    m20261123_200009_create_session, m20261123_200010_create_session_history,
    m20261123_200011_create_checkpoint, m20261123_200012_create_audit,
};

/// Where `sea-orm-migration` records what ran.
const RECORD: &str = "seaql_migrations";

/// Runs what has not run yet.
pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_200001_create_user::Migration),
            Box::new(m20261123_200002_create_login::Migration),
            Box::new(m20261123_200003_create_setup_link::Migration),
            Box::new(m20261123_200004_create_user_group::Migration),
            Box::new(m20261123_200005_create_group_member::Migration),
            Box::new(m20261123_200006_create_credential::Migration),
            Box::new(m20261123_200007_create_target::Migration),
            Box::new(m20261123_200008_create_target_grant::Migration),
            Box::new(m20261123_200009_create_session::Migration),
            Box::new(m20261123_200010_create_session_history::Migration),
            Box::new(m20261123_200011_create_checkpoint::Migration),
            Box::new(m20261123_200012_create_audit::Migration),
        ]
    }
}

/// The newest recorded migration that this program does not know, if there is one.
pub(crate) async fn unknown_migration<C>(db: &C) -> Result<Option<String>, DbErr>
where
    C: ConnectionTrait,
    for<'c> &'c C: sea_orm::IntoDatabaseExecutor<'c>,
{
    if !SchemaManager::new(db).has_table(RECORD).await? {
        return Ok(None);
    }
    let recorded = Query::select()
        .column("version")
        .from(RECORD)
        .order_by("version", Order::Desc)
        .to_owned();
    let known = Migrator::migrations();
    for row in db.query_all(&recorded).await? {
        let version: String = row.try_get_by_index(0)?;
        if known.iter().all(|migration| migration.name() != version) {
            return Ok(Some(version));
        }
    }
    Ok(None)
}
