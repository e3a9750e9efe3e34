//! What is allowed but seldom meant: told at the start, refused by nobody.

use std::net::IpAddr;

use super::{Config, PublicUrl};

/// Sentences for an operator, each with the key and a remedy.
pub fn warnings(config: &Config) -> Vec<String> {
    let mut found = Vec::new();
    let server = &config.server;
    let is_https = server.public_url.as_ref().is_some_and(PublicUrl::is_https);
    if !server.listen.ip().is_loopback() && server.tls.is_none() && !is_https {
        found.push(format!(
            "server.listen is {}, beyond loopback and without TLS: passwords and sessions cross the \
             network in the clear; set server.tls_cert and server.tls_key, or put a TLS proxy in \
             front and set server.public_url",
            server.listen
        ));
    }
    if is_unprotected_database(config.database.url.expose()) {
        found.push(
            "database.url leads to another machine without ssl-mode: the connection may not be \
             encrypted; add ?ssl-mode=VERIFY_IDENTITY"
                .to_owned(),
        );
    }
    found
}

/// A server on another machine, with nothing said about TLS.
fn is_unprotected_database(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    if !matches!(scheme, "mysql" | "mariadb") {
        return false;
    }
    let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = place.split('/').next().unwrap_or_default();
    let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let says = |names: &[&str]| {
        let mut keys = options.split('&').filter_map(|pair| pair.split('=').next());
        keys.any(|key| names.contains(&key))
    };
    !is_here(host) && !says(&["ssl-mode", "sslmode", "socket"])
}

/// This machine, with or without a port.
fn is_here(host: &str) -> bool {
    let bare = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        _ => host,
    };
    let bare = bare.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = bare
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    is_loopback || bare.is_empty() || bare.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::super::parse_text;
    use super::*;

    fn warned(text: &str) -> Vec<String> {
        warnings(&parse_text(text).unwrap())
    }

    #[test]
    fn the_defaults_warn_of_nothing() {
        assert_eq!(warned(""), Vec::<String>::new());
    }

    #[test]
    fn plain_http_beyond_loopback_is_told_unless_a_proxy_speaks_tls() {
        let open = "[server]\nlisten = \"0.0.0.0:8080\"\n";
        let [text] = &warned(open)[..] else {
            panic!("one warning")
        };
        assert!(text.contains("server.listen is 0.0.0.0:8080"), "{text}");
        for safe in [
            "tls_cert = \"c\"\ntls_key = \"k\"\n",
            "public_url = \"https://baton.example\"\n",
        ] {
            assert_eq!(warned(&format!("{open}{safe}")), Vec::<String>::new());
        }
        assert_eq!(warned("[server]\nlisten = \"[::]:8080\"\n").len(), 1);
    }

    #[test]
    fn a_database_on_another_machine_needs_a_word_about_tls() {
        let of = |url: &str| warned(&format!("[database]\nurl = \"{url}\"\n"));
        for open in [
            "mysql://u:secret@db.example/baton",
            "mysql://u:p@10.0.0.1:3306/baton?charset=utf8mb4",
            "mariadb://[2001:db8::1]:3306/baton",
        ] {
            let [text] = &of(open)[..] else {
                panic!("{open}: one warning")
            };
            assert!(
                text.contains("ssl-mode") && !text.contains("secret"),
                "{text}"
            );
        }
        for safe in [
            "mysql://u:p@db.example/baton?ssl-mode=VERIFY_IDENTITY",
            "mysql://u:p@db.example/baton?charset=utf8mb4&sslmode=REQUIRED",
            "mysql://u:p@127.0.0.1:3306/baton",
            "mysql://u:p@localhost/baton",
            "mysql://u:p@[::1]:3306/baton",
            "sqlite:///var/lib/baton.db",
        ] {
            assert_eq!(of(safe), Vec::<String>::new(), "{safe}");
        }
    }
}
