//! What one viewer is sent next: the missing bytes, a snapshot, or nothing yet.
//!
//! Pure bookkeeping of offsets; holds no bytes, sockets or clocks. One feed per viewer, so that a
//! slow viewer gets fewer and newer pictures and slows nobody else.
//!
//! ```text
//!          acked        sent                    end
//!   ────────┼────────────┼───────────────────────┼──▶ output
//!           └ ≤ window ──┘└ Send, while the ring holds it; else Snapshot
//! ```

use shared::frame::OUTPUT_WINDOW;

/// Largest piece of output in one frame, in bytes: below 4 KiB xterm.js slows down, above 64 KiB
/// one piece fills a quarter of the window.
pub const MAX_PIECE: usize = 64 * 1024;

/// What to do for a viewer now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send up to `max` bytes from an offset, then call [`ViewerFeed::on_sent`].
    Send {
        /// Offset of the first byte.
        from: u64,
        /// Most bytes the window has room for; at least one.
        max: usize,
    },
    /// Send a snapshot of the newest state, then call [`ViewerFeed::on_snapshot`].
    Snapshot,
    /// Nothing to send, or the viewer must acknowledge first.
    Wait,
}

/// An acknowledgement that no honest viewer sends; the socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AckError {
    /// Claims bytes that were never sent.
    #[error("viewer acknowledged offset {acked}, but only {sent} was sent")]
    NeverSent {
        /// What it claims.
        acked: u64,
        /// What it was sent.
        sent: u64,
    },
    /// Takes an acknowledgement back.
    #[error("viewer acknowledged offset {acked} after {before}")]
    Backwards {
        /// What it claims.
        acked: u64,
        /// What it claimed before.
        before: u64,
    },
}

/// A snapshot that the viewer has not acknowledged.
#[derive(Clone, Copy, Debug)]
struct InFlight {
    /// Last offset sent before the snapshot; what lies between it and `at` was skipped.
    skipped_from: u64,
    /// Offset at which the snapshot was taken.
    at: u64,
}

/// Offsets of one viewer.
///
/// INVARIANT: bytes sent and not acknowledged never exceed the window; sent ranges are contiguous
/// from the last snapshot or resume; at most one snapshot is unacknowledged
/// (`feeds_are_contiguous_and_bounded`).
#[derive(Clone, Debug)]
pub struct ViewerFeed {
    sent: u64,
    acked: u64,
    window: u64,
    is_stale: bool,
    in_flight: Option<InFlight>,
}

impl Default for ViewerFeed {
    fn default() -> Self {
        Self::new(OUTPUT_WINDOW)
    }
}

impl ViewerFeed {
    /// A viewer that has seen nothing: gets a snapshot first.
    pub const fn new(window: u64) -> Self {
        Self {
            sent: 0,
            acked: 0,
            window,
            is_stale: true,
            in_flight: None,
        }
    }

    /// A viewer that has consumed everything before `offset`, if the ring (`start..=end`) still
    /// holds what follows; else start with [`ViewerFeed::new`].
    pub const fn resume(window: u64, offset: u64, start: u64, end: u64) -> Option<Self> {
        if offset < start || offset > end {
            return None;
        }
        Some(Self {
            sent: offset,
            acked: offset,
            window,
            is_stale: false,
            in_flight: None,
        })
    }

    /// Decides what to send, given what the ring holds.
    pub fn next(&self, start: u64, end: u64) -> Next {
        if self.is_stale || self.sent < start {
            // One snapshot at a time: a viewer that never reads costs one, not one per event.
            return if self.in_flight.is_none() {
                Next::Snapshot
            } else {
                Next::Wait
            };
        }
        let room = self.window.saturating_sub(self.unacknowledged());
        let max = end
            .saturating_sub(self.sent)
            .min(room)
            .min(MAX_PIECE as u64);
        match usize::try_from(max) {
            Ok(0) | Err(_) => Next::Wait,
            Ok(max) => Next::Send {
                from: self.sent,
                max,
            },
        }
    }

