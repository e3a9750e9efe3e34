//! Writes `shared/src/frame/generated.rs` from `shared/proto/baton.proto`; needs no protoc.

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::write(
        root.join(tests::frames::GENERATED),
        tests::frames::generate(&root)?,
    )?;
    Ok(())
}
