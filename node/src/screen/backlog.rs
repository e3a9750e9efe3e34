//! The last bytes a target sent, so that a viewer can resume where it stopped.
//!
//! Owns bytes and their absolute offsets; never interprets them. Memory is the bytes held plus one
//! segment, whatever the size of the pieces that arrived.

use std::collections::VecDeque;

use bytes::{Buf as _, Bytes};

/// How much output a session keeps for viewers that resume or lag, in bytes: four windows.
pub const BACKLOG_BYTES: usize = 1024 * 1024;

/// Pieces below this size are copied together, in bytes: one allocation per keystroke's echo would
/// cost many times its byte.
const SEGMENT: usize = 16 * 1024;

/// A bounded ring of output with absolute offsets.
///
/// INVARIANT: `end - start` is the number of bytes held and at most the capacity
/// (`slices_join_into_what_was_pushed`).
#[derive(Debug)]
pub struct Backlog {
    sealed: VecDeque<Bytes>,
    /// Small pieces not yet sealed; always the newest bytes.
    tail: Vec<u8>,
    start: u64,
    end: u64,
    capacity: usize,
}

impl Default for Backlog {
    fn default() -> Self {
        Self::new(BACKLOG_BYTES)
    }
}

impl Backlog {
    /// An empty ring that will hold at most `capacity` bytes; allocates as bytes arrive.
    pub const fn new(capacity: usize) -> Self {
        Self::starting_at(0, capacity)
    }

    /// An empty ring whose first byte will have the given offset: a session resumed elsewhere.
    pub const fn starting_at(offset: u64, capacity: usize) -> Self {
        Self {
            sealed: VecDeque::new(),
            tail: Vec::new(),
            start: offset,
            end: offset,
            capacity,
        }
    }

    /// Appends bytes, forgetting the oldest ones above the capacity.
    pub fn push(&mut self, bytes: Bytes) {
        self.end = self.end.saturating_add(bytes.len() as u64);
        if bytes.len() >= SEGMENT {
            self.seal();
            self.sealed.push_back(bytes);
        } else {
            self.tail.extend_from_slice(&bytes);
            if self.tail.len() >= SEGMENT {
                self.seal();
            }
        }
        self.trim(self.capacity);
    }

    /// Offset of the oldest byte held.
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// Offset of the next byte that will arrive.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// The bytes from an offset on: at most `max`, perhaps fewer although more are held (ask again
    /// with the next offset), none exactly at [`Backlog::end`]. `None`: not, or no longer, held.
    pub fn slice(&self, from: u64, max: usize) -> Option<Bytes> {
        if from < self.start || from > self.end {
            return None;
        }
        let mut skip = usize::try_from(from - self.start).ok()?;
        for segment in &self.sealed {
            if skip < segment.len() {
                let stop = segment.len().min(skip.saturating_add(max));
                return Some(segment.slice(skip..stop));
            }
            skip -= segment.len();
        }
        let rest = self.tail.get(skip..)?;
        Some(Bytes::copy_from_slice(rest.get(..max).unwrap_or(rest)))
    }

    /// Forgets all but the newest `keep` bytes and frees their memory: for a session gone quiet.
    pub fn shrink(&mut self, keep: usize) {
        self.trim(keep.min(self.capacity));
        self.sealed.shrink_to_fit();
        self.tail.shrink_to_fit();
    }

    fn seal(&mut self) {
        if !self.tail.is_empty() {
            self.sealed.push_back(std::mem::take(&mut self.tail).into());
        }
    }

    fn trim(&mut self, keep: usize) {
        let held = self.end - self.start;
        let mut excess = usize::try_from(held)
            .unwrap_or(usize::MAX)
            .saturating_sub(keep);
        self.start = self.start.saturating_add(excess as u64);
        while excess > 0 {
            let Some(front) = self.sealed.front_mut() else {
                self.tail.drain(..excess.min(self.tail.len()));
                return;
            };
            if front.len() > excess {
                front.advance(excess);
                return;
            }
            excess -= front.len();
            self.sealed.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_all(backlog: &Backlog, max: usize) -> Vec<u8> {
        let mut at = backlog.start();
        let mut read = Vec::new();
        while at < backlog.end() {
            let piece = backlog.slice(at, max).expect("held");
            assert!(
                !piece.is_empty() && piece.len() <= max,
                "progress within bounds"
            );
            at += piece.len() as u64;
            read.extend_from_slice(&piece);
        }
        read
    }

    proptest! {
        #[test]
        fn slices_join_into_what_was_pushed(
            sizes in proptest::collection::vec(0_usize..40_000, 1..40),
            capacity in 1_usize..100_000,
            max in 1_usize..70_000,
        ) {
            let mut backlog = Backlog::new(capacity);
            let mut all = Vec::new();
            for (index, size) in sizes.into_iter().enumerate() {
                let piece: Vec<u8> = (0..size).map(|at| ((at * 31 + index) % 251).to_le_bytes()[0]).collect();
                all.extend_from_slice(&piece);
                backlog.push(piece.into());
                prop_assert_eq!(backlog.end(), all.len() as u64);
                prop_assert!(backlog.end() - backlog.start() <= capacity as u64);
            }
            let kept = all.len().min(capacity);
            prop_assert_eq!(&read_all(&backlog, max)[..], &all[all.len() - kept..]);
        }
    }

    #[test]
    fn offsets_outside_the_ring_are_refused() {
        let mut backlog = Backlog::starting_at(100, 10);
        backlog.push(Bytes::from_static(b"0123456789abcdef"));

        assert_eq!((backlog.start(), backlog.end()), (106, 116));
        assert_eq!(backlog.slice(105, 5), None);
        assert_eq!(backlog.slice(117, 5), None);
        assert_eq!(backlog.slice(116, 5), Some(Bytes::new()));
        assert_eq!(backlog.slice(106, 4), Some(Bytes::from_static(b"6789")));
    }

    #[test]
    fn single_bytes_do_not_cost_an_allocation_each() {
        let mut backlog = Backlog::default();
        for _ in 0..3 * BACKLOG_BYTES {
            backlog.push(Bytes::from_static(b"x"));
        }
        assert!(backlog.sealed.len() <= BACKLOG_BYTES / SEGMENT + 1);
    }

    #[test]
    fn a_quiet_session_gives_memory_back() {
        let mut backlog = Backlog::default();
        backlog.push(vec![b'x'; BACKLOG_BYTES].into());
        backlog.shrink(4096);
        assert_eq!(backlog.end() - backlog.start(), 4096);
        assert_eq!(read_all(&backlog, 1 << 20).len(), 4096);
    }
}
