//! What went wrong with an SSH connection, told from russh's error and the peer's first bytes.

use russh::{AlgorithmKind, Disconnect, Error};
use shared::close::CloseReason;

use crate::driver::TargetAddress;
use crate::driver::failure::Failure;
use crate::driver::text::tame_line;

/// How a connection was lost, as far as its task could tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The server said goodbye, with this (untrusted) message.
    Goodbye(String),
    /// The server offers no way to sign in that we know.
    NoMethod,
    /// Keepalives went unanswered.
    Silent,
    /// The connection broke or ended without a word.
    Broken,
    /// The server broke the protocol.
    Violation,
}

impl Lost {
    pub(crate) fn from_goodbye(code: &Disconnect, message: &str) -> Self {
        match code {
            Disconnect::NoMoreAuthMethodsAvailable if message.is_empty() => Self::NoMethod,
            _ => Self::Goodbye(tame_line(message, 300)),
        }
    }

    pub(crate) fn from_error(error: &Error) -> Self {
        match error {
            Error::NoAuthMethod => Self::NoMethod,
            Error::KeepaliveTimeout | Error::InactivityTimeout => Self::Silent,
            Error::Disconnect | Error::HUP | Error::IO(_) | Error::SendError | Error::RecvError => {
                Self::Broken
            }
            _ => Self::Violation,
        }
    }

    /// The end of a session that was live.
    pub(crate) fn text(&self, address: &TargetAddress) -> String {
        match self {
            Self::Goodbye(message) if message.is_empty() => {
                format!("{address} closed the connection.")
            }
            Self::Goodbye(message) => format!("{address} closed the connection: {message}"),
            Self::NoMethod => format!("{address} offers no way to sign in that is supported here."),
            Self::Silent => format!(
                "{address} stopped answering; it or the network to it is down. Connect again \
                 when it is back."
            ),
            Self::Broken => format!("The connection to {address} was lost."),
            Self::Violation => format!("{address} broke the SSH protocol, so it was disconnected."),
        }
    }
}

/// Whether a handshake failed in a way that a busy server shows (`MaxStartups` of OpenSSH):
/// trying again a little later is right.
pub(crate) fn is_busy(opening: &[u8]) -> bool {
    let text = String::from_utf8_lossy(opening);
    opening.is_empty()
        || text.contains("MaxStartups")
        || text.starts_with("Not allowed at this time")
}

/// Why the handshake took too long.
pub(crate) fn handshake_timed_out(opening: &[u8], address: &TargetAddress) -> Failure {
    match foreign(opening) {
        Some(spoken) => mismatch(spoken, address),
        None if opening.is_empty() => Failure::new(
            CloseReason::TimedOut,
            format!(
                "{address} accepted the connection but stayed silent; it is probably not an SSH \
                 server, or it is overloaded."
            ),
        ),
        None => Failure::new(
            CloseReason::TimedOut,
            format!("{address} stopped in the middle of the SSH handshake."),
        ),
    }
}

/// Why the handshake failed.
pub(crate) fn handshake_failed(error: &Error, opening: &[u8], address: &TargetAddress) -> Failure {
    if let Some(spoken) = foreign(opening) {
        return mismatch(spoken, address);
    }
    match error {
        Error::NoCommonAlgo { kind, theirs, .. } => no_common(kind, theirs, address),
        Error::IO(_) | Error::Disconnect | Error::HUP if opening.is_empty() => Failure::new(
            CloseReason::Refused,
            format!(
                "{address} accepted the connection and closed it at once; the server may be busy \
                 or may not admit this node."
            ),
        ),
        Error::IO(_) | Error::Disconnect | Error::HUP if opening.starts_with(b"SSH-") => {
            Failure::new(
                CloseReason::TargetLost,
                format!("{address} closed the connection in the middle of the SSH handshake."),
            )
        }
        Error::WrongServerSig => Failure::new(
            CloseReason::ProtocolMismatch,
            format!("{address} could not prove that it holds its host key."),
        ),
        _ if opening.starts_with(b"SSH-") => Failure::new(
            CloseReason::ProtocolMismatch,
            format!("{address} broke the SSH protocol during the handshake."),
        ),
        _ => mismatch("something that is not SSH", address),
    }
}

