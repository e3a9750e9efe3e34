//! The conventions of this repository as a test; each failure says what to do.

mod dependencies;
mod files;
mod generated;
mod imports;

/// Fails with every finding at once, one per line.
fn none(findings: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let findings: Vec<String> = findings.into_iter().collect();
    anyhow::ensure!(findings.is_empty(), "\n{}", findings.join("\n"));
    Ok(())
}

/// The part of a Rust file that is not its unit tests; those come last here.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}
