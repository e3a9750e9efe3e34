//! Why a session or a socket ended: one list for code, logs, metrics, API and page.

use serde::{Deserialize, Serialize};

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The program or shell at the target ended by itself.
    TargetExited,
    /// The target closed or lost the connection.
    TargetLost,
    /// Nobody answers at the target's address.
    TargetUnreachable,
    /// The target's name does not resolve.
    UnknownHost,
    /// The target refused the connection.
    Refused,
    /// A step towards the target took too long.
    TimedOut,
    /// The target does not speak the expected protocol.
    ProtocolMismatch,
    /// The target's host key is not the one we know.
    HostKeyChanged,
    /// The target's host key is unknown and the policy demands a known one.
    HostKeyUnknown,
    /// The target refused every credential.
    AuthenticationFailed,
    /// Policy forbids the target's address.
    AddressForbidden,
    /// A person cancelled.
    Cancelled,
    /// A person ended the session.
    EndedByUser,
    /// An admin ended the session.
    EndedByAdmin,
    /// Nobody was attached for longer than the session may live detached.
    DetachedTooLong,
    /// The user's rights were withdrawn.
    AccessRevoked,
    /// Another node owns the session now.
    Fenced,
    /// The node is shutting down.
    NodeStopping,
    /// The node stopped without saying goodbye; found at the next start.
    NodeLost,
    /// The session broke an internal rule; the node is fine.
    Internal,
}

impl CloseReason {
    /// Every reason, for documentation and exhaustive tests.
    pub const ALL: [Self; 20] = [
        Self::TargetExited,
        Self::TargetLost,
        Self::TargetUnreachable,
        Self::UnknownHost,
        Self::Refused,
        Self::TimedOut,
        Self::ProtocolMismatch,
        Self::HostKeyChanged,
        Self::HostKeyUnknown,
        Self::AuthenticationFailed,
        Self::AddressForbidden,
        Self::Cancelled,
        Self::EndedByUser,
        Self::EndedByAdmin,
        Self::DetachedTooLong,
        Self::AccessRevoked,
        Self::Fenced,
        Self::NodeStopping,
        Self::NodeLost,
        Self::Internal,
    ];

    /// The stable code used in frames, API, metrics and rows.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TargetExited => "target_exited",
            Self::TargetLost => "target_lost",
            Self::TargetUnreachable => "target_unreachable",
            Self::UnknownHost => "unknown_host",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::ProtocolMismatch => "protocol_mismatch",
            Self::HostKeyChanged => "host_key_changed",
            Self::HostKeyUnknown => "host_key_unknown",
            Self::AuthenticationFailed => "authentication_failed",
            Self::AddressForbidden => "address_forbidden",
            Self::Cancelled => "cancelled",
            Self::EndedByUser => "ended_by_user",
            Self::EndedByAdmin => "ended_by_admin",
            Self::DetachedTooLong => "detached_too_long",
            Self::AccessRevoked => "access_revoked",
            Self::Fenced => "fenced",
            Self::NodeStopping => "node_stopping",
            Self::NodeLost => "node_lost",
            Self::Internal => "internal",
        }
    }

    /// The reason behind a stored code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// Why the node closed a viewer's socket; WebSocket close codes 4000–4999 are ours (RFC 6455 §7.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketClose {
    /// The session is over; an `Ended` frame came before.
    SessionEnded,
    /// No first frame within five seconds.
    NoFirstFrame,
    /// The ticket is unknown, used or expired.
    BadTicket,
    /// The viewer broke the protocol.
    BadFrame,
    /// The viewer speaks a protocol version that the node does not.
    WrongVersion,
    /// The viewer stopped answering pings.
    ViewerSilent,
    /// The login behind the viewer was ended.
    SignedOut,
    /// The node is stopping; try again, perhaps elsewhere.
    NodeStopping,
}

impl SocketClose {
    /// The WebSocket close code.
    pub const fn code(self) -> u16 {
        match self {
            Self::SessionEnded => 4000,
            Self::NoFirstFrame => 4001,
            Self::BadTicket => 4002,
            Self::BadFrame => 4003,
            Self::WrongVersion => 4004,
            Self::ViewerSilent => 4005,
            Self::SignedOut => 4006,
            Self::NodeStopping => 4007,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_again_by_its_code() {
        for reason in CloseReason::ALL {
            assert_eq!(CloseReason::from_code(reason.code()), Some(reason));
        }
        assert_eq!(CloseReason::from_code("nonsense"), None);
    }
}
