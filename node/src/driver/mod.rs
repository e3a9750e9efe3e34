//! Drivers: our protocol clients to targets, reduced to one vocabulary.
//!
//! Owns everything that speaks to a target. It never sees sessions, viewers or the store.
//!
//! ```text
//! session ── DriverInput (control, input lanes) ──▶ dial(grant, ends) ──▶ target
//! session ◀────────── DriverEvent (one bounded lane, in order) ──────────┘
//! ```
//! `connect` turns a name into a checked, dialled address; `person` asks what only a person knows;
//! `ssh` and `vnc` speak the protocols; `files` moves files over an SSH connection.

mod address;
mod connect;
mod dial;
mod event;
mod failure;
mod files;
mod grant;
mod input;
mod link;
mod person;
mod settings;
mod ssh;
mod text;
mod vnc;

pub use dial::{ProbeReport, dial, probe};
pub use event::{
    Ask, AskField, AskId, AskKind, ConnectStep, DesktopEvent, DriverEvent, DriverExit,
};
pub use files::{
    BoxReader, BoxWriter, FileEntry, FileError, FileKind, FileReader, FileWriter, Files,
    FilesHandle, WriteMode,
};
pub use grant::{Credential, GrantParts, Identity, TargetGrant};
pub use input::{AskAnswer, DriverInput};
pub use link::{DriverEnds, DriverLink, link};
pub use settings::{
    AddressPolicy, CertificatePolicy, HostKeyPolicy, Protocol, SshSettings, TargetAddress,
    VncSettings,
};
pub use vnc::{RfbReplay, replay_rfb};
