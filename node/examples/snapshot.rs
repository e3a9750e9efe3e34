//! Snapshots of a recording at given offsets, for the golden tests to compare with xterm.js.
//!
//! `snapshot COLS ROWS SCROLLBACK FILE STEP…` where a step is an offset (`123`: feed up to there and
//! write a snapshot) or an offset with a size (`123@100x30`: feed up to there and resize). Each
//! snapshot goes to standard output after its length, four bytes, little-endian.

use std::io::Write as _;

use anyhow::{Context as _, bail};
use node::screen::Terminal;
use shared::terminal::TerminalSize;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [cols, rows, scrollback, file, steps @ ..] = &args[..] else {
        bail!("usage: snapshot COLS ROWS SCROLLBACK FILE STEP…");
    };
    let recording = std::fs::read(file).with_context(|| format!("cannot read {file}"))?;
    let size = TerminalSize::clamped(cols.parse()?, rows.parse()?);
    let mut terminal = Terminal::new(size, scrollback.parse()?);
    let mut out = std::io::stdout().lock();
    let mut fed = 0;
    for step in steps {
        let (offset, size) = match step.split_once('@') {
            Some((offset, size)) => (offset.parse()?, Some(parse_size(size)?)),
            None => (step.parse()?, None),
        };
        let piece = recording
            .get(fed..offset)
            .context("offsets must rise within the file")?;
        terminal.feed(piece);
        fed = offset;
        if let Some(size) = size {
            terminal.resize(size);
        } else {
            let snapshot = terminal.snapshot();
            out.write_all(&u32::try_from(snapshot.len())?.to_le_bytes())?;
            out.write_all(&snapshot)?;
        }
    }
    Ok(())
}

fn parse_size(text: &str) -> anyhow::Result<TerminalSize> {
    let (cols, rows) = text.split_once('x').context("a size is COLSxROWS")?;
    Ok(TerminalSize::clamped(cols.parse()?, rows.parse()?))
}
