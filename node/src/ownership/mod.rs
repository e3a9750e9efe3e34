//! Ownership: claims and releases; the only way to become the owner of a session.
//!
//! Names what it needs of a broker and never which broker that is; the binary wires one in.

mod broker;
mod claim;

pub use broker::{Broker, BrokerError};
pub use claim::{ClaimError, Identity, Ownership};
