//! What one viewer may send: its input window and its budget of control frames. Pure.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use shared::frame::INPUT_WINDOW;

use crate::driver::DriverInput;
use crate::session::Deed;

/// Keys, clicks and pastes of a desktop that may wait; moves of the pointer are joined.
const MOST_OPERATIONS: usize = 256;

/// Control frames per second, on average; dragging a window sends sixty.
const CONTROL_RATE: f64 = 200.0;

/// Control frames at once.
const CONTROL_BURST: f64 = 400.0;

/// Input that breaks the protocol.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum InputError {
    /// It does not follow what came before.
    #[error("input at offset {found} where {expected} was expected")]
    NotContiguous {
        /// Where it should have been.
        expected: u64,
        /// Where it was.
        found: u64,
    },
    /// Keys and clicks come faster than the target takes them.
    #[error("more than {MOST_OPERATIONS} keys and clicks wait for the target")]
    TooManyOperations,
    /// More than the window is unacknowledged.
    #[error("more than {INPUT_WINDOW} bytes of input are unacknowledged")]
    WindowExceeded,
}

/// Input that waits for a place in the session's lane; the window bounds it.
#[derive(Debug, Default)]
pub(super) struct Pending {
    offset: u64,
    end: u64,
    bytes: Bytes,
    received_at: Option<Instant>,
    operations: VecDeque<(DriverInput, Instant)>,
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.received_at.is_none() && self.operations.is_empty()
    }

    /// Adds something done to a desktop. A pointer that only moved takes the place of one that
    /// waits with the same buttons.
    pub(super) fn operate(&mut self, input: DriverInput, now: Instant) -> Result<(), InputError> {
        if let (DriverInput::Pointer(new), Some((DriverInput::Pointer(waiting), _))) =
            (&input, self.operations.back_mut())
            && new.buttons == waiting.buttons
            && (waiting.wheel_x, waiting.wheel_y) == (0, 0)
        {
            *waiting = *new;
            return Ok(());
        }
        if self.operations.len() >= MOST_OPERATIONS {
            return Err(InputError::TooManyOperations);
        }
        self.operations.push_back((input, now));
        Ok(())
    }

    /// Adds what arrived. Pieces that wait are joined: many small ones cost no more than one.
    pub(super) fn push(
        &mut self,
        offset: u64,
        bytes: Bytes,
        acked: u64,
        now: Instant,
    ) -> Result<(), InputError> {
        if offset != self.end {
            return Err(InputError::NotContiguous {
                expected: self.end,
                found: offset,
            });
        }
        let end = offset.saturating_add(bytes.len() as u64);
        if end.saturating_sub(acked) > INPUT_WINDOW {
            return Err(InputError::WindowExceeded);
        }
        self.end = end;
        if self.received_at.is_none() {
            (self.offset, self.bytes) = (offset, bytes);
            self.received_at = Some(now);
            return Ok(());
        }
        let held = std::mem::take(&mut self.bytes);
        let mut joined = held.try_into_mut().unwrap_or_else(|held| {
            let mut joined = BytesMut::with_capacity(held.len() + bytes.len());
            joined.extend_from_slice(&held);
            joined
        });
        joined.extend_from_slice(&bytes);
        self.bytes = joined.freeze();
        Ok(())
    }

    /// Takes the next deed, and when it arrived: typed bytes as a whole, operations one by one.
    pub(super) fn take(&mut self) -> Option<(Deed, Instant)> {
        let Some(received_at) = self.received_at.take() else {
            let (input, received_at) = self.operations.pop_front()?;
            return Some((Deed::Operated(input), received_at));
        };
        let offset_bytes = self.offset;
        let bytes = std::mem::take(&mut self.bytes);
        let deed = Deed::Typed {
            offset_bytes,
            bytes,
        };
        Some((deed, received_at))
    }
}

/// Control frames a viewer may still send: a token bucket.
#[derive(Debug)]
pub(super) struct Budget {
    tokens: f64,
    filled_at: Instant,
}

