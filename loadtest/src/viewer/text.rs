//! What a person would read of a terminal's bytes: escape sequences taken out, text left in.

/// The readable part of `bytes`: no escape sequences, no control characters but line ends.
pub fn plain(bytes: &[u8]) -> String {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut state = State::Text;
    for &byte in bytes {
        state = state.take(byte, &mut kept);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// Where in an escape sequence we are (ECMA-48 §5, as far as telling sequences from text needs it).
#[derive(Clone, Copy)]
enum State {
    Text,
    Escape,
    /// One more byte belongs to the sequence: `ESC ( B`.
    Intermediate,
    Control,
    /// OSC, DCS, APC, PM: up to BEL or `ESC \`.
    String,
    StringEscape,
}

impl State {
    fn take(self, byte: u8, kept: &mut Vec<u8>) -> Self {
        match self {
            Self::String | Self::StringEscape if byte == 0x1b => Self::StringEscape,
            _ if byte == 0x1b => Self::Escape,
            Self::Text => {
                if matches!(byte, b'\n' | b'\t' | 0x20..) {
                    kept.push(byte);
                }
                Self::Text
            }
            Self::Escape => match byte {
                b'[' => Self::Control,
                b']' | b'P' | b'_' | b'^' => Self::String,
                b'(' | b')' | b'*' | b'+' | b'#' | b'%' | b' ' => Self::Intermediate,
                _ => Self::Text,
            },
            Self::Intermediate => Self::Text,
            Self::Control if matches!(byte, 0x40..=0x7e) => Self::Text,
            Self::Control => Self::Control,
            Self::StringEscape if byte == b'\\' => Self::Text,
            Self::String | Self::StringEscape if byte == 0x07 => Self::Text,
            Self::String | Self::StringEscape => Self::String,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_leave_no_trace() {
        let bytes = b"\x1b]0;title\x07\x1b[1;31mred\x1b[m \x1b(B\x1b]8;;x\x1b\\link\r\n\x1b7end";
        assert_eq!(plain(bytes), "red link\nend");
    }

    #[test]
    fn text_beyond_ascii_is_kept() {
        assert_eq!(plain("naïve 漢字".as_bytes()), "naïve 漢字");
    }
}
