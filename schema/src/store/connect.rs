//! How a database is reached: addresses, pools, and what every connection is told first.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sea_orm::sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _, Executor as _};
use sea_orm::{DatabaseConnection, DbErr, RuntimeErr};

use super::StoreError;
use super::connection::Connection;

/// How long `SQLite` waits for another process to let go. Also the limit of a row lock on `MySQL`.
const BUSY_LIMIT: Duration = Duration::from_secs(3);

/// How long a caller waits for a free connection, connecting included. Longer than
/// [`BUSY_LIMIT`], so that a busy database is reported by the one that waits for it.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(4);

/// Idle `MySQL` connections are closed before common firewalls forget them (4 minutes at Azure).
const IDLE_LIMIT: Duration = Duration::from_mins(3);

/// Readers of `SQLite` beside its one writer.
const SQLITE_READERS: u32 = 4;

/// How much of the write-ahead log stays on disk after a burst, in bytes.
const JOURNAL_BYTES: &str = "33554432";

/// The two ways into one database. Clones share the connections.
#[derive(Clone, Debug)]
pub(super) struct Pools {
    /// May write. On `SQLite` it has one connection: the only writer.
    pub(super) write: Connection,
    /// Only reads, and never waits for the writer.
    pub(super) read: Connection,
}

/// Opens `url` (`sqlite:…` or `mysql:…`).
pub(super) async fn connect(url: &str, max_connections: u32) -> Result<Pools, StoreError> {
    let max_connections = max_connections.max(2);
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => Box::pin(sqlite(url)).await,
        Some("mysql" | "mariadb") => Box::pin(mysql(url, max_connections)).await,
        _ => Err(StoreError::Unavailable(
            "the address must start with sqlite: or mysql:".into(),
        )),
    }
}

async fn sqlite(url: &str) -> Result<Pools, StoreError> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(failed)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(BUSY_LIMIT)
        .foreign_keys(true)
        .pragma("trusted_schema", "OFF")
        .pragma("journal_size_limit", JOURNAL_BYTES)
        .disable_statement_logging();
    let file = options.get_filename().to_owned();
    let is_in_memory = url.contains(":memory:") || url.contains("mode=memory");
    if !is_in_memory {
        make_private(&file).map_err(|source| failed(sqlx::Error::Io(source)))?;
    }
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_LIMIT)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await
        .map_err(failed)?;
    let write = Connection(DatabaseConnection::from(write));
    if is_in_memory {
        let read = write.clone();
        return Ok(Pools { write, read });
    }
    let read = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(ACQUIRE_LIMIT)
        .connect_lazy_with(options.pragma("query_only", "ON"));
    let read = Connection(DatabaseConnection::from(read));
    Ok(Pools { write, read })
}

/// Makes the file for its owner only; `SQLite` gives its log and index the same mode.
fn make_private(file: &Path) -> std::io::Result<()> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file)
        .map(drop)
}

async fn mysql(url: &str, max_connections: u32) -> Result<Pools, StoreError> {
    let options = MySqlConnectOptions::from_str(url)
        .map_err(failed)?
        .charset("utf8mb4")
        .disable_statement_logging();
    probe(&options).await?;
    let pool = MySqlPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_LIMIT)
        .idle_timeout(IDLE_LIMIT)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection
                    .execute(sqlx::AssertSqlSafe(format!(
                        "SET SESSION innodb_lock_wait_timeout = {}, \
                         sql_mode = CONCAT_WS(',', @@sql_mode, 'STRICT_TRANS_TABLES')",
                        BUSY_LIMIT.as_secs()
                    )))
                    .await
                    .map(drop)
            })
        })
        .connect_lazy_with(options);
    let write = Connection(DatabaseConnection::from(pool));
    let read = write.clone();
    Ok(Pools { write, read })
}

/// Connects once by itself: a pool would retry until its limit and then only say "timed out".
async fn probe(options: &MySqlConnectOptions) -> Result<(), StoreError> {
    let connection = tokio::time::timeout(ACQUIRE_LIMIT, options.connect())
        .await
        .map_err(|elapsed| StoreError::Unavailable(Box::new(elapsed)))?
        .map_err(failed)?;
    connection.close().await.map_err(failed)
}

fn failed(error: sqlx::Error) -> StoreError {
    DbErr::Conn(RuntimeErr::SqlxError(error.into())).into()
}
