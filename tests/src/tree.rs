//! The files of this repository, as paths from its root with forward slashes.

use std::path::{Path, PathBuf};

/// Directories that hold nothing of ours, wherever they are.
const FOREIGN: [&str; 4] = ["node_modules", ".git", "corpus", ".svelte-kit"];

/// The same, at the root only.
const FOREIGN_AT_ROOT: [&str; 3] = ["target", "artefacts", "data"];

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(PathBuf::new, Path::to_owned)
}

/// Every file at or below `start`; none when it does not exist.
///
/// # Errors
/// A directory cannot be read.
pub fn below(root: &Path, start: &str) -> anyhow::Result<Vec<String>> {
    let path = root.join(start);
    if path.is_file() {
        return Ok(vec![start.to_owned()]);
    }
    let mut found = Vec::new();
    if !path.is_dir() {
        return Ok(found);
    }
    for entry in std::fs::read_dir(&path)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let is_output = start.is_empty() && FOREIGN_AT_ROOT.contains(&name.as_str());
        if is_output
            || FOREIGN.contains(&name.as_str())
            || start == "tests/fuzz" && name == "target"
        {
            continue;
        }
        let child = if start.is_empty() {
            name
        } else {
            format!("{start}/{name}")
        };
        found.extend(below(root, &child)?);
    }
    Ok(found)
}

/// Every file of ours whose name ends so.
///
/// # Errors
/// A directory cannot be read.
pub fn ending(root: &Path, ends: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut found = below(root, "")?;
    found.retain(|path| ends.iter().any(|end| path.ends_with(end)));
    found.sort();
    Ok(found)
}
