//! Which room may know which: edges that point back are findings.

use std::path::Path;

use tests::tree;

use crate::{none, without_tests};

/// Rooms of `node` and the rooms each may name, beside itself. Any may name those in [`COMMON`].
const EDGES: [(&str, &[&str]); 10] = [
    ("screen", &[]),
    ("driver", &[]),
    ("checkpoint", &["screen"]),
    ("ownership", &[]),
    ("session", &["driver", "screen", "checkpoint", "ownership"]),
    ("auth", &["session", "driver", "screen", "checkpoint"]),
    (
        "admin",
        &[
            "http",
            "auth",
            "session",
            "driver",
            "screen",
            "checkpoint",
            "ownership",
        ],
    ),
    (
        "http",
        &[
            "admin",
            "auth",
            "session",
            "driver",
            "screen",
            "checkpoint",
            "ownership",
        ],
    ),
    ("config", &["driver"]),
    ("actor", &[]),
];

/// What every room may name: how to spawn, what to measure, what was configured.
const COMMON: [&str; 4] = ["actor", "metrics", "telemetry", "config"];

fn read(path: &str) -> anyhow::Result<String> {
    Ok(std::fs::read_to_string(tree::root().join(path))?)
}

/// Rust files below `start`.
fn code(start: &str) -> anyhow::Result<Vec<String>> {
    let mut found = tree::below(&tree::root(), start)?;
    found.retain(|path| Path::new(path).extension().is_some_and(|end| end == "rs"));
    Ok(found)
}

/// Rooms named as `crate::room` in `text`, also inside `use crate::{a, b}`.
fn named(text: &str) -> Vec<&str> {
    let mut rooms = Vec::new();
    for (at, start) in text.match_indices("crate::") {
        let is_path = !text
            .get(..at)
            .is_some_and(|before| before.ends_with(['_', ':']));
        let rest = text.get(at + start.len()..).unwrap_or_default();
        if !is_path {
            continue;
        }
        let list = rest.strip_prefix('{').map(|list| {
            let mut depth = 1_usize;
            let end = list.find(|c| {
                depth = match c {
                    '{' => depth + 1,
                    '}' => depth - 1,
                    _ => depth,
                };
                depth == 0
            });
            list.get(..end.unwrap_or(list.len())).unwrap_or_default()
        });
        match list {
            None => rooms.extend(first_word(rest)),
            Some(list) => rooms.extend(top_level(list).into_iter().filter_map(first_word)),
        }
    }
    rooms
}

fn first_word(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    text.get(..end).filter(|word| !word.is_empty())
}

/// The parts of a list, not looking into nested ones.
fn top_level(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.extend(list.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(list.get(start..));
    parts
}

#[test]
fn lists_of_imports_are_understood() {
    let text =
        "use crate::session::Handle;\nuse crate::{driver::{a, b}, screen::c};\nshared::crate::x";
    assert_eq!(named(text), ["session", "driver", "screen"]);
}

#[test]
fn imports_go_one_way() -> anyhow::Result<()> {
    let mut findings = Vec::new();
    for (room, allowed) in EDGES {
        for path in code(&format!("node/src/{room}"))? {
            let text = read(&path)?;
            for name in named(without_tests(&text)) {
                let is_room = EDGES.iter().any(|(other, _)| *other == name);
                let is_fine = name == room || COMMON.contains(&name) || allowed.contains(&name);
                if is_room && !is_fine {
                    findings.push(format!("{path}: {room} must not know {name}"));
                }
            }
        }
    }
    none(findings)
}

#[test]
fn the_node_never_names_the_broker() -> anyhow::Result<()> {
    let mut findings = Vec::new();
    for path in code("node/src")? {
        // `ownership` has a file of that name: what it needs of a broker, whichever that is.
        let is_exempt = path.starts_with("node/src/bin/") || path == "node/src/ownership/mod.rs";
        let text = read(&path)?;
        let names_it = text.match_indices("broker::").any(|(at, _)| {
            let before = text.get(..at).unwrap_or_default();
            !["ownership::", "super::", "self::"]
                .iter()
                .any(|path| before.ends_with(path))
        });
        if !is_exempt && names_it {
            findings.push(format!("{path}: only the binary wires the broker"));
        }
    }
    none(findings)
}

#[test]
fn sql_lives_in_schema_only() -> anyhow::Result<()> {
    let mut findings = Vec::new();
    for start in ["shared", "broker", "node", "loadtest"] {
        for path in code(start)? {
            // Names the crates only to say how much of their logs is kept.
            if path == "node/src/telemetry.rs" {
                continue;
            }
            let text = read(&path)?;
            if ["sea_orm", "sqlx::", "sea_query"]
                .iter()
                .any(|word| text.contains(word))
            {
                findings.push(format!(
                    "{path}: talks to the database; that is schema's work"
                ));
            }
        }
    }
    none(findings)
}

#[test]
fn only_authorisation_issues_grants() -> anyhow::Result<()> {
    let mut findings = Vec::new();
    for path in code("node/src")? {
        let is_allowed = path.starts_with("node/src/auth/") || path == "node/src/driver/grant.rs";
        if !is_allowed && without_tests(&read(&path)?).contains("TargetGrant::issue") {
            findings.push(format!("{path}: only auth issues a TargetGrant"));
        }
    }
    none(findings)
}

/// Rooms that a crate's manifest names.
fn rooms_of(manifest: &str) -> anyhow::Result<Vec<String>> {
    let manifest: toml::Table = read(manifest)?.parse()?;
    let rooms = ["shared", "schema", "broker", "node", "loadtest", "tests"];
    let named = ["dependencies", "build-dependencies"]
        .iter()
        .filter_map(|part| manifest.get(*part)?.as_table())
        .flat_map(toml::Table::keys)
        .filter(|name| rooms.contains(&name.as_str()));
    Ok(named.cloned().collect())
}

#[test]
fn crates_depend_one_way() -> anyhow::Result<()> {
    assert!(rooms_of("shared/Cargo.toml")?.is_empty());
    assert_eq!(rooms_of("schema/Cargo.toml")?, ["shared"]);
    assert_eq!(rooms_of("broker/Cargo.toml")?, ["shared"]);
    assert_eq!(rooms_of("loadtest/Cargo.toml")?, ["shared"]);
    let node = rooms_of("node/Cargo.toml")?;
    assert!(
        !node
            .iter()
            .any(|room| room == "loadtest" || room == "tests")
    );
    Ok(())
}
