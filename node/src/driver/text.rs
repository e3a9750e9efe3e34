//! Text from targets made fit to show: bounded, on its lines, without control characters.

/// Keeps at most `most` characters of `text`; control characters go, except that line breaks stay
/// and tabs become spaces. Characters that reorder text (bidirectional overrides) go too, because
/// they let a target forge what a person reads.
pub(crate) fn tame(text: &str, most: usize) -> String {
    let mut kept: String = text
        .chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .filter(|c| *c == '\n' || !(c.is_control() || reorders(*c)))
        .take(most)
        .collect();
    kept.truncate(kept.trim_end().len());
    kept
}

/// As [`tame`], on one line.
pub(crate) fn tame_line(text: &str, most: usize) -> String {
    tame(text, most).replace('\n', " ")
}

const fn reorders(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_cut_and_loses_its_escapes() {
        assert_eq!(tame("a\x1b]0;x\x07b\tc\r\nd\n\n", 99), "a]0;xb c\nd");
        assert_eq!(tame(&"é".repeat(500), 10), "é".repeat(10));
        assert_eq!(tame_line("one\ntwo \u{202e}eno", 99), "one two eno");
    }
}
