//! Generates the Rust frames from the protobuf source, so that drift is a failing test.

use std::path::Path;

use anyhow::Context as _;

/// Where the generated file lives, below the workspace root.
pub const GENERATED: &str = "shared/src/frame/generated.rs";

/// The text of the generated file.
///
/// # Errors
/// The source does not parse, or the temporary directory cannot be used.
pub fn generate(root: &Path) -> anyhow::Result<String> {
    let proto = root.join("shared/proto");
    let descriptors = protox::compile(["baton.proto"], [&proto]).context("compile baton.proto")?;
    let out = tempfile::tempdir()?;
    prost_build::Config::new()
        .bytes(["."])
        .out_dir(out.path())
        .compile_fds(descriptors)
        .context("generate Rust")?;
    Ok(std::fs::read_to_string(out.path().join("baton.v1.rs"))?)
}
