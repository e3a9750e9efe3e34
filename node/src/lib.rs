//! The node: owns sessions, drives targets, shows screens.
//!
//! ```text
//! browser ── http ──▶ session (actor, pure state) ──▶ driver ──▶ target
//!    ▲                      │
//!    └── viewer feed ◀── screen (the truth) ◀── driver events
//! ```
//! Imports go one way: `http, admin → auth → session → {driver, screen, checkpoint, ownership}`.
//! The crate never names `broker`; only the `baton` binary does.

pub mod actor;
pub mod admin;
pub mod auth;
pub mod checkpoint;
pub mod config;
pub mod driver;
pub mod http;
pub mod metrics;
pub mod ownership;
pub mod screen;
pub mod session;
pub mod telemetry;
