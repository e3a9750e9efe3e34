//! `Store`: opened once, migrated, then shared by everyone.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbBackend, Statement, TransactionTrait as _,
};
use sea_orm_migration::MigratorTrait as _;
use shared::secret::Secret;
use shared::time::{Clock, UnixMicros};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::connect::{Pools, connect};
use super::connection::{Connection, STATEMENT_LIMIT, Transaction};
use super::{
    Audit, Checkpoints, Credentials, Grants, Groups, History, Logins, Sessions, SetupLinks,
    StoreError, Targets, Users,
};
use crate::migration::{Migrator, unknown_migration};
use crate::seal::KeyRing;

/// How long a node waits for another one that is migrating, in seconds.
const MIGRATION_WAIT_S: u32 = 60;

/// Limit of all migrations together; changing a large table takes minutes.
const MIGRATION_LIMIT: Duration = Duration::from_mins(15);

/// Locks are global to a `MySQL` server, so this one names the database.
const LOCK_NAME: &str = "CONCAT(LEFT(DATABASE(), 48), '.baton_schema')";

/// Where the database is.
#[derive(Debug)]
pub struct StoreConfig {
    /// `sqlite:///path/baton.db` or `mysql://user:password@host/database?ssl-mode=…&ssl-ca=…`.
    pub url: Secret<String>,
    /// Most connections to a `MySQL` server; `SQLite` has its own rule (one writer, few readers).
    pub max_connections: u32,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    pools: Pools,
    keys: KeyRing,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Connects, refuses a schema from a newer program, and brings an older one up to date.
    ///
    /// # Errors
    /// When the database cannot be reached, is locked or full, or has a newer schema.
    pub async fn open(
        config: StoreConfig,
        keys: KeyRing,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let pools = connect(config.url.expose(), config.max_connections).await?;
        Box::pin(migrate(&pools.write)).await?;
        let inner = Arc::new(Inner { pools, keys, clock });
        Ok(Self { inner })
    }

    /// The same database with another key ring.
    #[must_use]
    pub fn with_keys(&self, keys: KeyRing) -> Self {
        let Inner { pools, clock, .. } = self.inner.as_ref();
        let inner = Arc::new(Inner {
            pools: pools.clone(),
            keys,
            clock: Arc::clone(clock),
        });
        Self { inner }
    }

    /// Whether the database answers now.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let read = self.read();
        let one = Statement::from_string(read.get_database_backend(), "SELECT 1");
        read.query_one_raw(one).await?;
        Ok(())
    }

    /// Closes every connection; calls after this fail.
    pub async fn close(&self) {
        let Pools { write, read } = &self.inner.pools;
        for connection in [read, write] {
            if let Err(error) = connection.0.clone().close().await {
                tracing::warn!(error = %error, "Closing the database failed");
            }
        }
    }

    /// The key ring that seals what this store keeps.
    pub fn keys(&self) -> &KeyRing {
        &self.inner.keys
    }

    /// People who may sign in.
    pub const fn users(&self) -> Users<'_> {
        Users(self)
    }

    /// Browsers that are signed in.
    pub const fn logins(&self) -> Logins<'_> {
        Logins(self)
    }

    /// One-time links for the first admin.
    pub const fn setup_links(&self) -> SetupLinks<'_> {
        SetupLinks(self)
    }

    /// Sets of users.
    pub const fn groups(&self) -> Groups<'_> {
        Groups(self)
    }

    /// Machines that sessions connect to.
    pub const fn targets(&self) -> Targets<'_> {
        Targets(self)
    }

    /// Sealed secrets of targets.
    pub const fn credentials(&self) -> Credentials<'_> {
        Credentials(self)
    }

    /// Who may use which target.
    pub const fn grants(&self) -> Grants<'_> {
        Grants(self)
    }

    /// Live sessions.
    pub const fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }

    /// Sessions that are over.
    pub const fn history(&self) -> History<'_> {
        History(self)
    }

    /// What a session resumes from.
    pub const fn checkpoints(&self) -> Checkpoints<'_> {
        Checkpoints(self)
    }

    /// Who did what.
    pub const fn audit(&self) -> Audit<'_> {
        Audit(self)
    }

    pub(super) fn read(&self) -> &Connection {
        &self.inner.pools.read
    }

    pub(super) fn write(&self) -> &Connection {
        &self.inner.pools.write
    }

    pub(super) async fn begin(&self) -> Result<Transaction, StoreError> {
        self.write().begin().await
    }

    pub(super) fn now(&self) -> UnixMicros {
        self.inner.clock.wall()
    }
}

