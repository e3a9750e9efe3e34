//! The whole product on real servers: a `baton` process, OpenSSH, MariaDB, viewers over their sockets.
//!
//! Every test starts what it needs on ports of its own and ends it, also when it fails.

mod access;
mod authentication;
mod commands;
mod desktop;
mod failures;
mod files;
mod host_keys;
mod starting;
mod store;
mod terminal;
mod tls;
mod viewers;
