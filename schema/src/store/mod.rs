//! Stores: the queries, named for what callers want. The only SQL in the workspace.
//!
//! [`Store`] is a cheap handle; its accessors give a view per kind of thing. Every call ends in
//! bounded time, also when the database is gone. Writes that need ownership take an `Epoch` and
//! are refused inside the statement that would have written.

mod audit;
mod checkpoints;
mod connect;
mod connection;
mod credentials;
mod edit;
mod error;
mod grants;
mod groups;
mod history;
mod logins;
mod open;
mod page;
mod recent;
mod rotation;
mod sessions;
mod setup_links;
mod targets;
mod text;
mod users;

pub use audit::{Audit, AuditFilter, AuditRow, NewAudit, Outcome};
pub use checkpoints::{Checkpoint, Checkpoints};
pub use credentials::{
    Credential, CredentialChange, CredentialKind, CredentialSecret, Credentials, NewCredential,
};
pub use edit::Edit;
pub use error::StoreError;
pub use grants::{Grant, Grants, Subject};
pub use groups::{Group, Groups};
pub use history::{History, HistoryFilter, HistoryRow};
pub use logins::{LiveLogin, Login, Logins, NewLogin};
pub use open::{Store, StoreConfig};
pub use page::{Page, Paged};
pub use rotation::Rotation;
pub use sessions::{EndedSession, NewSession, SessionChange, SessionRow, Sessions};
pub use setup_links::{SetupLinkState, SetupLinks};
pub use targets::{NewTarget, Target, TargetChange, TargetFilter, Targets};
pub use users::{NewUser, User, UserChange, Users};