impl Budget {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            tokens: CONTROL_BURST,
            filled_at: now,
        }
    }

    /// Takes one; false when there is none.
    pub(super) fn spend(&mut self, now: Instant) -> bool {
        let span: Duration = now.saturating_duration_since(self.filled_at);
        self.filled_at = now;
        self.tokens = (self.tokens + span.as_secs_f64() * CONTROL_RATE).min(CONTROL_BURST);
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use shared::time::{Clock as _, SystemClock};

    use shared::desktop::Pointer;

    use super::*;

    fn taken(pending: &mut Pending) -> Option<(u64, Bytes)> {
        match pending.take()?.0 {
            Deed::Typed {
                offset_bytes,
                bytes,
            } => Some((offset_bytes, bytes)),
            Deed::Operated(_) => None,
        }
    }

    #[test]
    fn moves_of_the_pointer_are_joined_and_clicks_are_not() {
        let now = SystemClock.instant();
        let mut pending = Pending::default();
        for x in 0..10_000 {
            let buttons = if x == 9999 { Pointer::LEFT } else { 0 };
            let pointer = Pointer {
                x,
                buttons,
                ..Pointer::default()
            };
            pending.operate(DriverInput::Pointer(pointer), now).unwrap();
        }
        let mut seen = Vec::new();
        while let Some((Deed::Operated(DriverInput::Pointer(pointer)), _)) = pending.take() {
            seen.push(pointer.x);
        }
        assert_eq!(seen, [9998, 9999]);

        let flood = (0..10_000).map(|_| pending.operate(DriverInput::ReleaseKeys, now));
        assert!(
            flood
                .into_iter()
                .any(|pushed| pushed == Err(InputError::TooManyOperations))
        );
    }

    #[test]
    fn waiting_pieces_are_joined_in_order() {
        let now = SystemClock.instant();
        let mut pending = Pending::default();
        for (offset, text) in [(0, "ab"), (2, "c"), (3, "def")] {
            pending
                .push(offset, Bytes::from_static(text.as_bytes()), 0, now)
                .unwrap();
        }
        assert_eq!(
            taken(&mut pending),
            Some((0, Bytes::from_static(b"abcdef")))
        );
        assert_eq!(taken(&mut pending), None);
        pending.push(6, Bytes::from_static(b"g"), 0, now).unwrap();
        assert_eq!(taken(&mut pending), Some((6, Bytes::from_static(b"g"))));
    }

    #[test]
    fn gaps_and_overlaps_are_refused() {
        let now = SystemClock.instant();
        let mut pending = Pending::default();
        pending.push(0, Bytes::from_static(b"abc"), 0, now).unwrap();
        for found in [0, 2, 4, u64::MAX] {
            let refused = pending.push(found, Bytes::from_static(b"x"), 0, now);
            assert_eq!(
                refused,
                Err(InputError::NotContiguous { expected: 3, found })
            );
        }
    }

    #[test]
    fn the_window_bounds_what_waits() {
        let now = SystemClock.instant();
        let mut pending = Pending::default();
        let window = vec![b'x'; usize::try_from(INPUT_WINDOW).unwrap()];
        pending.push(0, window.into(), 0, now).unwrap();
        let more = Bytes::from_static(b"x");
        assert_eq!(
            pending.push(INPUT_WINDOW, more.clone(), 0, now),
            Err(InputError::WindowExceeded)
        );
        assert_eq!(pending.push(INPUT_WINDOW, more, 1, now), Ok(()));
    }

    #[test]
    fn a_flood_of_control_frames_runs_out_and_recovers() {
        let start = SystemClock.instant();
        let mut budget = Budget::new(start);
        let spent = (0..10_000).filter(|_| budget.spend(start)).count();
        assert_eq!(spent, 400);
        assert!(budget.spend(start + Duration::from_millis(10)));
    }
}