/// Refuses a newer schema and runs the migrations that have not run yet. When all have run, it
/// only reads: no lock, no right to change tables needed.
async fn migrate(db: &Connection) -> Result<(), StoreError> {
    let look = timeout(STATEMENT_LIMIT, unknown_migration(&db.0));
    if let Some(found) = look.await.map_err(too_slow)?? {
        return Err(StoreError::NewerSchema { found });
    }
    let pending = Migrator::get_pending_migrations_read_only(&db.0);
    let pending = timeout(STATEMENT_LIMIT, pending)
        .await
        .map_err(too_slow)??;
    if pending.is_empty() {
        return Ok(());
    }
    tracing::info!(
        migrations = pending.len(),
        "Bringing the database schema up to date"
    );
    let done = match db.get_database_backend() {
        DbBackend::MySql => timeout(MIGRATION_LIMIT, migrate_server(db)).await,
        _ => timeout(MIGRATION_LIMIT, migrate_file(db)).await,
    };
    done.map_err(too_slow)?
}

/// Migrates in one transaction: whoever comes second waits and finds nothing to do.
async fn migrate_file(db: &Connection) -> Result<(), StoreError> {
    let transaction = db.begin().await?;
    Migrator::up(&transaction.0, None).await?;
    transaction.commit().await
}

/// Migrates under a named lock: a server has no transactions for schema changes.
async fn migrate_server(db: &Connection) -> Result<(), StoreError> {
    // A named lock belongs to one connection; a transaction pins one.
    let guard = db.0.begin().await?;
    let lock = format!("SELECT GET_LOCK({LOCK_NAME}, {MIGRATION_WAIT_S})");
    if ask(&guard, &lock).await? != Some(1) {
        return Err(StoreError::Locked);
    }
    let done = Migrator::up(&db.0, None).await;
    ask(&guard, &format!("SELECT RELEASE_LOCK({LOCK_NAME})")).await?;
    guard.rollback().await?;
    Ok(done?)
}

async fn ask(db: &DatabaseTransaction, sql: &str) -> Result<Option<i64>, StoreError> {
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::MySql, sql))
        .await?;
    let number = row.map(|row| row.try_get_by_index::<Option<i64>>(0));
    Ok(number.transpose()?.flatten())
}

fn too_slow(elapsed: Elapsed) -> StoreError {
    StoreError::Unavailable(Box::new(elapsed))
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait as _;
    use shared::epoch::Epoch;
    use shared::id::SessionId;
    use shared::time::SystemClock;

    use super::*;
    use crate::seal::KeyId;

    /// Here and not among the other tests: the limit belongs to the connection that writes.
    #[tokio::test]
    async fn a_full_disk_is_full_loses_nothing_and_ends() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/baton.db", directory.path().display());
        let config = StoreConfig {
            url: Secret::new(url),
            max_connections: 1,
        };
        let key = (KeyId::new("k").unwrap(), Secret::new([1; 32]));
        let keys = KeyRing::from_keys(vec![key]).unwrap();
        let store = Store::open(config, keys, Arc::new(SystemClock))
            .await
            .unwrap();
        let session = SessionId::generate();
        let save = async |body: &[u8]| {
            let checkpoints = store.checkpoints();
            checkpoints.save(session, Epoch::new(1), body).await
        };
        save(b"small").await.unwrap();
        let limit = async |pages: u32| {
            let pragma = format!("PRAGMA max_page_count = {pages}");
            store.write().execute_unprepared(&pragma).await.unwrap();
        };

        limit(1).await; // SQLite makes it the present size.
        let large = vec![7; 100_000];
        let refused = save(&large).await;

        assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
        let kept = store.checkpoints().load(session).await.unwrap().unwrap();
        assert_eq!(kept.body, b"small");
        limit(1_000_000).await;
        save(&large).await.unwrap();
    }
}
