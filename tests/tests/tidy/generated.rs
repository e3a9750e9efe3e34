//! What is generated and committed is what its source would generate now.

use tests::{frames, source_hash, tree};

use crate::none;

#[test]
fn frames_match_their_protobuf_source() -> anyhow::Result<()> {
    let root = tree::root();
    let committed = std::fs::read_to_string(root.join(frames::GENERATED))?;
    anyhow::ensure!(
        committed == frames::generate(&root)?,
        "{} differs from baton.proto: make fix",
        frames::GENERATED
    );
    Ok(())
}

#[test]
fn the_web_bundle_is_built_from_these_sources() -> anyhow::Result<()> {
    let root = tree::root();
    let noted = std::fs::read_to_string(root.join(source_hash::NOTED))
        .map_err(|error| anyhow::anyhow!("{}: {error}: make fix", source_hash::NOTED))?;
    anyhow::ensure!(
        noted.trim() == source_hash::compute(&root)?,
        "web/dist is older than its sources: make fix"
    );
    Ok(())
}

#[test]
fn migrations_are_unique_and_dated() -> anyhow::Result<()> {
    let mut names: Vec<String> = tree::below(&tree::root(), "schema/src/migration")?
        .iter()
        .filter_map(|path| Some(path.rsplit_once('/')?.1.strip_suffix(".rs")?.to_owned()))
        .filter(|name| name.starts_with("m2"))
        .collect();
    names.sort();
    // mYYYYMMDD_HHMM or mYYYYMMDD_HHMMSS, then what it does.
    let stamp = |name: &String| {
        let mut parts = name.splitn(3, '_');
        parts
            .next()
            .zip(parts.next())
            .map(|(day, time)| format!("{day}_{time}"))
    };
    let mut findings: Vec<String> = names
        .iter()
        .filter(|name| {
            let stamp = stamp(name).unwrap_or_default();
            let digits = stamp.chars().filter(char::is_ascii_digit).count();
            digits + 2 != stamp.len() || ![12, 14].contains(&digits)
        })
        .map(|name| format!("{name}: a migration is named mYYYYMMDD_HHMM_what"))
        .collect();
    findings.extend(
        names
            .windows(2)
            .filter(|pair| pair.first().map(stamp) == pair.last().map(stamp))
            .map(|pair| format!("{pair:?}: two migrations of one moment")),
    );
    none(findings)
}
