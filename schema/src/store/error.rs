//! What can go wrong in a store, split by what the caller does next.

use std::io::ErrorKind;

use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr};
use shared::epoch::Epoch;

use super::connection::LOCKED;
use crate::seal::SealError;

/// Why a store call failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is gone, refuses us, or did not answer in time. Retrying later is safe for
    /// reads; a write may or may not have happened.
    #[error("database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Somebody else holds the database or the row for too long. Nothing was written; try again.
    #[error("database is locked")]
    Locked,
    /// The row to change does not exist.
    #[error("no such row")]
    NotFound,
    /// The request contradicts what is stored. `what` is a stable code.
    #[error("conflict: {what}")]
    Conflict {
        /// Stable code, such as `name_taken`.
        what: &'static str,
    },
    /// Another owner has claimed the session. Stop at once; do not retry.
    #[error("session is fenced: wrote at {ours}, store is at {theirs}")]
    Fenced {
        /// The epoch of the refused write.
        ours: Epoch,
        /// The epoch that the store holds.
        theirs: Epoch,
    },
    /// A newer program has changed the schema. Upgrade this one.
    #[error("database schema is newer than this program: it has {found}")]
    NewerSchema {
        /// The newest migration that we do not know.
        found: String,
    },
    /// The disk, or the database's quota, is full. Nothing was written.
    #[error("no space left for the database")]
    Full,
    /// A secret could not be sealed or opened.
    #[error("secret cannot be sealed or opened")]
    Sealed(#[source] SealError),
    /// What is stored cannot be understood.
    #[error("stored data is corrupt: {what}")]
    Corrupt {
        /// Which part.
        what: &'static str,
    },
}

impl StoreError {
    /// What a unique constraint says before the store that knows has named it.
    const DUPLICATE: Self = Self::Conflict { what: "duplicate" };

    /// What a foreign key says before the store that knows has named it.
    const REFERENCE: Self = Self::Conflict { what: "reference" };

    /// Names the conflict of a unique constraint.
    pub(super) fn duplicate(self, what: &'static str) -> Self {
        match self {
            Self::Conflict { what: "duplicate" } => Self::Conflict { what },
            other => other,
        }
    }

    /// Names the conflict of a foreign key.
    pub(super) fn reference(self, what: &'static str) -> Self {
        match self {
            Self::Conflict { what: "reference" } => Self::Conflict { what },
            other => other,
        }
    }
}

impl From<SealError> for StoreError {
    fn from(error: SealError) -> Self {
        Self::Sealed(error)
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let known = match &error {
            DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause) => from_runtime(cause),
            DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => {
                Some(Self::Corrupt { what: "row" })
            }
            _ => None,
        };
        if let Some(Self::Corrupt { what }) = &known {
            tracing::error!(error = %error, what, "Cannot understand what the database returned");
        }
        known.unwrap_or_else(|| Self::Unavailable(Box::new(error)))
    }
}

fn from_runtime(cause: &RuntimeErr) -> Option<StoreError> {
    match cause {
        RuntimeErr::SqlxError(error) => from_sqlx(error),
        RuntimeErr::Internal(text) if text == LOCKED => Some(StoreError::Locked),
        RuntimeErr::Internal(_) => None,
    }
}

fn from_sqlx(error: &sqlx::Error) -> Option<StoreError> {
    match error {
        sqlx::Error::Database(error) => {
            if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
                return from_mysql(error.number());
            }
            let code = error.code().and_then(|code| code.parse::<i32>().ok());
            code.and_then(from_sqlite)
        }
        sqlx::Error::Io(error) if error.kind() == ErrorKind::StorageFull => Some(StoreError::Full),
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::TypeNotFound { .. } => Some(StoreError::Corrupt { what: "row" }),
        _ => None,
    }
}

/// `SQLite` result codes (<https://www.sqlite.org/rescode.html>); the low byte is the primary one.
const fn from_sqlite(code: i32) -> Option<StoreError> {
    match code & 0xff {
        5 | 6 => Some(StoreError::Locked),
        11 | 26 => Some(StoreError::Corrupt {
            what: "database file",
        }),
        13 => Some(StoreError::Full),
        // SQLITE_CONSTRAINT_FOREIGNKEY and _TRIGGER, which is how "restrict" speaks.
        19 if matches!(code >> 8, 3 | 7) => Some(StoreError::REFERENCE),
        // SQLITE_CONSTRAINT_PRIMARYKEY and _UNIQUE.
        19 if matches!(code >> 8, 6 | 8) => Some(StoreError::DUPLICATE),
        _ => None,
    }
}

/// `MySQL` and `MariaDB` server error numbers.
const fn from_mysql(number: u16) -> Option<StoreError> {
    match number {
        // ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK
        1205 | 1213 => Some(StoreError::Locked),
        // ER_DISK_FULL, ER_RECORD_FILE_FULL, "error 28 from storage engine"
        1021 | 1114 | 1030 => Some(StoreError::Full),
        // ER_DUP_ENTRY
        1062 => Some(StoreError::DUPLICATE),
        // ER_ROW_IS_REFERENCED_2, ER_NO_REFERENCED_ROW_2
        1451 | 1452 => Some(StoreError::REFERENCE),
        // ER_DATA_TOO_LONG
        1406 => Some(StoreError::Conflict { what: "too_long" }),
        _ => None,
    }
}
