//! What commands print: results on standard output, complaints on standard error.
//!
//! A reader that has gone away is no reason to fail.

use std::io::Write as _;

/// Prints a line.
pub(crate) fn line(text: &str) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// Prints text as it is.
pub(crate) fn text(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(out.write_all(text.as_bytes()));
    drop(out.flush());
}

/// Prints a complaint.
pub(crate) fn error(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "baton: {text}"));
}
