//! `known_hosts` lines, in the format of sshd(8). Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use russh::keys::PublicKey;
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

/// What the lines say about one host and port.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Keys the host may have.
    pub(crate) keys: Vec<PublicKey>,
    /// Keys nobody may use any more.
    pub(crate) revoked: Vec<PublicKey>,
    /// Certificate authorities were listed; they are not supported.
    pub(crate) authorities: usize,
    /// Lines that could not be read.
    pub(crate) unreadable: usize,
}

/// Collects what `lines` say about `host` at `port`.
pub(crate) fn look_up(lines: &[String], host: &str, port: u16) -> Known {
    let name = if port == 22 {
        host.to_ascii_lowercase()
    } else {
        format!("[{}]:{port}", host.to_ascii_lowercase())
    };
    let mut known = Known::default();
    let each = lines.iter().flat_map(|text| text.lines());
    for line in each.map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        read_line(line, &name, &mut known);
    }
    known
}

fn read_line(line: &str, name: &str, known: &mut Known) {
    let mut words = line.split_whitespace();
    let mut first = words.next().unwrap_or_default();
    let marker = first.strip_prefix('@');
    if marker.is_some() {
        first = words.next().unwrap_or_default();
    }
    if !matches_hosts(first, name) {
        return;
    }
    if marker == Some("cert-authority") {
        known.authorities = known.authorities.saturating_add(1);
        return;
    }
    let (Some(algorithm), Some(blob)) = (words.next(), words.next()) else {
        known.unreadable = known.unreadable.saturating_add(1);
        return;
    };
    match (
        marker,
        PublicKey::from_openssh(&format!("{algorithm} {blob}")),
    ) {
        (None, Ok(key)) => known.keys.push(key),
        (Some("revoked"), Ok(key)) => known.revoked.push(key),
        (Some(_), Ok(_)) | (_, Err(_)) => known.unreadable = known.unreadable.saturating_add(1),
    }
}

/// Whether a host field (hashed name, or patterns) names the host; one negated match forbids.
fn matches_hosts(field: &str, name: &str) -> bool {
    if let Some(hashed) = field.strip_prefix("|1|") {
        return matches_hash(hashed, name);
    }
    let mut named = false;
    for pattern in field.split(',') {
        if let Some(negated) = pattern.strip_prefix('!') {
            if matches_pattern(negated, name) {
                return false;
            }
        } else if matches_pattern(pattern, name) {
            named = true;
        }
    }
    named
}

/// `salt|hash`, both base64: the hash is HMAC-SHA1 of the name with the salt as key.
fn matches_hash(hashed: &str, name: &str) -> bool {
    let Some((salt, hash)) = hashed.split_once('|') else {
        return false;
    };
    let (Ok(salt), Ok(hash)) = (STANDARD.decode(salt), STANDARD.decode(hash)) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(&salt) else {
        return false;
    };
    mac.update(name.as_bytes());
    bool::from(mac.finalize().into_bytes().as_slice().ct_eq(&hash))
}

/// `*` stands for any run, `?` for one character; case does not matter. Linear in both lengths for
/// one star and never exponential, because only the last star is ever tried again.
fn matches_pattern(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.to_ascii_lowercase().chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut seen) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while seen < name.len() {
        match pattern.get(at) {
            Some('*') => {
                retry = Some((at, seen));
                at += 1;
            }
            Some(c) if *c == '?' || Some(c) == name.get(seen) => {
                at += 1;
                seen += 1;
            }
            Some(_) | None => match retry {
                Some((star, from)) => {
                    at = star + 1;
                    seen = from + 1;
                    retry = Some((star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    const TWO: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMZgUhLYmXiLgH/ZoGcxJVrwmv6CXTtNsFCnYlJ3FdQs";

    fn keys(line: &str, host: &str, port: u16) -> usize {
        look_up(&[line.to_owned()], host, port).keys.len()
    }

    #[test]
    fn host_fields_match_as_openssh_matches_them() {
        for (field, host, port, matches) in [
            ("example.org", "example.org", 22, true),
            ("EXAMPLE.org", "example.ORG", 22, true),
            ("example.org", "example.org", 2222, false),
            ("[example.org]:2222", "example.org", 2222, true),
            ("[example.org]:2222", "example.org", 22, false),
            ("[::1]:2222", "::1", 2222, true),
            ("*.example.org", "a.example.org", 22, true),
            ("*.example.org", "example.org", 22, false),
            ("*", "anything", 22, true),
            ("web?", "web1", 22, true),
            ("web?", "web12", 22, false),
            ("*.org,!bad.org", "good.org", 22, true),
            ("*.org,!bad.org", "bad.org", 22, false),
            ("!bad.org,*.org", "bad.org", 22, false),
            ("a,b,example.org", "example.org", 22, true),
            ("*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 22, false),
            ("|1|broken", "example.org", 22, false),
            ("|1|!!|??", "example.org", 22, false),
        ] {
            assert_eq!(
                keys(&format!("{field} {ONE}"), host, port) == 1,
                matches,
                "{field}"
            );
        }
    }

    #[test]
    fn a_hashed_name_is_recognised() {
        // Made with `ssh-keygen -H` for "example.org" and "[example.org]:2222".
        let salt = STANDARD.encode([7; 20]);
        for (name, host, port) in [
            ("example.org", "example.org", 22),
            ("[example.org]:2222", "example.org", 2222),
        ] {
            let mut mac = Hmac::<Sha1>::new_from_slice(&[7; 20]).unwrap();
            mac.update(name.as_bytes());
            let hash = STANDARD.encode(mac.finalize().into_bytes());
            let line = format!("|1|{salt}|{hash} {ONE}");
            assert_eq!(keys(&line, host, port), 1);
            assert_eq!(keys(&line, "other.org", port), 0);
        }
    }

    #[test]
    fn markers_sort_keys_apart() {
        let lines = [
            format!("# comment\n\n@revoked * {ONE}\nexample.org {TWO} someone@somewhere"),
            format!("@cert-authority *.org {ONE}"),
            "example.org ssh-ed25519 garbage".to_owned(),
            "example.org".to_owned(),
            format!("@novelty * {ONE}"),
        ];
        let known = look_up(&lines, "example.org", 22);
        assert_eq!(known.keys.len(), 1);
        assert_eq!(known.revoked.len(), 1);
        assert_eq!(known.authorities, 1);
        assert_eq!(known.unreadable, 3);
    }
}
