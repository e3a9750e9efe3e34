//! A ZIP archive as bytes, written front to back: entries stored as they are, sizes and checksum
//! behind each (PKWARE APPNOTE 6.3.10), 64-bit fields where a size needs them. Pure.

use bytes::{BufMut as _, Bytes, BytesMut};
use flate2::Crc;
use shared::time::UnixMicros;

/// Names are UTF-8 (bit 11).
const UTF8: u16 = 1 << 11;

/// Sizes and checksum follow the content (bit 3).
const FOLLOWS: u16 = 1 << 3;

/// Versions that a reader needs: 2.0 for folders, 4.5 for 64-bit sizes.
const PLAIN: u16 = 20;
const LARGE: u16 = 45;

/// Made on a Unix: the upper half of the external attributes is a mode.
const MADE_BY: u16 = 3 << 8 | LARGE;

/// From here on a 32-bit field says "see the 64-bit one".
const FULL: u64 = 0xFFFF_FFFF;

/// Longest content of an entry begun as a small one.
pub(super) const MOST_SMALL: u64 = FULL - 1;

/// The extended timestamp field: seconds UTC, where the ordinary fields have a local time.
const TIMESTAMP: u16 = 0x5455;
const SIZES: u16 = 0x0001;

/// What an entry is called and how it should look when it is unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its path within the archive; a folder's without the slash at the end.
    pub(super) name: String,
    /// Last change.
    pub(super) modified: Option<UnixMicros>,
    /// POSIX permission bits.
    pub(super) mode: Option<u32>,
}

/// An entry whose content is being written.
pub(super) struct Open {
    entry: Entry,
    is_large: bool,
    header: u64,
    crc: Crc,
    size: u64,
}

impl Open {
    /// Takes note of content; it goes into the archive as it is.
    pub(super) fn note(&mut self, content: &[u8]) {
        self.crc.update(content);
        self.size = self.size.saturating_add(length(content));
    }
}

/// An archive that is being written.
#[derive(Debug, Default)]
pub(super) struct Zip {
    directory: BytesMut,
    offset: u64,
    count: u64,
}

impl Zip {
    /// Bytes of the directory at the end so far; they are held until then.
    pub(super) fn directory_bytes(&self) -> usize {
        self.directory.len()
    }

    /// The bytes of a folder.
    pub(super) fn folder(&mut self, mut entry: Entry) -> Bytes {
        entry.name.push('/');
        let head = local(&entry, PLAIN, UTF8, &[]);
        let facts = Facts {
            crc: 0,
            size: 0,
            needs: PLAIN,
            flags: UTF8,
            attributes: (0o040_000 | permissions(&entry, 0o755)) << 16 | 0x10,
        };
        self.list(&entry, &facts);
        self.offset = self.offset.saturating_add(length(&head));
        head.freeze()
    }

    /// Begins a file of about `size` bytes; what comes back precedes its content.
    pub(super) fn begin(entry: Entry, size: u64) -> (Open, Bytes) {
        let is_large = size > MOST_SMALL;
        let mut sizes = BytesMut::new();
        if is_large {
            sizes.put_u16_le(SIZES);
            sizes.put_u16_le(16);
            sizes.put_u64_le(0);
            sizes.put_u64_le(0);
        }
        let needs = if is_large { LARGE } else { PLAIN };
        let head = local(&entry, needs, UTF8 | FOLLOWS, &sizes);
        let open = Open {
            entry,
            is_large,
            header: length(&head),
            crc: Crc::new(),
            size: 0,
        };
        (open, head.freeze())
    }

    /// Ends a file; what comes back follows its content.
    pub(super) fn end(&mut self, open: Open) -> Bytes {
        let Open {
            entry,
            is_large,
            header,
            crc,
            size,
        } = open;
        let mut tail = BytesMut::with_capacity(24);
        tail.put_u32_le(0x0807_4b50);
        tail.put_u32_le(crc.sum());
        if is_large {
            tail.put_u64_le(size);
            tail.put_u64_le(size);
        } else {
            tail.put_u32_le(short(size));
            tail.put_u32_le(short(size));
        }
        let facts = Facts {
            crc: crc.sum(),
            size,
            needs: if is_large { LARGE } else { PLAIN },
            flags: UTF8 | FOLLOWS,
            attributes: (0o100_000 | permissions(&entry, 0o644)) << 16,
        };
        self.list(&entry, &facts);
        let written = header.saturating_add(size);
        self.offset = self
            .offset
            .saturating_add(written)
            .saturating_add(length(&tail));
        tail.freeze()
    }

