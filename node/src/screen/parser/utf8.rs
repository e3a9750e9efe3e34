//! Incremental UTF-8, wrong in the same places as xterm.js (`Utf8ToUtf32`): what is malformed is
//! dropped, not replaced.

/// Bytes of an unfinished character.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Utf8 {
    held: [u8; 3],
    len: usize,
}

/// What a byte led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// A character is complete.
    Char(char),
    /// More bytes are needed.
    Partial,
    /// The byte was dropped, with what came before it.
    Dropped,
    /// What came before was dropped; the byte is to be looked at again.
    Again,
}

impl Utf8 {
    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes of the unfinished character.
    pub(super) fn held(&self) -> &[u8] {
        self.held.get(..self.len).unwrap_or_default()
    }

    /// Takes one byte: at least 0x80, or anything while a character is unfinished.
    pub(super) fn push(&mut self, byte: u8) -> Decoded {
        let [first, ..] = self.held;
        if self.len == 0 {
            if byte & 0xe0 == 0xc0 || byte & 0xf0 == 0xe0 || byte & 0xf8 == 0xf0 {
                self.hold(byte);
                return Decoded::Partial;
            }
            return Decoded::Dropped;
        }
        if byte & 0xc0 != 0x80 {
            self.len = 0;
            return Decoded::Again;
        }
        let (needed, lead_bits, least) = match first {
            first if first & 0xe0 == 0xc0 => (2, first & 0x1f, 0x80),
            first if first & 0xf0 == 0xe0 => (3, first & 0x0f, 0x800),
            first => (4, first & 0x07, 0x1_0000),
        };
        if self.len + 1 < needed {
            self.hold(byte);
            return Decoded::Partial;
        }
        let middle = self.held().iter().skip(1).chain(std::iter::once(&byte));
        let code = middle.fold(u32::from(lead_bits), |code, next| {
            code << 6 | u32::from(next & 0x3f)
        });
        self.len = 0;
        match char::from_u32(code) {
            // A byte order mark is dropped wherever it stands.
            Some(letter) if code >= least && letter != '\u{feff}' => Decoded::Char(letter),
            _ => Decoded::Dropped,
        }
    }

    fn hold(&mut self, byte: u8) {
        if let Some(slot) = self.held.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }
}
