//! Names within an archive: none leads out of the folder it is unpacked into, on any system. Pure.

use std::collections::HashSet;

use super::disposition::turns_text;

/// Longest path within an archive, in bytes: what systems take when they unpack it.
pub(super) const LONGEST: usize = 4096;

/// Names that are devices on Windows, whatever their ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// A target's name made harmless: one component, without control characters, nothing that Windows
/// takes for a path, a stream or a device.
pub(super) fn tame(name: &str) -> String {
    let mut tame: String = name
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            c if c.is_control() || turns_text(c) => '_',
            c => c,
        })
        .collect();
    if tame.ends_with(['.', ' ']) {
        tame.pop();
        tame.push('_');
    }
    if tame.is_empty() || is_device(&tame) {
        tame.insert(0, '_');
    }
    tame
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_ascii_lowercase();
    let is_port = |prefix| {
        stem.strip_prefix(prefix)
            .is_some_and(|rest: &str| rest.chars().count() == 1 && !rest.starts_with('0'))
    };
    DEVICES.contains(&stem.as_str()) || is_port("com") || is_port("lpt")
}

/// The names of one folder: two that became the same are told apart.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// Names that need no change; they keep theirs whatever else is in the folder.
    pub(super) fn of<N: AsRef<str>>(names: impl Iterator<Item = N>) -> Self {
        let kept = names.filter(|name| tame(name.as_ref()) == name.as_ref());
        Self {
            taken: kept.map(|name| name.as_ref().to_owned()).collect(),
        }
    }

    /// The name under which an entry is packed.
    pub(super) fn take(&mut self, name: &str) -> String {
        let tame = tame(name);
        if tame == name || self.taken.insert(tame.clone()) {
            return tame;
        }
        let (stem, ending) = match tame.rfind('.') {
            Some(dot) if dot > 0 => tame.split_at_checked(dot).unwrap_or((&tame, "")),
            _ => (tame.as_str(), ""),
        };
        let mut number = 2_u32;
        loop {
            let other = format!("{stem} ({number}){ending}");
            if self.taken.insert(other.clone()) {
                return other;
            }
            number = number.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_become_one_harmless_component() {
        for (name, want) in [
            ("..", "._"),
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("C:\\Windows\\x", "C__Windows_x"),
            ("a\0\n\u{1b}[2J", "a___[2J"),
            ("", "_"),
            ("nul", "_nul"),
            ("COM1.txt", "_COM1.txt"),
            ("com0", "com0"),
            ("dot.", "dot_"),
            ("txt.\u{202E}exe", "txt._exe"),
            ("ordinary é.tar.gz", "ordinary é.tar.gz"),
            (".hidden", ".hidden"),
        ] {
            assert_eq!(tame(name), want, "{name:?}");
        }
    }

    #[test]
    fn names_that_become_the_same_are_told_apart() {
        let names = ["a:b.txt", "a_b.txt", "a?b.txt", "a_b (2).txt"];
        let mut taken = Names::of(names.into_iter());
        let packed: Vec<_> = names.iter().map(|name| taken.take(name)).collect();
        assert_eq!(
            packed,
            ["a_b (3).txt", "a_b.txt", "a_b (4).txt", "a_b (2).txt"]
        );
    }
}
