//! When to stop reading the target, and when to skip what nobody will read. Pure.

use std::time::{Duration, Instant};

/// Unsent output of the fastest viewer above which the target waits, in bytes: half the ring.
pub(super) const MOST_LAG: u64 = 512 * 1024;

/// A viewer that has not acknowledged for this long no longer slows the target: longer than any
/// pause of a healthy page, far shorter than a person's patience.
const PROGRESS: Duration = Duration::from_millis(250);

/// Output not drawn that counts as a flood when an interrupt is typed, in bytes: several screens.
const FLOOD: u64 = 16 * 1024;

/// Pieces the driver has ready that count as a flood as well.
const FLOOD_PIECES: usize = 8;

/// No output for this long means that an interrupt has worked: above the gap between a dying
/// program and the shell's prompt.
const QUIET: Duration = Duration::from_millis(12);

/// How often the picture is shown meanwhile.
const SHOW_EVERY: Duration = Duration::from_millis(90);

/// An interrupt that has not worked by then is ignored by the target; output flows again.
const COLLAPSE_LIMIT: Duration = Duration::from_secs(1);

/// How far one viewer is, as pacing sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// Output produced and not sent to it, in bytes.
    pub(super) lag: u64,
    /// When it last acknowledged, or was first sent something it could acknowledge.
    pub(super) moved_at: Instant,
}

/// Whether the target may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// Read on.
    Run,
    /// Wait for an acknowledgement, at most until then.
    Hold { until: Instant },
}

/// Paces the target by the fastest viewer that still acknowledges.
pub(super) fn pace(viewers: impl Iterator<Item = Progress>, now: Instant) -> Pace {
    let moving = viewers.filter(|viewer| now < viewer.moved_at + PROGRESS);
    match moving.min_by_key(|viewer| viewer.lag) {
        Some(fastest) if fastest.lag > MOST_LAG => Pace::Hold {
            until: fastest.moved_at + PROGRESS,
        },
        Some(_) | None => Pace::Run,
    }
}

/// Whether an interrupt now needs a collapse.
pub(super) const fn is_flood(undrawn: u64, pieces: usize) -> bool {
    undrawn > FLOOD || pieces >= FLOOD_PIECES
}

/// An interrupt whose outcome is awaited: output is swallowed into the model until it is quiet,
/// and viewers see a picture now and then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Collapse {
    since: Instant,
    last_output: Instant,
    shown_at: Instant,
    /// Pictures may be sent now.
    pub(super) is_showing: bool,
}

impl Collapse {
    pub(super) const fn begin(now: Instant) -> Self {
        Self {
            since: now,
            last_output: now,
            shown_at: now,
            is_showing: false,
        }
    }

    pub(super) const fn note_output(&mut self, now: Instant) {
        self.last_output = now;
    }

    pub(super) const fn show(&mut self, now: Instant) {
        self.shown_at = now;
        self.is_showing = true;
    }

    /// When output flows again, if nothing more comes.
    pub(super) fn ends_at(&self) -> Instant {
        (self.last_output + QUIET).min(self.since + COLLAPSE_LIMIT)
    }

    /// When viewers see a picture although it is not quiet.
    pub(super) fn shows_at(&self) -> Instant {
        self.shown_at + SHOW_EVERY
    }
}

#[cfg(test)]
mod tests {
    use shared::time::{Clock as _, SystemClock};

    use super::*;

    fn at(lag: u64, moved_at: Instant) -> Progress {
        Progress { lag, moved_at }
    }

    #[test]
    fn nobody_watching_lets_the_target_run() {
        let now = SystemClock.instant();
        assert_eq!(pace([].into_iter(), now), Pace::Run);
    }

    #[test]
    fn a_viewer_that_acknowledges_holds_the_target() {
        let now = SystemClock.instant();
        let until = now + PROGRESS;
        assert_eq!(pace([at(MOST_LAG, now)].into_iter(), now), Pace::Run);
        assert_eq!(
            pace([at(MOST_LAG + 1, now)].into_iter(), now),
            Pace::Hold { until }
        );
    }

    #[test]
    fn a_stalled_viewer_slows_nobody() {
        let start = SystemClock.instant();
        let now = start + PROGRESS;
        let stalled = at(u64::MAX, start);
        assert_eq!(pace([stalled].into_iter(), now), Pace::Run);
        assert_eq!(pace([stalled, at(0, now)].into_iter(), now), Pace::Run);
    }

    #[test]
    fn the_fastest_viewer_sets_the_pace() {
        let now = SystemClock.instant();
        let slow = at(MOST_LAG * 2, now);
        assert_eq!(pace([slow, at(10, now)].into_iter(), now), Pace::Run);
    }

    #[test]
    fn a_collapse_ends_when_quiet_or_when_the_target_ignores_it() {
        let start = SystemClock.instant();
        let after = |millis| start + Duration::from_millis(millis);
        let mut collapse = Collapse::begin(start);
        assert_eq!(collapse.ends_at(), start + QUIET);
        collapse.note_output(after(50));
        assert_eq!(collapse.ends_at(), after(62));
        collapse.note_output(after(999));
        assert_eq!(collapse.ends_at(), after(1000));
    }

    #[test]
    fn a_long_collapse_shows_pictures() {
        let start = SystemClock.instant();
        let mut collapse = Collapse::begin(start);
        assert_eq!(collapse.shows_at(), start + SHOW_EVERY);
        collapse.show(start + SHOW_EVERY);
        assert_eq!(collapse.shows_at(), start + SHOW_EVERY * 2);
    }
}
