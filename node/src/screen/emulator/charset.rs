//! Character sets: the national and graphic ones that xterm.js knows (`Charsets.ts`).

/// A set that a program may designate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::screen) struct Charset {
    /// Final byte of its designation; zero for ASCII.
    designator: u8,
}

/// DEC Special Graphics, from `` ` `` to `~`.
const LINES: &str = "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";

impl Charset {
    /// ASCII.
    pub(in crate::screen) const ASCII: Self = Self { designator: 0 };

    /// The set with a final byte, if xterm.js has it.
    pub(super) fn designated(byte: u8) -> Option<Self> {
        match byte {
            b'B' => Some(Self::ASCII),
            b'0'
            | b'='
            | b'4'..=b'7'
            | b'A'
            | b'C'
            | b'E'
            | b'H'
            | b'K'
            | b'Q'
            | b'R'
            | b'Y'
            | b'Z' => Some(Self { designator: byte }),
            _ => None,
        }
    }

    /// Final byte that designates the set.
    pub(in crate::screen) const fn designator(self) -> u8 {
        if self.designator == 0 {
            b'B'
        } else {
            self.designator
        }
    }

    /// Whether every character stands for itself.
    pub(in crate::screen) const fn is_ascii(self) -> bool {
        self.designator == 0
    }

    /// What a character below 127 shows.
    pub(in crate::screen) fn map(self, letter: char) -> char {
        if self.designator == b'0' {
            let at = u32::from(letter).checked_sub(u32::from('`'));
            let at = at.and_then(|at| usize::try_from(at).ok());
            return at.and_then(|at| LINES.chars().nth(at)).unwrap_or(letter);
        }
        let mut pairs = self.pairs().chars();
        while let (Some(from), Some(to)) = (pairs.next(), pairs.next()) {
            if from == letter {
                return to;
            }
        }
        letter
    }

    /// What differs from ASCII: each character followed by what it shows.
    const fn pairs(self) -> &'static str {
        match self.designator {
            b'A' => "#£",
            b'4' => "#£@¾[i\\½]|{¨|f}¼~´",
            b'C' | b'5' => "[Ä\\Ö]Å^Ü`é{ä|ö}å~ü",
            b'R' => "#£@à[°\\ç]§{é|ù}è~¨",
            b'Q' => "@à[â\\ç]ê^î`ô{é|ù}è~û",
            b'K' => "@§[Ä\\Ö]Ü{ä|ö}ü~ß",
            b'Y' => "#£@§[°\\ç]é`ù{à|ò}è~ì",
            b'E' | b'6' => "@Ä[Æ\\Ø]Å^Ü`ä{æ|ø}å~ü",
            b'Z' => "#£@§[¡\\Ñ]¿{°|ñ}ç",
            b'H' | b'7' => "@É[Ä\\Ö]Å^Ü`é{ä|ö}å~ü",
            b'=' => "#ù@à[é\\ç]ê^î_è`ô{ä|ö}ü~û",
            _ => "",
        }
    }
}

/// G0 to G3, which one is shifted in, and what that leaves in force (`CharsetService.ts`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::screen) struct Charsets {
    /// The set in force: usually the one shifted in, but DECRC restores only this.
    pub(in crate::screen) active: Charset,
    pub(in crate::screen) sets: [Charset; 4],
    pub(in crate::screen) level: usize,
}

impl Charsets {
    /// Shifts a set in.
    pub(super) fn shift(&mut self, level: usize) {
        self.level = level;
        self.active = self.sets.get(level).copied().unwrap_or_default();
    }

    /// Designates a set.
    pub(super) fn designate(&mut self, level: usize, charset: Charset) {
        if let Some(set) = self.sets.get_mut(level) {
            *set = charset;
        }
        if self.level == level {
            self.active = charset;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_drawing_maps_every_character_it_has() {
        let lines = Charset::designated(b'0').expect("known");
        assert_eq!(lines.map('q'), '─');
        assert_eq!(lines.map('`'), '◆');
        assert_eq!(lines.map('~'), '·');
        assert_eq!(lines.map('A'), 'A');
    }

    #[test]
    fn unknown_designations_are_refused() {
        assert_eq!(Charset::designated(b'x'), None);
    }
}
