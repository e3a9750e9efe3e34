//! Connections that always answer: every statement has a time limit.
//!
//! A pool bounds how long one waits for a connection, not how long a statement on it may take; a
//! server that is stopped or cut off would hang its callers. Dropping the statement makes the
//! driver discard the connection.

use std::time::Duration;

use sea_orm::prelude::async_trait;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    ExecResult, QueryResult, RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait as _,
};

use super::StoreError;

/// Limit of one statement, waiting for a connection included. Ours take milliseconds; what has
/// not answered by then is not coming back soon. Longer than any wait for a lock.
pub(super) const STATEMENT_LIMIT: Duration = Duration::from_secs(5);

/// Marks the wait for `SQLite`'s only writer as what it is.
pub(super) const LOCKED: &str = "the only writer is busy";

async fn bounded<T: Send>(
    backend: DbBackend,
    work: impl Future<Output = Result<T, DbErr>> + Send,
) -> Result<T, DbErr> {
    match tokio::time::timeout(STATEMENT_LIMIT, work).await {
        // SQLite is a file: what takes long there is waiting for whoever else writes.
        Err(_) | Ok(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))
            if backend == DbBackend::Sqlite =>
        {
            Err(DbErr::Exec(RuntimeErr::Internal(LOCKED.to_owned())))
        }
        Err(_elapsed) => Err(no_answer()),
        Ok(done) => done,
    }
}

fn no_answer() -> DbErr {
    let limit = STATEMENT_LIMIT.as_secs();
    DbErr::Conn(RuntimeErr::Internal(format!("no answer within {limit} s")))
}

/// A pool whose statements have a time limit.
#[derive(Clone, Debug)]
pub(super) struct Connection(pub(super) DatabaseConnection);

impl Connection {
    /// Starts a transaction that may write; on `SQLite` it takes the write lock now, so that it
    /// cannot fail half-way because somebody else wrote.
    pub(super) async fn begin(&self) -> Result<Transaction, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begin = self.0.begin_with_options(options);
        let transaction = bounded(self.get_database_backend(), begin).await?;
        Ok(Transaction(transaction))
    }
}

/// A transaction whose statements have a time limit. Dropping it rolls it back.
#[derive(Debug)]
pub(super) struct Transaction(pub(super) DatabaseTransaction);

impl Transaction {
    /// Makes it last.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        let backend = self.get_database_backend();
        Ok(bounded(backend, self.0.commit()).await?)
    }
}

macro_rules! bounded_statements {
    ($($name:ident),+) => {$(
        #[async_trait::async_trait]
        impl ConnectionTrait for $name {
            fn get_database_backend(&self) -> DbBackend {
                self.0.get_database_backend()
            }

            async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
                bounded(self.get_database_backend(), self.0.execute_raw(stmt)).await
            }

            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                bounded(self.get_database_backend(), self.0.execute_unprepared(sql)).await
            }

            async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
                bounded(self.get_database_backend(), self.0.query_one_raw(stmt)).await
            }

            async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
                bounded(self.get_database_backend(), self.0.query_all_raw(stmt)).await
            }
        }
    )+};
}

bounded_statements!(Connection, Transaction);
