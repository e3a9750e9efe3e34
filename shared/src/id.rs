//! Typed identifiers: one UUID v7 newtype per noun, so that they cannot be mixed up.
//!
//! An id names a thing; it never proves a right to it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text was not a UUID.
#[derive(Debug, thiserror::Error)]
#[error("not an id")]
pub struct ParseIdError(#[source] uuid::Error);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a fresh id; ids made later sort later (RFC 9562 §5.7).
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// Wraps a stored UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID as stored.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self).map_err(ParseIdError)
            }
        }
    )+};
}

ids! {
    /// A remote desktop or terminal; outlives browsers and nodes.
    SessionId,
    /// The process that owns session actors; stable across restarts.
    NodeId,
    /// One start of a node; new every time the process starts.
    IncarnationId,
    /// One attached browser.
    ViewerId,
    /// A machine that sessions connect to.
    TargetId,
    /// A person who may sign in.
    UserId,
    /// A set of users that grants can name.
    GroupId,
    /// A sealed secret used to authenticate at a target.
    CredentialId,
    /// Permission of a user or group to use a target.
    GrantId,
    /// One browser's login.
    LoginId,
    /// One try to claim a session; a retry repeats it.
    AttemptId,
}