fn no_common(kind: &AlgorithmKind, theirs: &[String], address: &TargetAddress) -> Failure {
    let what = match kind {
        AlgorithmKind::Kex => "key exchange",
        AlgorithmKind::Key => "host key algorithm",
        AlgorithmKind::Cipher => "cipher",
        AlgorithmKind::Compression => "compression",
        AlgorithmKind::Mac => "message authentication",
    };
    let offered = tame_line(&theirs.join(", "), 300);
    Failure::new(
        CloseReason::ProtocolMismatch,
        format!(
            "{address} and this node have no {what} in common (it offers {offered}). For an old \
             device, allow legacy algorithms in the target's settings."
        ),
    )
}

fn mismatch(spoken: &str, address: &TargetAddress) -> Failure {
    Failure::new(
        CloseReason::ProtocolMismatch,
        format!("{address} speaks {spoken}; check the port."),
    )
}

/// Names the protocol that the first bytes belong to, when it is not SSH 2.
fn foreign(opening: &[u8]) -> Option<&'static str> {
    let starts = |text: &str| opening.starts_with(text.as_bytes());
    let spoken = if starts("SSH-1.") && !starts("SSH-1.99") {
        "only SSH version 1, which is broken and not supported"
    } else if starts("HTTP/") || starts("<!") || starts("<html") {
        "HTTP, so it is a web server, not an SSH server"
    } else if matches!(opening, [0x14..=0x17, 0x03, ..]) {
        "TLS, not SSH"
    } else if starts("RFB ") {
        "RFB, so it is a VNC server, not an SSH server"
    } else if matches!(opening, [0x03, 0x00, ..]) {
        "RDP, not SSH"
    } else if starts("220") || starts("* OK") || starts("+OK") {
        "a mail or FTP protocol, not SSH"
    } else {
        return None;
    };
    Some(spoken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> TargetAddress {
        TargetAddress {
            host: "host".to_owned(),
            port: 22,
        }
    }

    fn reason(failure: &Failure) -> CloseReason {
        match failure {
            Failure::Ended { reason, .. } => *reason,
            Failure::WouldAsk(_) => CloseReason::Internal,
        }
    }

    #[test]
    fn whatever_answers_is_named() {
        for (opening, expected, part) in [
            (
                &b"HTTP/1.1 400 Bad Request"[..],
                CloseReason::ProtocolMismatch,
                "web server",
            ),
            (b"\x15\x03\x01\x00", CloseReason::ProtocolMismatch, "TLS"),
            (b"RFB 003.008\n", CloseReason::ProtocolMismatch, "VNC"),
            (b"SSH-1.5-old", CloseReason::ProtocolMismatch, "version 1"),
            (b"220 mail", CloseReason::ProtocolMismatch, "mail"),
            (b"\x00\x01\x02", CloseReason::ProtocolMismatch, "not SSH"),
            (b"", CloseReason::Refused, "closed it at once"),
            (b"SSH-2.0-x", CloseReason::TargetLost, "middle"),
        ] {
            let failure = handshake_failed(&Error::Disconnect, opening, &address());
            assert_eq!(reason(&failure), expected, "{opening:?}");
            assert!(failure.to_string().contains(part), "{failure}");
        }
    }

    #[test]
    fn silence_and_a_stop_are_told_apart() {
        let silent = handshake_timed_out(b"", &address());
        let stopped = handshake_timed_out(b"SSH-2.0-x\r\n", &address());
        assert_eq!(reason(&silent), CloseReason::TimedOut);
        assert!(silent.to_string().contains("silent"));
        assert_eq!(reason(&stopped), CloseReason::TimedOut);
        assert!(stopped.to_string().contains("middle"));
        assert!(is_busy(b"") && is_busy(b"Exceeded MaxStartups\r\n") && !is_busy(b"SSH-2.0"));
    }

    #[test]
    fn a_missing_algorithm_points_at_the_setting() {
        let error = Error::NoCommonAlgo {
            kind: AlgorithmKind::Kex,
            ours: Vec::new(),
            theirs: vec!["diffie-hellman-group1-sha1".to_owned()],
        };
        let failure = handshake_failed(&error, b"SSH-2.0-x", &address());
        assert!(failure.to_string().contains("legacy algorithms"));
        assert!(failure.to_string().contains("group1"));
    }
}
