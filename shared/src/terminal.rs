//! The size of a terminal, bounded so that nobody can ask for a gigabyte of cells.

use serde::{Deserialize, Serialize};

/// Columns and rows of a terminal, each within [`TerminalSize::LIMITS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalSize {
    cols: u16,
    rows: u16,
}

impl TerminalSize {
    /// Smallest and largest side in cells: below 2 programs loop, above 1000 nobody reads.
    pub const LIMITS: (u16, u16) = (2, 1000);

    /// What a terminal gets when nobody says otherwise (VT100).
    pub const DEFAULT: Self = Self { cols: 80, rows: 24 };

    /// Clamps both sides into the limits.
    pub fn clamped(cols: u32, rows: u32) -> Self {
        let (least, most) = Self::LIMITS;
        let clamp = |side: u32| u16::try_from(side).unwrap_or(u16::MAX).clamp(least, most);
        Self {
            cols: clamp(cols),
            rows: clamp(rows),
        }
    }

    /// Columns, in cells.
    pub const fn cols(self) -> u16 {
        self.cols
    }

    /// Rows, in cells.
    pub const fn rows(self) -> u16 {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_sizes_are_clamped() {
        let size = TerminalSize::clamped(0, u32::MAX);
        assert_eq!((size.cols(), size.rows()), (2, 1000));
    }
}
