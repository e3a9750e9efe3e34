//! `Content-Disposition` for names that a target made up (RFC 6266, RFC 8187). Pure.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Longest name offered, in characters: what file systems take.
const LONGEST: usize = 200;

/// Everything but `attr-char` (RFC 8187 §3.2.1).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Characters that turn text around and so hide what a file is.
pub(super) const fn turns_text(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The header's value: always an attachment, never shown in the page.
pub(super) fn attachment(name: &str) -> String {
    let name = tame(name);
    let plain: String = name
        .chars()
        .map(|c| match c {
            // `%` would be decoded by some browsers, quotes end the text.
            '"' | '%' => '_',
            c if c.is_ascii() => c,
            _ => '_',
        })
        .collect();
    if plain == name {
        return format!("attachment; filename=\"{plain}\"");
    }
    let encoded = utf8_percent_encode(&name, ENCODED);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// The name without what could lead elsewhere; a long one loses its middle, not its ending.
fn tame(name: &str) -> String {
    let clean: Vec<char> = name
        .chars()
        .map(|c| if matches!(c, '/' | '\\') { '_' } else { c })
        .filter(|c| !c.is_control() && !turns_text(*c))
        .collect();
    let kept: String = if clean.len() <= LONGEST {
        clean.iter().collect()
    } else {
        let tail = clean.len().saturating_sub(LONGEST / 2);
        let head = clean.iter().take(LONGEST / 2);
        head.chain(clean.iter().skip(tail)).collect()
    };
    if matches!(kept.trim(), "" | "." | "..") {
        return "download".to_owned();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_need_no_second_form() {
        let value = attachment("report 1.pdf");
        assert_eq!(value, "attachment; filename=\"report 1.pdf\"");
    }

    #[test]
    fn other_names_come_in_both_forms() {
        assert_eq!(
            attachment("ünï%.txt"),
            "attachment; filename=\"_n__.txt\"; filename*=UTF-8''%C3%BCn%C3%AF%25.txt"
        );
    }

    #[test]
    fn hostile_names_neither_split_the_header_nor_leave_the_folder() {
        for (name, value) in [
            (
                "a\r\nset-cookie: x",
                "attachment; filename=\"aset-cookie: x\"",
            ),
            ("..\\..\\a", "attachment; filename=\".._.._a\""),
            ("", "attachment; filename=\"download\""),
            ("..", "attachment; filename=\"download\""),
            ("exe.\u{202E}fdp", "attachment; filename=\"exe.fdp\""),
        ] {
            assert_eq!(attachment(name), value);
        }
        let quoted = attachment("a\"; filename=\"b");
        assert_eq!(
            quoted,
            "attachment; filename=\"a_; filename=_b\"; \
             filename*=UTF-8''a%22%3B%20filename%3D%22b"
        );
    }

    #[test]
    fn long_names_keep_their_ending() {
        let value = attachment(&format!("{}.tar.gz", "é".repeat(4000)));
        assert!(value.len() < 2000, "{}", value.len());
        assert!(value.ends_with(".tar.gz"));
    }
}
