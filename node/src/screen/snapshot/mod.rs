//! A terminal's state as bytes that put an xterm.js into the same state.
//!
//! Owns the order of things, which is delicate: every sequence here has side effects on cursor,
//! margins or pen, and the receiving terminal may be in any state at first.
//!
//! ```text
//! prologue ▶ primary screen ▶ [alternate screen] ▶ modes ▶ cursor and pen ▶ epilogue
//! ```

mod ending;
mod look;
mod rows;
mod whole;
mod writer;

pub(super) use whole::of;
