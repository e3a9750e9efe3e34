//! Migrations: an ordered list, one change each, never edited once released.

#![expect(
    elided_lifetimes_in_paths,
    reason = "async_trait compares signatures, and the trait elides the lifetime"
)]

mod m20261123_200001_create_user;
mod m20261123_200002_create_login;
mod m20261123_200003_create_setup_link;
mod m20261123_200004_create_user_group;
mod m20261123_200005_create_group_member;
mod m20261123_200006_create_credential;
mod m20261123_200007_create_target;
mod m20261123_200008_create_target_grant;
mod m20261123_200009_create_session;
mod m20261123_200010_create_session_history;
mod m20261123_200011_create_checkpoint;
mod m20261123_200012_create_audit;
mod migrator;
mod table;

pub(crate) use migrator::{Migrator, unknown_migration};
