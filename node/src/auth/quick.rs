//! Quick connect: `ssh://user@host:port` or `vnc://host:port` as a person types it (draft-ietf-secsh-scp-sftp-ssh-uri).

use std::net::Ipv6Addr;

use percent_encoding::percent_decode_str;

use crate::driver::{Protocol, TargetAddress};

/// Longest address taken, in bytes.
const LONGEST: usize = 1024;

/// Why an address cannot be dialled; the text is for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuickError {
    /// Nothing to connect to.
    #[error("Type where to connect, such as ssh://user@host:22.")]
    Empty,
    /// Far too long.
    #[error("The address is too long.")]
    TooLong,
    /// A protocol we do not speak.
    #[error("Only ssh:// and vnc:// are possible here, not {scheme}://.")]
    Protocol {
        /// What was typed.
        scheme: String,
    },
    /// A password in the address.
    #[error(
        "Leave the password out of the address, it would end up in histories and logs. \
         You are asked for it when connecting."
    )]
    Password,
    /// No usable host.
    #[error("The host is missing or has characters that no host name has.")]
    Host,
    /// An IPv6 address without brackets.
    #[error("Put an IPv6 address in brackets, such as ssh://[2001:db8::1]:22.")]
    Brackets,
    /// No usable port.
    #[error("The port must be a number from 1 to 65535.")]
    Port,
    /// A path, query or fragment.
    #[error("Leave away what follows the host and port.")]
    Rest,
    /// Broken percent-encoding or control characters in the user name.
    #[error("The user name has characters that cannot be used.")]
    User,
}

/// A parsed address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickAddress {
    /// Which driver dials.
    pub protocol: Protocol,
    /// Who to be; asked for when absent.
    pub user: Option<String>,
    /// Where to dial.
    pub address: TargetAddress,
}

impl QuickAddress {
    /// Reads what a person typed.
    ///
    /// # Errors
    /// With a sentence that says how to write it.
    pub fn parse(text: &str) -> Result<Self, QuickError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(QuickError::Empty);
        }
        if text.len() > LONGEST {
            return Err(QuickError::TooLong);
        }
        let (protocol, rest) = split_scheme(text)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (user, host_port) = match rest.rsplit_once('@') {
            Some((user, host_port)) => (Some(user), host_port),
            None => (None, rest),
        };
        if host_port.contains(['/', '?', '#']) {
            return Err(QuickError::Rest);
        }
        let user = user.map(parse_user).transpose()?;
        let (host, port) = split_port(host_port, protocol.default_port())?;
        Ok(Self {
            protocol,
            user: user.filter(|user| !user.is_empty()),
            address: TargetAddress {
                host: parse_host(host)?,
                port,
            },
        })
    }

    /// `user@host:port`, for titles.
    pub fn title(&self) -> String {
        let TargetAddress { host, port } = &self.address;
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        let place = if *port == self.protocol.default_port() {
            host
        } else {
            format!("{host}:{port}")
        };
        match &self.user {
            Some(user) => format!("{user}@{place}"),
            None => place,
        }
    }
}

fn split_scheme(text: &str) -> Result<(Protocol, &str), QuickError> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok((Protocol::Ssh, text));
    };
    match Protocol::named(&scheme.to_ascii_lowercase()) {
        Some(protocol) => Ok((protocol, rest)),
        None => Err(QuickError::Protocol {
            scheme: scheme
                .chars()
                .filter(|c| !c.is_control())
                .take(20)
                .collect(),
        }),
    }
}

fn parse_user(text: &str) -> Result<String, QuickError> {
    // `user;fingerprint=…` of the draft is not used: host keys have a policy of their own.
    let text = text.split(';').next().unwrap_or_default();
    if text.contains(':') {
        return Err(QuickError::Password);
    }
    if !escapes_are_whole(text) {
        return Err(QuickError::User);
    }
    let user = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_not_utf8| QuickError::User)?;
    if user.chars().any(char::is_control) {
        return Err(QuickError::User);
    }
    Ok(user.into_owned())
}

/// Every `%` is followed by two hexadecimal digits.
fn escapes_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let mut letters = after.chars();
        let mut is_hex = || letters.next().is_some_and(|c| c.is_ascii_hexdigit());
        is_hex() && is_hex()
    })
}

