//! How many columns a character takes.

use super::width_table::{WIDE, ZERO};

/// Columns of a printable character: 0, 1 or 2.
pub(super) fn width(letter: char) -> u32 {
    let code = u32::from(letter);
    if code < 0x300 {
        return 1;
    }
    if is_in(&WIDE, code) {
        2
    } else {
        u32::from(!is_in(&ZERO, code))
    }
}

fn is_in(ranges: &[(u32, u32)], code: u32) -> bool {
    let next = ranges.partition_point(|(first, _)| *first <= code);
    let range = next.checked_sub(1).and_then(|at| ranges.get(at));
    range.is_some_and(|(_, last)| code <= *last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_browser() {
        for (letter, columns) in [
            ('a', 1),
            ('é', 1),
            ('\u{301}', 0),
            ('漢', 2),
            ('😀', 2),
            ('\u{200d}', 0),
            ('─', 1),
            ('ｱ', 1),
        ] {
            assert_eq!(width(letter), columns, "{letter:?}");
        }
    }
}
