//! The hash of what the web bundle is built from; same rules as `web/scripts/source-hash.mjs`.

use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::tree;

/// Where the built bundle says what it was built from.
pub const NOTED: &str = "web/dist/.source-hash";

/// What the bundle is built from; a missing one counts as empty.
const SOURCES: [&str; 8] = [
    "shared/proto/baton.proto",
    "web/index.html",
    "web/package-lock.json",
    "web/public",
    "web/src",
    "web/svelte.config.js",
    "web/tsconfig.json",
    "web/vite.config.ts",
];

/// The hash in hex.
///
/// # Errors
/// A source cannot be read.
pub fn compute(root: &Path) -> anyhow::Result<String> {
    let mut paths = Vec::new();
    for source in SOURCES {
        paths.extend(tree::below(root, source)?);
    }
    paths.retain(|path| !path.ends_with(".test.ts"));
    paths.sort();
    let mut hash = Sha256::new();
    for path in paths {
        let bytes = std::fs::read(root.join(&path))?;
        hash.update(format!("{path}\0{}\0", bytes.len()));
        hash.update(bytes);
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}