fn split_port(text: &str, usual: u16) -> Result<(&str, u16), QuickError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or(QuickError::Brackets)?;
        if host.parse::<Ipv6Addr>().is_err() {
            return Err(QuickError::Host);
        }
        let port = match after.strip_prefix(':') {
            Some(port) => parse_port(port)?,
            None if after.is_empty() => usual,
            None => return Err(QuickError::Port),
        };
        return Ok((host, port));
    }
    if text.matches(':').count() > 1 {
        return Err(QuickError::Brackets);
    }
    match text.split_once(':') {
        Some((host, port)) => Ok((host, parse_port(port)?)),
        None => Ok((text, usual)),
    }
}

fn parse_port(text: &str) -> Result<u16, QuickError> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|port| is_number && *port != 0)
        .ok_or(QuickError::Port)
}

fn parse_host(text: &str) -> Result<String, QuickError> {
    if text.parse::<Ipv6Addr>().is_ok() {
        return Ok(text.to_ascii_lowercase());
    }
    let host = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_not_utf8| QuickError::Host)?
        .to_lowercase();
    let is_fine = host
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'));
    if host.is_empty() || host.len() > 253 || !is_fine || host.starts_with('-') {
        return Err(QuickError::Host);
    }
    Ok(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Option<String>, String, u16) {
        let quick = QuickAddress::parse(text).expect(text);
        (quick.user, quick.address.host, quick.address.port)
    }

    #[test]
    fn the_usual_forms_are_understood() {
        let with = |user: Option<&str>, host: &str, port| {
            (user.map(ToOwned::to_owned), host.to_owned(), port)
        };
        for (text, expected) in [
            (
                "ssh://root@example.org:2222",
                with(Some("root"), "example.org", 2222),
            ),
            ("ssh://Example.org", with(None, "example.org", 22)),
            ("SSH://me@10.0.0.1/", with(Some("me"), "10.0.0.1", 22)),
            ("vnc://Desk.example", with(None, "desk.example", 5900)),
            ("me@host", with(Some("me"), "host", 22)),
            ("host:2200", with(None, "host", 2200)),
            ("ssh://a%40b.org@h", with(Some("a@b.org"), "h", 22)),
            ("ssh://DOM%5Cada@h", with(Some("DOM\\ada"), "h", 22)),
            ("a@b.org@h", with(Some("a@b.org"), "h", 22)),
            ("ssh://[2001:DB8::1]", with(None, "2001:db8::1", 22)),
            ("ssh://u@[::1]:2022", with(Some("u"), "::1", 2022)),
            ("ssh://bücher.example", with(None, "bücher.example", 22)),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_own_sentence() {
        let scheme = "http".to_owned();
        for (text, expected) in [
            ("", QuickError::Empty),
            ("ssh://", QuickError::Host),
            ("ssh://user:secret@host", QuickError::Password),
            ("http://host", QuickError::Protocol { scheme }),
            ("ssh://host:0", QuickError::Port),
            ("ssh://host:65536", QuickError::Port),
            ("ssh://host:+22", QuickError::Port),
            ("ssh://host:", QuickError::Port),
            ("ssh://2001:db8::1", QuickError::Brackets),
            ("ssh://[2001:db8::1", QuickError::Brackets),
            ("ssh://[nonsense]", QuickError::Host),
            ("ssh://[::1]x", QuickError::Port),
            ("ssh://host/path", QuickError::Rest),
            ("ssh://host?x=1", QuickError::Rest),
            ("ssh://%zz@host", QuickError::User),
            ("ssh://%0a@host", QuickError::User),
            ("ssh://%ff@host", QuickError::User),
            ("ssh://-oProxyCommand=x", QuickError::Host),
            ("ssh://a b", QuickError::Host),
            (&"h".repeat(2000), QuickError::TooLong),
        ] {
            assert_eq!(QuickAddress::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn titles_leave_the_usual_port_away() {
        let title = |text| QuickAddress::parse(text).unwrap().title();
        assert_eq!(title("ssh://u@[::1]:2022"), "u@[::1]:2022");
        assert_eq!(title("host:22"), "host");
        assert_eq!(title("vnc://host:5900"), "host");
        assert_eq!(title("vnc://host:22"), "host:22");
    }
}