    /// Ends the archive.
    pub(super) fn finish(self) -> Bytes {
        let (mut out, start) = (self.directory, self.offset);
        let size = length(&out);
        let is_large = self.count >= 0xFFFF || start >= FULL || size >= FULL;
        if is_large {
            out.put_u32_le(0x0606_4b50);
            out.put_u64_le(44);
            out.put_u16_le(MADE_BY);
            out.put_u16_le(LARGE);
            out.put_u64_le(0);
            out.put_u64_le(self.count);
            out.put_u64_le(self.count);
            out.put_u64_le(size);
            out.put_u64_le(start);
            out.put_u32_le(0x0706_4b50);
            out.put_u32_le(0);
            out.put_u64_le(start.saturating_add(size));
            out.put_u32_le(1);
        }
        out.put_u32_le(0x0605_4b50);
        out.put_u32_le(0);
        let count = u16::try_from(self.count).unwrap_or(u16::MAX);
        out.put_u16_le(count);
        out.put_u16_le(count);
        out.put_u32_le(short(size));
        out.put_u32_le(short(start));
        out.put_u16_le(0);
        out.freeze()
    }

    /// Adds an entry to the directory at the end.
    fn list(&mut self, entry: &Entry, facts: &Facts) {
        let mut sizes = BytesMut::new();
        for value in [facts.size, facts.size, self.offset] {
            if value >= FULL {
                sizes.put_u64_le(value);
            }
        }
        let needs = if sizes.is_empty() { facts.needs } else { LARGE };
        let mut extra = timestamp(entry);
        if !sizes.is_empty() {
            extra.put_u16_le(SIZES);
            extra.put_u16_le(tiny(sizes.len()));
            extra.extend_from_slice(&sizes);
        }
        let out = &mut self.directory;
        out.put_u32_le(0x0201_4b50);
        out.put_u16_le(MADE_BY);
        put_common(out, entry, needs, facts.flags);
        out.put_u32_le(facts.crc);
        out.put_u32_le(short(facts.size));
        out.put_u32_le(short(facts.size));
        out.put_u16_le(tiny(entry.name.len()));
        out.put_u16_le(tiny(extra.len()));
        // No comment, first disk, no internal attributes.
        out.put_bytes(0, 6);
        out.put_u32_le(facts.attributes);
        out.put_u32_le(short(self.offset));
        out.extend_from_slice(entry.name.as_bytes());
        out.extend_from_slice(&extra);
        self.count = self.count.saturating_add(1);
    }
}

/// What is known of an entry when it is over.
struct Facts {
    crc: u32,
    size: u64,
    needs: u16,
    flags: u16,
    attributes: u32,
}

fn local(entry: &Entry, needs: u16, flags: u16, sizes: &[u8]) -> BytesMut {
    let mut extra = timestamp(entry);
    extra.extend_from_slice(sizes);
    let mut out = BytesMut::with_capacity(64 + entry.name.len());
    out.put_u32_le(0x0403_4b50);
    put_common(&mut out, entry, needs, flags);
    out.put_u32_le(0);
    let unknown = if sizes.is_empty() { 0 } else { u32::MAX };
    out.put_u32_le(unknown);
    out.put_u32_le(unknown);
    out.put_u16_le(tiny(entry.name.len()));
    out.put_u16_le(tiny(extra.len()));
    out.extend_from_slice(entry.name.as_bytes());
    out.extend_from_slice(&extra);
    out
}

/// Version, flags, method (stored) and time.
fn put_common(out: &mut BytesMut, entry: &Entry, needs: u16, flags: u16) {
    let (time, date) = dos_time(seconds(entry));
    out.put_u16_le(needs);
    out.put_u16_le(flags);
    out.put_u16_le(0);
    out.put_u16_le(time);
    out.put_u16_le(date);
}

fn timestamp(entry: &Entry) -> BytesMut {
    let mut field = BytesMut::new();
    if let Ok(seconds) = i32::try_from(seconds(entry)) {
        field.put_u16_le(TIMESTAMP);
        field.put_u16_le(5);
        field.put_u8(1);
        field.put_i32_le(seconds);
    }
    field
}