    /// Bytes sent and not acknowledged; a snapshot's own bytes do not count.
    pub fn unacknowledged(&self) -> u64 {
        match self.in_flight {
            None => self.sent.saturating_sub(self.acked),
            Some(InFlight { skipped_from, at }) => {
                let before = skipped_from.saturating_sub(self.acked);
                before.saturating_add(self.sent.saturating_sub(at))
            }
        }
    }

    /// Records that bytes were handed to the viewer's socket.
    pub const fn on_sent(&mut self, count: usize) {
        self.sent = self.sent.saturating_add(count as u64);
    }

    /// Records that a snapshot taken at an offset was handed to the viewer's socket.
    pub const fn on_snapshot(&mut self, at: u64) {
        self.in_flight = Some(InFlight {
            skipped_from: self.sent,
            at,
        });
        self.sent = at;
        self.is_stale = false;
    }

    /// Records that the viewer has drawn everything before an offset.
    ///
    /// # Errors
    /// Offsets that were never sent, or are lower than acknowledged before.
    pub const fn on_ack(&mut self, offset: u64) -> Result<(), AckError> {
        if offset < self.acked {
            return Err(AckError::Backwards {
                acked: offset,
                before: self.acked,
            });
        }
        let most = match self.in_flight {
            Some(InFlight { skipped_from, at }) if offset < at => skipped_from,
            Some(_) | None => self.sent,
        };
        if offset > most {
            return Err(AckError::NeverSent {
                acked: offset,
                sent: most,
            });
        }
        self.acked = offset;
        if let Some(InFlight { at, .. }) = self.in_flight
            && offset >= at
        {
            self.in_flight = None;
        }
        Ok(())
    }

    /// Gives up what was not sent yet in favour of a snapshot: after an interrupt, a resize, or on
    /// the viewer's request.
    pub const fn collapse(&mut self) {
        self.is_stale = true;
    }

    /// Gives up what was not sent yet, if it is more than `lag` bytes.
    pub const fn collapse_beyond(&mut self, lag: u64, end: u64) {
        if end.saturating_sub(self.sent) > lag {
            self.collapse();
        }
    }

    /// Offset up to which the viewer has been sent everything.
    pub const fn sent(&self) -> u64 {
        self.sent
    }

