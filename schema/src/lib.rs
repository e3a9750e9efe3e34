//! Stores: entities, migrations, sealing, and the only SQL in the workspace.
//!
//! ```text
//! callers → store (queries, named for what callers want) → entity (rows) → SQLite | MySQL
//!                └→ seal (secrets at rest, keys from outside the database)
//! ```
//!
//! The same entities, migrations and queries run on `SQLite` and on MySQL or `MariaDB`. The crate
//! decides nothing about permission, ownership or time: callers say who, which epoch, which clock.

mod entity;
mod migration;
pub mod seal;
pub mod store;
