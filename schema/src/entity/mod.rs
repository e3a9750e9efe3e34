//! Entities: one table each, singular `snake_case`. Rows as stored, never as callers see them.

pub(crate) mod audit;
pub(crate) mod checkpoint;
pub(crate) mod credential;
pub(crate) mod group_member;
pub(crate) mod login;
pub(crate) mod session;
pub(crate) mod session_history;
pub(crate) mod setup_link;
pub(crate) mod target;
pub(crate) mod target_grant;
pub(crate) mod user;
pub(crate) mod user_group;
