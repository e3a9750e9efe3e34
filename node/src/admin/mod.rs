//! What admins manage: users, groups, targets, grants, the audit trail. One resource per file.
//!
//! Every handler that takes `Admin` refuses everybody else; those that take `Member` show a user
//! what that user may use. Decisions stay in `auth`, rows in the store.

pub(crate) mod audit;
pub mod files;
pub(crate) mod grants;
pub(crate) mod groups;
pub(crate) mod probe;
mod target_body;
pub(crate) mod targets;
pub(crate) mod users;
mod views;

pub use views::{GroupView, TargetView, UserView};
