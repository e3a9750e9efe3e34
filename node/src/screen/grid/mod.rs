//! Cells, rows, scrollback and the two buffers: what a screen is made of.
//!
//! Owns storage and the primitive operations on it. Knows no escape sequences.

mod buffer;
mod cell;
mod edit;
mod history;
mod reflow;
mod row;
mod tabs;

pub(super) use buffer::{Buffer, Saved};
pub(super) use cell::{Attr, Cell, Link, bits};
pub(super) use row::Row;
