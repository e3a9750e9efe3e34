//! Which bytes of a file a request wants (RFC 9110 §14). Pure.

/// The bytes wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of them: no range, one that is malformed, or several, which may be ignored.
    Whole,
    /// From `first` to `last`, both included.
    Part {
        /// Offset of the first byte.
        first: u64,
        /// Offset of the last byte.
        last: u64,
    },
    /// None that exist.
    Nothing,
}

/// Reads a `Range` header for a file of `size` bytes.
pub(super) fn wanted(header: Option<&str>, size: u64) -> Wanted {
    let Some((first, last)) = header.and_then(one_range) else {
        return Wanted::Whole;
    };
    let (first, last) = match (bound(first), bound(last)) {
        (Some(Bound::At(first)), Some(Bound::Open)) => (first, u64::MAX),
        (Some(Bound::At(first)), Some(Bound::At(last))) if first <= last => (first, last),
        (Some(Bound::Open), Some(Bound::At(0))) => return Wanted::Nothing,
        (Some(Bound::Open), Some(Bound::At(count))) => (size.saturating_sub(count), u64::MAX),
        _ => return Wanted::Whole,
    };
    if first >= size {
        return Wanted::Nothing;
    }
    let last = last.min(size.saturating_sub(1));
    Wanted::Part { first, last }
}

/// Both ends of a header that names exactly one range of bytes.
fn one_range(header: &str) -> Option<(&str, &str)> {
    let (unit, range) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") || range.contains(',') {
        return None;
    }
    range.trim().split_once('-')
}

/// One end of a range.
#[derive(Clone, Copy)]
enum Bound {
    Open,
    At(u64),
}

/// Reads one end; none when it is no number.
fn bound(text: &str) -> Option<Bound> {
    if text.is_empty() {
        return Some(Bound::Open);
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than fit lie behind the end of every file.
    is_number.then(|| Bound::At(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_at_the_end_of_the_file() {
        let part = |first, last| Wanted::Part { first, last };
        for (header, want) in [
            ("bytes=0-0", part(0, 0)),
            ("bytes=3-6", part(3, 6)),
            ("Bytes = 3-6", part(3, 6)),
            ("bytes=3-", part(3, 9)),
            ("bytes=3-99999999999999999999999", part(3, 9)),
            ("bytes=-4", part(6, 9)),
            ("bytes=-99", part(0, 9)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
        ] {
            assert_eq!(wanted(Some(header), 10), want, "{header}");
        }
    }

    #[test]
    fn what_is_no_single_range_of_bytes_means_the_whole_file() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=6-3",
            "bytes=a-b",
            "bytes=+1-2",
            "lines=1-2",
            "bytes=0-1,3-4",
            "bytes=1-2-3",
            "bytes=--1",
        ] {
            assert_eq!(wanted(Some(header), 10), Wanted::Whole, "{header}");
        }
        assert_eq!(wanted(None, 10), Wanted::Whole);
    }

    #[test]
    fn an_empty_file_has_no_ranges() {
        for header in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
            assert_eq!(wanted(Some(header), 0), Wanted::Nothing, "{header}");
        }
    }
}
