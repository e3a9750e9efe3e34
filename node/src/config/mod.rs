//! Configuration: defaults < TOML file < environment < flags, checked once, all problems at once.
//!
//! Owns every key, its unit, its default and its explanation ([`KEYS`]). It opens no socket and
//! starts nothing; secrets it reads stay in `Secret` and never reach `show`.
//!
//! ```text
//! KEYS ─ defaults ─┐
//! TOML file ───────┤ Layers (value + where it came from) ──▶ build ──▶ Config
//! BATON_… ─────────┤                                           └─────▶ every Problem
//! --section-key ───┘
//! ```

mod build;
mod file;
mod key;
mod layers;
mod net;
mod problem;
mod settings;
mod show;
mod table;
mod warn;

pub use build::build;
pub use file::parse_text;
pub use key::{Key, Kind};
pub use layers::{Layers, Origin, Sourced, Value, environment};
pub use net::{Network, PublicUrl};
pub use problem::{ConfigError, Problem};
pub use settings::{
    Config, Data, Database, Keys, Log, LogFormat, Redis, Retention, Server, Sessions, SignIn,
    Targets, TlsFiles,
};
pub use show::{example, show};
pub use table::KEYS;
pub use warn::warnings;
