//! The configuration for people: effective values with their origin, and the example file.

use std::fmt::Write as _;

use super::{KEYS, Key, Layers, Origin, Sourced, Value};

/// Every key with its effective value and who set it; secrets are redacted. Valid TOML.
pub fn show(layers: &Layers) -> String {
    let mut text = String::new();
    let mut section = "";
    for key in KEYS {
        let Some(sourced) = layers.of(key.path) else {
            continue;
        };
        begin_section(&mut text, &mut section, key);
        let line = format!("{} = {}", key.parts().1, shown(key, sourced));
        let origin = match &sourced.read_from {
            Some(file) => format!("{}, read from {}", sourced.origin, file.display()),
            None => sourced.origin.to_string(),
        };
        push(&mut text, &format!("{line:<48} # {origin}"));
    }
    text
}

fn shown(key: &Key, sourced: &Sourced) -> String {
    let is_empty = sourced.value == Value::Text(String::new());
    if key.is_secret() && !is_empty && sourced.origin != Origin::Default {
        "\"[secret]\"".to_owned()
    } else {
        sourced.value.to_string()
    }
}

/// The example file: every key at its default, with its explanation.
pub fn example() -> String {
    let mut text = String::from(
        "# Baton, every key at its default. Later wins: this file, BATON_SECTION_KEY in the\n\
         # environment, --section-key on the command line. `baton config check` finds mistakes,\n\
         # `baton config show` prints what is in force and who set it.\n",
    );
    let mut section = "";
    for key in KEYS {
        begin_section(&mut text, &mut section, key);
        for line in key.doc.lines() {
            push(&mut text, &format!("# {line}"));
        }
        push(&mut text, &format!("{} = {}", key.parts().1, key.default));
    }
    text
}

fn begin_section(text: &mut String, section: &mut &'static str, key: &Key) {
    let (name, _) = key.parts();
    if *section != name {
        *section = name;
        if !text.is_empty() {
            text.push('\n');
        }
        push(text, &format!("[{name}]"));
    }
}

fn push(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    if writeln!(text, "{line}").is_err() {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::super::{build, parse_text};
    use super::*;

    #[test]
    fn the_example_file_is_the_defaults_with_every_key() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/baton.example.toml");
        if std::env::var_os("BATON_UPDATE").is_some() {
            std::fs::write(path, example()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert_eq!(committed, example(), "run the test with BATON_UPDATE=1");
        let from_file = parse_text(&committed).unwrap();
        let defaults = build(&Layers::defaults()).unwrap();
        assert_eq!(format!("{from_file:?}"), format!("{defaults:?}"));
    }

    #[test]
    fn every_default_literal_has_the_shape_of_its_key() {
        let mut layers = Layers::defaults();
        for key in KEYS {
            let value = layers.of(key.path).unwrap().value.clone();
            assert_eq!(value.to_string(), key.default, "{}", key.path);
            layers.set(key, value, Origin::Default);
        }
        assert!(layers.problems().is_empty(), "{:?}", layers.problems());
    }

    #[test]
    fn show_names_the_origin_and_hides_secrets() {
        let mut layers = Layers::defaults();
        layers.file("b.toml", "[log]\nlevel = \"warn\"\n");
        let variables = [
            ("BATON_REDIS_URL", "redis://:hunter2@h/0"),
            ("BATON_TARGETS_QUICK_CONNECT", "true"),
        ];
        layers.environment(variables.map(|(n, v)| (n.into(), v.into())).into_iter());
        layers.flag("sessions-max-total", "30");
        let text = show(&layers);
        assert!(!text.contains("hunter2"));
        for expected in [
            "level = \"warn\"",
            "# b.toml:2",
            "# BATON_REDIS_URL",
            "# BATON_TARGETS_QUICK_CONNECT",
            "# --sessions-max-total",
        ] {
            assert!(text.contains(expected), "{expected} is missing in:\n{text}");
        }
        assert!(text.parse::<toml::Table>().is_ok());
    }

    #[test]
    fn flags_win_over_environment_over_file_over_defaults() {
        let mut layers = Layers::defaults();
        layers.file(
            "b.toml",
            "[sessions]\nmax_total = 40\nmax_per_user = 4\ndetached_minutes = 4\n",
        );
        let variables = [
            ("BATON_SESSIONS_MAX_TOTAL", "50"),
            ("BATON_SESSIONS_MAX_PER_USER", "5"),
        ];
        layers.environment(variables.map(|(n, v)| (n.into(), v.into())).into_iter());
        layers.flag("sessions-max-total", "60");
        let config = build(&layers).unwrap();
        assert_eq!(config.sessions.max_total, 60);
        assert_eq!(config.sessions.max_per_user, 5);
        assert_eq!(config.sessions.detached_limit.as_secs(), 240);
        assert_eq!(config.sessions.scrollback_lines, 1000);
        let year = std::time::Duration::from_hours(365 * 24);
        assert_eq!(config.retention.audit, Some(year));
        layers.flag("retention-history-days", "0");
        assert_eq!(build(&layers).unwrap().retention.history, None);
    }

    #[test]
    fn an_unknown_variable_is_refused_with_the_nearest_one() {
        let mut layers = Layers::defaults();
        let variables = [("BATON_SERVER_LISTN".to_owned(), "x".to_owned())];
        layers.environment(variables.into_iter());
        let error = build(&layers).unwrap_err();
        assert_eq!(
            error.problems[0].to_string(),
            "BATON_SERVER_LISTN: unknown variable; did you mean BATON_SERVER_LISTEN?"
        );
    }

    #[test]
    fn a_secret_may_stand_in_a_file_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("redis-url");
        std::fs::write(&file, "redis://localhost:1/0\n").unwrap();
        let mut layers = Layers::defaults();
        layers.file("b.toml", &format!("[redis]\nurl_file = {file:?}\n"));
        let config = build(&layers).unwrap();
        assert_eq!(config.redis.url.unwrap().expose(), "redis://localhost:1/0");
        layers.file("b.toml", "[redis]\nurl_file = \"/nonexistent/x\"\n");
        let error = build(&layers).unwrap_err();
        assert!(
            error.to_string().contains("redis.url_file names"),
            "{error}"
        );
    }

    #[test]
    fn contradictions_are_refused_with_a_remedy() {
        let error = parse_text(
            "[server]\ntls_cert = \"a.pem\"\ntrusted_proxies = [\"10.0.0.0/99\"]\n\
             [sessions]\nmax_per_user = 600\n[redis]\nurl = \"rediss://h\"\n[log]\nlevel = \"info,=,\"\n[database]\nurl = \"postgres://x\"\n",
        )
        .unwrap_err();
        let text = error.to_string();
        for expected in [
            "baton.toml:2: server.tls_cert is set, so server.tls_key must be set as well",
            "server.trusted_proxies does not fit",
            "sessions.max_per_user must not be larger than sessions.max_total",
            "log.level is",
            "redis.url begins with rediss://, but Baton speaks to Redis without TLS",
            "database.url must begin with",
        ] {
            assert!(text.contains(expected), "{expected} is missing in:\n{text}");
        }
        assert!(!text.contains("postgres"), "{text}");
    }
}