fn seconds(entry: &Entry) -> i64 {
    let micros = entry.modified.map_or(0, UnixMicros::as_i64);
    micros.div_euclid(1_000_000)
}

/// Never set-uid bits: an archive comes from elsewhere.
fn permissions(entry: &Entry, usual: u32) -> u32 {
    entry.mode.unwrap_or(usual) & 0o777
}

/// Time and date of MS-DOS: two-second steps since 1980, here in UTC.
fn dos_time(seconds: i64) -> (u16, u16) {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Civil date of a day number, after H. Hinnant, "chrono-compatible low-level date algorithms".
    let z = days.saturating_add(719_468);
    let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era.saturating_mul(400) + i64::from(month <= 2);
    if year < 1980 {
        return (0, 0x21);
    }
    if year > 2107 {
        return (0xBF7D, 0xFF9F);
    }
    let time = ((second / 3600) << 11) | ((second / 60 % 60) << 5) | (second % 60 / 2);
    let date = ((year - 1980) << 9) | (month << 5) | day;
    (
        u16::try_from(time).unwrap_or(0),
        u16::try_from(date).unwrap_or(0x21),
    )
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn short(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn tiny(value: usize) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> Entry {
        Entry {
            name: name.to_owned(),
            modified: Some(UnixMicros::new(1_709_210_096_000_000)),
            mode: Some(0o4755),
        }
    }

    fn le(bytes: &[u8], at: usize, count: usize) -> u64 {
        let part = &bytes[at..at + count];
        part.iter()
            .rev()
            .fold(0, |value, byte| value << 8 | u64::from(*byte))
    }

    #[test]
    fn an_archive_is_what_readers_expect() {
        let mut zip = Zip::default();
        let mut all = zip.folder(entry("d")).to_vec();
        let (mut open, head) = Zip::begin(entry("d/é"), 5);
        let file_at = all.len();
        all.extend_from_slice(&head);
        open.note(b"hello");
        all.extend_from_slice(b"hello");
        let tail = zip.end(open);
        let tail_at = all.len();
        all.extend_from_slice(&tail);
        let directory_at = all.len();
        all.extend_from_slice(&zip.finish());

        assert_eq!(le(&all, 0, 4), 0x0403_4b50);
        assert_eq!(le(&all, file_at + 6, 2), 0x0808);
        assert_eq!(le(&all, tail_at + 4, 4), 0x3610_a686, "crc32 of hello");
        assert_eq!(le(&all, tail_at + 8, 4), 5);
        let end = all.len() - 22;
        assert_eq!(le(&all, end, 4), 0x0605_4b50);
        assert_eq!(le(&all, end + 10, 2), 2);
        assert_eq!(le(&all, end + 16, 4), directory_at as u64);
        let second = directory_at + 46 + 2 + 9;
        assert_eq!(le(&all, second, 4), 0x0201_4b50);
        assert_eq!(le(&all, second + 38, 4) >> 16, 0o100_755, "no set-uid bit");
        assert_eq!(le(&all, second + 42, 4), file_at as u64);
    }

    #[test]
    fn what_is_too_large_for_32_bits_gets_64() {
        let mut zip = Zip::default();
        let (mut open, head) = Zip::begin(entry("big"), FULL);
        assert_eq!(le(&head, 18, 4), FULL);
        open.size = FULL + 7;
        let tail = zip.end(open);
        assert_eq!(tail.len(), 24);
        assert_eq!(le(&tail, 8, 8), FULL + 7);
        let (open, _) = Zip::begin(entry("behind"), 0);
        assert_eq!(zip.end(open).len(), 16);

        let end = zip.finish();
        let locator = end.len() - 22 - 20;
        assert_eq!(le(&end, locator, 4), 0x0706_4b50);
        let record = locator - 56;
        assert_eq!(le(&end, record, 4), 0x0606_4b50);
        assert_eq!(le(&end, record + 32, 8), 2);
        assert!(le(&end, record + 48, 8) > FULL);
    }

    #[test]
    fn times_fit_into_two_words() {
        // 2024-02-29 12:34:56 UTC.
        let (time, date) = dos_time(1_709_210_096);
        assert_eq!((time, date), (0x645C, 0x585D));
        assert_eq!(dos_time(0), (0, 0x21));
        assert_eq!(dos_time(i64::MIN), (0, 0x21));
        assert_eq!(dos_time(i64::MAX).1, 0xFF9F);
    }
}
