//! What a file looks like: its length, its first line, what a `mod.rs` holds, what nobody writes.

use tests::tree;

use crate::none;

/// Longest file, in lines; longer ones hold more than one idea.
const MAX_LINES: usize = 500;

/// Longest `mod.rs`, in lines: a map is read at a glance.
const MAX_MAP: usize = 120;

/// Written by a tool, so not held to what people write.
fn is_generated(path: &str) -> bool {
    path.ends_with("generated.rs")
        || path.contains("/gen/")
        || path.contains(".gen.")
        || path.starts_with("web/dist/")
}

fn sources(ends: &[&str]) -> anyhow::Result<Vec<(String, String)>> {
    let root = tree::root();
    let mut sources = Vec::new();
    for path in tree::ending(&root, ends)? {
        if !is_generated(&path) {
            let text = std::fs::read_to_string(root.join(&path))?;
            sources.push((path, text));
        }
    }
    Ok(sources)
}

#[test]
fn no_file_is_longer_than_one_idea() -> anyhow::Result<()> {
    let code = sources(&[".rs", ".ts", ".svelte", ".mjs", ".css", ".sh"])?;
    none(
        code.iter()
            .map(|(path, text)| (path, text.lines().count()))
            .filter(|(_, lines)| *lines > MAX_LINES)
            .map(|(path, lines)| format!("{path}: {lines} lines, at most {MAX_LINES}: split it")),
    )
}

#[test]
fn every_rust_file_says_what_it_owns() -> anyhow::Result<()> {
    none(
        sources(&[".rs"])?
            .iter()
            .filter(|(path, text)| !path.starts_with("tests/fuzz/") && !text.starts_with("//!"))
            .map(|(path, _)| format!("{path}: begin with //! and what the file owns")),
    )
}

/// The one `mod.rs` with logic: the only place that spawns, so that it is found at once.
const SPAWNS: &str = "node/src/actor/mod.rs";

#[test]
fn every_mod_rs_is_a_map() -> anyhow::Result<()> {
    const LOGIC: [&str; 8] = [
        "fn ",
        "pub fn ",
        "async fn ",
        "impl ",
        "impl<",
        "pub async fn ",
        "static ",
        "macro_rules!",
    ];
    let mut findings = Vec::new();
    for (path, text) in sources(&["/mod.rs"])? {
        if path == SPAWNS || path.starts_with("tests/tests/") {
            continue;
        }
        let lines = text.lines().count();
        if lines > MAX_MAP {
            findings.push(format!(
                "{path}: {lines} lines, a map has at most {MAX_MAP}"
            ));
        }
        for line in text.lines() {
            if LOGIC.iter().any(|start| line.starts_with(start)) {
                findings.push(format!("{path}: a map holds no logic: {line}"));
            }
        }
    }
    none(findings)
}

#[test]
fn every_todo_names_an_issue() -> anyhow::Result<()> {
    // Spelled apart, so that this file does not find itself.
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("X", "XX"),
    ];
    let mut findings = Vec::new();
    for (path, text) in sources(&[".rs", ".ts", ".svelte", ".mjs", ".css", ".sh", ".toml"])? {
        for (number, line) in text.lines().enumerate() {
            let is_open = words.iter().any(|word| {
                line.match_indices(word).any(|(at, _)| {
                    let rest = line.get(at + word.len()..).unwrap_or_default();
                    !rest.starts_with("(#") && !rest.starts_with(char::is_alphanumeric)
                })
            });
            if is_open {
                findings.push(format!("{path}:{}: name an issue: {line}", number + 1));
            }
        }
    }
    none(findings)
}

#[test]
fn no_path_of_somebodys_machine_is_written_down() -> anyhow::Result<()> {
    // Where this checkout lies says most about the machine it is on.
    let here = tree::root().display().to_string();
    let places = [&here, "/root/", "/Users/", "/home/user"].map(|place| {
        // Only as a whole path: "artwork/x" and a URL's path are none.
        [
            format!(" {place}"),
            format!("\"{place}"),
            format!("'{place}"),
            format!("`{place}"),
        ]
    });
    let this = "tests/tests/tidy/files.rs";
    let mut findings = Vec::new();
    for (path, text) in sources(&[
        ".rs", ".ts", ".svelte", ".mjs", ".toml", ".sh", ".md", ".json",
    ])? {
        if path != this && places.iter().flatten().any(|place| text.contains(place)) {
            findings.push(format!("{path}: holds a path of one machine"));
        }
    }
    none(findings)
}

#[test]
fn end_to_end_tests_wait_for_conditions_and_never_sleep() -> anyhow::Result<()> {
    let this = "tests/tests/tidy/files.rs";
    none(
        sources(&[".rs", ".mjs"])?
            .iter()
            .filter(|(path, _)| {
                path.starts_with("tests/tests/") || path.starts_with("tests/browser/")
            })
            .filter(|(path, _)| path != this)
            .filter(|(_, text)| text.contains("time::sleep") || text.contains("waitForTimeout"))
            .map(|(path, _)| format!("{path}: sleeps; wait for a condition instead")),
    )
}

#[test]
fn every_room_is_on_the_map() -> anyhow::Result<()> {
    let root = tree::root();
    let map = std::fs::read_to_string(root.join("ARCHITECTURE.md"))?;
    let mut rooms = vec![];
    for parent in ["", "node/src"] {
        for entry in std::fs::read_dir(root.join(parent))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_ours = !name.starts_with('.')
                && !["target", "artefacts", "data", "bin"].contains(&name.as_str());
            if entry.file_type()?.is_dir() && is_ours {
                rooms.push(if parent.is_empty() {
                    format!("{name}/")
                } else {
                    format!("{parent}/{name}")
                });
            }
        }
    }
    none(
        rooms
            .iter()
            .filter(|room| !map.contains(&format!("`{room}")))
            .map(|room| format!("ARCHITECTURE.md does not name `{room}`")),
    )
}
