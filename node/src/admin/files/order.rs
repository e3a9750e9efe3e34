//! The order of a listing and the place in it where a page ends. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::driver::{FileEntry, FileKind};

/// Longest cursor taken: the longest name there is, encoded.
const LONGEST: usize = 8192;

/// A place in a listing: folders first, then by name, whatever its case, then as spelled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    rank: u8,
    folded: String,
    name: String,
}

impl Place {
    fn new(is_folder: bool, name: &str) -> Self {
        Self {
            rank: u8::from(!is_folder),
            folded: name.to_lowercase(),
            name: name.to_owned(),
        }
    }

    fn of(entry: &FileEntry) -> Self {
        Self::new(opens_as_folder(entry), &entry.name)
    }

    /// As a client carries it.
    pub(super) fn cursor(&self) -> String {
        let kind = if self.rank == 0 { 'd' } else { 'f' };
        URL_SAFE_NO_PAD.encode(format!("{kind}{}", self.name))
    }

    /// Reads a cursor; none when it is not one of ours.
    pub(super) fn parse(cursor: &str) -> Option<Self> {
        if cursor.len() > LONGEST {
            return None;
        }
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        match text.split_at_checked(1)? {
            ("d", name) => Some(Self::new(true, name)),
            ("f", name) => Some(Self::new(false, name)),
            _ => None,
        }
    }
}

/// Whether opening the entry shows a list.
fn opens_as_folder(entry: &FileEntry) -> bool {
    entry.kind == FileKind::Directory
        || (entry.kind == FileKind::Link && entry.target_kind == Some(FileKind::Directory))
}

/// The first `limit` entries behind `after`, in order, and the place to go on when there are more.
pub(super) fn page(
    entries: Vec<FileEntry>,
    after: Option<&Place>,
    limit: usize,
) -> (Vec<FileEntry>, Option<Place>) {
    let placed = entries.into_iter().map(|entry| (Place::of(&entry), entry));
    let mut rest: Vec<_> = placed
        .filter(|(place, _)| after.is_none_or(|after| place > after))
        .collect();
    let has_more = rest.len() > limit;
    if has_more {
        // Only what is shown needs sorting; a listing may have two hundred thousand entries.
        rest.select_nth_unstable_by(limit, |(one, _), (two, _)| one.cmp(two));
        rest.truncate(limit);
    }
    rest.sort_unstable_by(|(one, _), (two, _)| one.cmp(two));
    let last = rest.last().map(|(place, _)| place.clone());
    let items = rest.into_iter().map(|(_, entry)| entry).collect();
    (items, last.filter(|_| has_more))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, kind: FileKind, target_kind: Option<FileKind>) -> FileEntry {
        FileEntry {
            name: name.to_owned(),
            kind,
            target_kind,
            size: 0,
            modified: None,
            mode: None,
        }
    }

    fn listing() -> Vec<FileEntry> {
        vec![
            entry("b", FileKind::File, None),
            entry("B", FileKind::File, None),
            entry("zoo", FileKind::Directory, None),
            entry("a", FileKind::Link, Some(FileKind::Directory)),
            entry("a", FileKind::Link, None),
            entry("é/\u{1F600}", FileKind::Other, None),
        ]
    }

    #[test]
    fn pages_meet_without_gap_or_overlap() {
        for limit in 1..8 {
            let (mut seen, mut after) = (Vec::new(), None::<Place>);
            loop {
                let (items, next) = page(listing(), after.as_ref(), limit);
                seen.extend(items.into_iter().map(|item| item.name));
                let Some(next) = next else { break };
                after = Some(Place::parse(&next.cursor()).unwrap());
                assert_eq!(after.as_ref(), Some(&next));
            }
            assert_eq!(seen, ["a", "zoo", "a", "B", "b", "é/\u{1F600}"], "{limit}");
        }
    }

    #[test]
    fn an_entry_that_vanished_is_still_a_place() {
        let after = Place::new(false, "aa");
        let (items, next) = page(listing(), Some(&after), 1);
        assert_eq!(items[0].name, "B");
        assert!(next.is_some());
    }

    #[test]
    fn cursors_of_others_are_refused() {
        let long = "x".repeat(9000);
        for bad in ["", "!", "eA", "_w", long.as_str()] {
            assert!(Place::parse(bad).is_none(), "{bad}");
        }
    }
}