    /// Offset up to which the viewer has drawn everything.
    pub const fn acked(&self) -> u64 {
        self.acked
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Output(u64),
        Pump,
        Ack(u8),
        Collapse,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0_u64..3000).prop_map(Step::Output),
            Just(Step::Pump),
            any::<u8>().prop_map(Step::Ack),
            Just(Step::Collapse),
        ]
    }

    /// What a browser does: consumes frames in order.
    #[derive(Default)]
    struct Viewer {
        /// `(offset, length)`; a snapshot has no length.
        queue: std::collections::VecDeque<(u64, Option<u64>)>,
        consumed: u64,
        unacked: u64,
        snapshots: u64,
    }

    proptest! {
        #[test]
        fn feeds_are_contiguous_and_bounded(steps in proptest::collection::vec(step(), 1..400)) {
            let (window, ring) = (1000_u64, 4000_u64);
            let mut feed = ViewerFeed::new(window);
            let mut viewer = Viewer::default();
            let mut end = 0_u64;
            for step in steps {
                let start = end.saturating_sub(ring);
                match step {
                    Step::Output(count) => end += count,
                    Step::Collapse => feed.collapse(),
                    Step::Pump => match feed.next(start, end) {
                        Next::Send { from, max } => {
                            prop_assert!(from >= start && from + max as u64 <= end && max > 0);
                            feed.on_sent(max);
                            viewer.unacked += max as u64;
                            viewer.queue.push_back((from, Some(max as u64)));
                        }
                        Next::Snapshot => {
                            feed.on_snapshot(end);
                            viewer.snapshots += 1;
                            viewer.queue.push_back((end, None));
                        }
                        Next::Wait => {}
                    },
                    Step::Ack(frames) => {
                        for _ in 0..frames {
                            let Some((offset, length)) = viewer.queue.pop_front() else { break };
                            if let Some(length) = length {
                                prop_assert_eq!(offset, viewer.consumed, "contiguous");
                                viewer.consumed += length;
                                viewer.unacked -= length;
                            } else {
                                viewer.consumed = offset;
                                viewer.snapshots -= 1;
                            }
                            prop_assert_eq!(feed.on_ack(viewer.consumed), Ok(()));
                        }
                    }
                }
                prop_assert!(viewer.unacked <= window);
                prop_assert!(viewer.snapshots <= 1);
                prop_assert_eq!(feed.unacknowledged(), viewer.unacked);
            }
            // A viewer that reads always catches up.
            for _ in 0..100 {
                for (offset, length) in std::mem::take(&mut viewer.queue) {
                    viewer.consumed = offset + length.unwrap_or(0);
                    prop_assert_eq!(feed.on_ack(viewer.consumed), Ok(()));
                }
                match feed.next(end.saturating_sub(ring), end) {
                    Next::Send { from, max } => {
                        feed.on_sent(max);
                        viewer.queue.push_back((from, Some(max as u64)));
                    }
                    Next::Snapshot => {
                        feed.on_snapshot(end);
                        viewer.queue.push_back((end, None));
                    }
                    Next::Wait => break,
                }
            }
            prop_assert_eq!(viewer.consumed, end);
        }
    }

    #[test]
    fn absurd_acknowledgements_are_refused() {
        let mut feed = ViewerFeed::resume(1000, 50, 0, 500).expect("held");
        feed.on_sent(100);
        assert_eq!(
            feed.on_ack(151),
            Err(AckError::NeverSent {
                acked: 151,
                sent: 150
            })
        );
        assert_eq!(
            feed.on_ack(u64::MAX),
            Err(AckError::NeverSent {
                acked: u64::MAX,
                sent: 150
            })
        );
        assert_eq!(feed.on_ack(120), Ok(()));
        assert_eq!(
            feed.on_ack(119),
            Err(AckError::Backwards {
                acked: 119,
                before: 120
            })
        );
    }

    #[test]
    fn skipped_bytes_cannot_be_acknowledged() {
        let mut feed = ViewerFeed::resume(1000, 0, 0, 500).expect("held");
        feed.on_sent(100);
        feed.collapse();
        feed.on_snapshot(400);
        assert_eq!(
            feed.on_ack(300),
            Err(AckError::NeverSent {
                acked: 300,
                sent: 100
            })
        );
        assert_eq!(feed.on_ack(80), Ok(()));
        assert_eq!(feed.on_ack(400), Ok(()));
        assert_eq!(feed.unacknowledged(), 0);
    }

    #[test]
    fn an_interrupt_shows_the_newest_state_although_the_window_is_full() {
        let mut feed = ViewerFeed::resume(1000, 0, 0, 90_000).expect("held");
        feed.on_sent(1000);
        assert_eq!(feed.next(0, 90_000), Next::Wait);

        feed.collapse();

        assert_eq!(feed.next(0, 90_000), Next::Snapshot);
        feed.on_snapshot(90_000);
        assert_eq!(
            feed.next(0, 90_010),
            Next::Wait,
            "the old bytes still fill the window"
        );
        assert_eq!(feed.on_ack(1000), Ok(()));
        assert_eq!(
            feed.next(0, 90_010),
            Next::Send {
                from: 90_000,
                max: 10
            }
        );
    }

    #[test]
    fn a_viewer_that_never_reads_costs_one_snapshot() {
        let mut feed = ViewerFeed::new(1000);
        assert_eq!(feed.next(0, 10), Next::Snapshot);
        feed.on_snapshot(10);
        for _ in 0..100 {
            feed.collapse();
            assert_eq!(feed.next(0, 10), Next::Wait);
        }
        assert_eq!(feed.on_ack(10), Ok(()));
        assert_eq!(feed.next(0, 10), Next::Snapshot);
    }

    #[test]
    fn resuming_outside_the_ring_needs_a_snapshot() {
        assert!(ViewerFeed::resume(1000, 99, 100, 200).is_none());
        assert!(ViewerFeed::resume(1000, 201, 100, 200).is_none());
        let feed = ViewerFeed::resume(1000, 200, 100, 200).expect("held");
        assert_eq!(feed.next(100, 200), Next::Wait);
        assert_eq!(feed.next(250, 300), Next::Snapshot, "fell behind the ring");
    }
}
