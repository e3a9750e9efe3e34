//! Why a dial or a session ended, for people: cause and what to do.

use shared::close::CloseReason;

use super::broken::Broken;
use crate::driver::TargetAddress;
use crate::driver::failure::Failure;
use crate::driver::text::tame_line;

/// Explains what a server did or refused.
pub(super) fn explain(broken: &Broken, address: &TargetAddress, opening: &[u8]) -> Failure {
    match broken {
        Broken::NotRfb => not_vnc(opening, address),
        Broken::Refused { reason } => Failure::new(
            CloseReason::Refused,
            format!(
                "{address} refuses connections{}. It may have blocked this node after wrong \
                 passwords, or allow one client only.",
                said(reason)
            ),
        ),
        Broken::Denied { reason } => Failure::new(
            CloseReason::AuthenticationFailed,
            format!("{address} refused the sign-in{}.", said(reason)),
        ),
        Broken::NoCommonSecurity { offered }
        | Broken::NoEncryption { offered }
        | Broken::AnonymousOnly { offered, .. } => insecure(broken, offered, address),
        Broken::NoTls => Failure::new(
            CloseReason::ProtocolMismatch,
            format!(
                "{address} offers TLS but cannot start it; check that its certificate and key can \
                 be read."
            ),
        ),
        Broken::Size { width, height } => Failure::new(
            CloseReason::ProtocolMismatch,
            format!(
                "The desktop of {address} is {width} × {height} pixels, which is not supported: \
                 at most 16384 a side and 7680 × 4320 in all."
            ),
        ),
        Broken::BytesBeforeTls
        | Broken::Outside
        | Broken::Message(_)
        | Broken::Encoding(_)
        | Broken::TooLong(_)
        | Broken::Corrupt(_)
        | Broken::TooMuch => Failure::new(
            CloseReason::ProtocolMismatch,
            format!("{address} broke the VNC protocol: {broken}."),
        ),
    }
}

/// No security type will do: which ones there are, and what to change.
fn insecure(broken: &Broken, offered: &str, address: &TargetAddress) -> Failure {
    let text = match broken {
        Broken::AnonymousOnly { .. } => format!(
            "{address} encrypts only without a certificate ({offered}), which protects from nobody \
             in between and is not supported. Give the server a certificate and turn X509Vnc or \
             X509Plain on (TigerVNC: -SecurityTypes X509Vnc -X509Cert … -X509Key …)."
        ),
        Broken::NoEncryption { .. } => format!(
            "The target's settings demand encryption, but {address} offers only {offered}. Turn \
             X509Vnc, X509Plain or X509None on at the server, with a certificate."
        ),
        _ => format!(
            "{address} offers only these security types: {offered}. This node speaks None, \
             VncAuth, and VeNCrypt with X509None, X509Vnc, X509Plain or Plain; turn one of them on \
             at the server."
        ),
    };
    Failure::new(CloseReason::ProtocolMismatch, text)
}

/// The server's own words, when it has any.
fn said(reason: &str) -> String {
    let reason = reason.trim_end_matches('.');
    if reason.is_empty() {
        String::new()
    } else {
        format!(" ({})", tame_line(reason, 300))
    }
}

fn not_vnc(opening: &[u8], address: &TargetAddress) -> Failure {
    let starts = |text: &str| opening.starts_with(text.as_bytes());
    let spoken = if starts("SSH-") {
        "SSH"
    } else if starts("HTTP/") || starts("<!") || starts("<html") {
        "HTTP"
    } else if matches!(opening, [0x14..=0x17, 0x03, ..]) {
        "TLS from the first byte"
    } else if matches!(opening, [0x03, 0x00, ..]) {
        "RDP"
    } else if starts("220") || starts("* OK") || starts("+OK") {
        "a mail or FTP protocol"
    } else {
        "something else"
    };
    Failure::new(
        CloseReason::ProtocolMismatch,
        format!("{address} speaks {spoken}, not VNC; check the port."),
    )
}

/// The server closed the connection before the desktop was open.
pub(super) fn closed_early(address: &TargetAddress, has_begun: bool) -> Failure {
    if has_begun {
        Failure::new(
            CloseReason::TargetLost,
            format!("{address} closed the connection in the middle of the handshake."),
        )
    } else {
        Failure::new(
            CloseReason::Refused,
            format!(
                "{address} took the connection and closed it at once; it may allow one client only \
                 or refuse this node's address."
            ),
        )
    }
}

/// The server said nothing for too long before the desktop was open.
pub(super) fn silent(address: &TargetAddress, has_begun: bool) -> Failure {
    let text = if has_begun {
        format!("{address} stopped in the middle of the handshake.")
    } else {
        format!(
            "{address} took the connection but stays silent; a VNC server speaks first. Check the \
             port."
        )
    };
    Failure::new(CloseReason::TimedOut, text)
}

/// TLS could not be set up.
pub(super) fn no_tls(address: &TargetAddress, error: &std::io::Error) -> Failure {
    Failure::new(
        CloseReason::ProtocolMismatch,
        format!(
            "TLS with {address} failed ({}); its certificate or TLS version may be too old.",
            tame_line(&error.to_string(), 200)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> TargetAddress {
        TargetAddress {
            host: "host".to_owned(),
            port: 5900,
        }
    }

    #[test]
    fn whatever_answers_is_named() {
        for (opening, part) in [
            (&b"SSH-2.0-x"[..], "speaks SSH"),
            (b"HTTP/1.1 400", "speaks HTTP"),
            (b"\x15\x03\x01", "speaks TLS"),
            (b"?", "something else"),
        ] {
            let failure = explain(&Broken::NotRfb, &address(), opening);
            assert!(failure.to_string().contains(part), "{failure}");
        }
    }

    #[test]
    fn anonymous_encryption_is_explained_with_what_to_change() {
        let broken = Broken::AnonymousOnly {
            offered: "TLSVnc".to_owned(),
            has_others: false,
        };
        let text = explain(&broken, &address(), b"").to_string();
        assert!(
            text.contains("TLSVnc") && text.contains("X509Vnc"),
            "{text}"
        );
    }
}
