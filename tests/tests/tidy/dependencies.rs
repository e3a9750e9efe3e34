//! Third-party code: licences that we accept, sources that we know, one crypto provider.

use std::process::Command;

use serde_json::Value;
use tests::tree;

use crate::none;

fn cargo(args: &[&str]) -> anyhow::Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(args)
        .args(["--locked", "--offline"])
        .current_dir(tree::root())
        .output()?;
    anyhow::ensure!(
        output.status.success(),
        "cargo {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// The list that cargo-deny reads too.
fn accepted() -> anyhow::Result<Vec<String>> {
    let deny: toml::Table = std::fs::read_to_string(tree::root().join("deny.toml"))?.parse()?;
    let list = deny
        .get("licenses")
        .and_then(|licences| licences.get("allow"))
        .and_then(toml::Value::as_array);
    let list = list.ok_or_else(|| anyhow::anyhow!("deny.toml has no licenses.allow"))?;
    Ok(list
        .iter()
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect())
}

/// Whether an SPDX expression can be met with the accepted licences.
fn is_met(expression: &str, accepted: &[String]) -> bool {
    let expression = expression.replace('/', " OR ");
    let tokens = expression.replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = tokens.split_whitespace().collect();
    let mut at = 0;
    either(&tokens, &mut at, accepted) && at == tokens.len()
}

fn either(tokens: &[&str], at: &mut usize, accepted: &[String]) -> bool {
    let mut met = both(tokens, at, accepted);
    while tokens.get(*at) == Some(&"OR") {
        *at += 1;
        let other = both(tokens, at, accepted);
        met = met || other;
    }
    met
}

fn both(tokens: &[&str], at: &mut usize, accepted: &[String]) -> bool {
    let mut met = one(tokens, at, accepted);
    while tokens.get(*at) == Some(&"AND") {
        *at += 1;
        let other = one(tokens, at, accepted);
        met = met && other;
    }
    met
}

fn one(tokens: &[&str], at: &mut usize, accepted: &[String]) -> bool {
    let first = tokens.get(*at).copied().unwrap_or_default();
    *at += 1;
    if first == "(" {
        let met = either(tokens, at, accepted);
        *at += 1;
        return met;
    }
    let mut name = first.to_owned();
    if tokens.get(*at) == Some(&"WITH") {
        name = format!(
            "{first} WITH {}",
            tokens.get(*at + 1).copied().unwrap_or_default()
        );
        *at += 2;
    }
    accepted.contains(&name)
}

#[test]
fn licence_expressions_are_understood() {
    let accepted = [
        "MIT".to_owned(),
        "Apache-2.0 WITH LLVM-exception".to_owned(),
    ];
    for (expression, met) in [
        ("MIT", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0", false),
        ("MIT AND GPL-3.0", false),
        ("(GPL-3.0 OR MIT) AND MIT", true),
        ("Apache-2.0 WITH LLVM-exception", true),
    ] {
        assert_eq!(is_met(expression, &accepted), met, "{expression}");
    }
}

#[test]
fn licences_of_crates_are_accepted_and_sources_known() -> anyhow::Result<()> {
    let accepted = accepted()?;
    let metadata: Value = serde_json::from_str(&cargo(&[
        "metadata",
        "--format-version=1",
        "--filter-platform=x86_64-unknown-linux-gnu",
    ])?)?;
    let packages = metadata.get("packages").and_then(Value::as_array);
    let packages = packages.ok_or_else(|| anyhow::anyhow!("no packages"))?;
    let mut findings = Vec::new();
    for package in packages {
        let field = |name: &str| package.get(name).and_then(Value::as_str);
        let name = field("name").unwrap_or_default();
        let Some(source) = field("source") else {
            continue; // ours
        };
        if !source.starts_with("registry+") {
            findings.push(format!("{name}: comes from {source}"));
        }
        let licence = field("license").unwrap_or("(none)");
        if !is_met(licence, &accepted) {
            findings.push(format!("{name}: {licence} is not accepted in deny.toml"));
        }
    }
    none(findings)
}

#[test]
fn licences_of_web_packages_are_accepted() -> anyhow::Result<()> {
    let accepted = accepted()?;
    let file = tree::root().join("web/package-lock.json");
    let lock: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let packages = lock.get("packages").and_then(Value::as_object);
    let packages = packages.ok_or_else(|| anyhow::anyhow!("no packages"))?;
    none(
        packages
            .iter()
            .filter(|(path, _)| !path.is_empty())
            .map(|(path, package)| (path, package.get("license").and_then(Value::as_str)))
            .filter(|(_, licence)| !licence.is_some_and(|licence| is_met(licence, &accepted)))
            .map(|(path, licence)| format!("{path}: {licence:?} is not accepted in deny.toml")),
    )
}

#[test]
fn there_is_one_crypto_provider() -> anyhow::Result<()> {
    let tree = cargo(&["tree", "--workspace", "--prefix=none", "--format={p}"])?;
    none(
        tree.lines()
            .filter(|line| line.starts_with("aws-lc") || line.starts_with("openssl-sys"))
            .map(|line| format!("{line}: only ring; see docs/decisions")),
    )
}
