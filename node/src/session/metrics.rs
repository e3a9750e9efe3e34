//! What sessions count; the names are the node's (`crate::metrics`).

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use super::Phase;
use crate::metrics::{
    BYTES, COLLAPSES, INPUT_LANE, INPUT_LATENCY, SESSION_DURATION, SESSION_ENDS, SESSIONS_ACTIVE,
    SNAPSHOTS, VIEWERS,
};

/// The one protocol so far.
const PROTOCOL: &str = "ssh";

pub(crate) fn count_output(bytes: usize) {
    counter!(BYTES, "direction" => "output", "protocol" => PROTOCOL).increment(bytes as u64);
}

pub(crate) fn count_input(bytes: usize) {
    counter!(BYTES, "direction" => "input", "protocol" => PROTOCOL).increment(bytes as u64);
}

pub(crate) fn count_snapshot() {
    counter!(SNAPSHOTS).increment(1);
}

pub(crate) fn count_collapse() {
    counter!(COLLAPSES).increment(1);
}

pub(crate) fn count_end(reason: &'static str, lasted: Duration) {
    counter!(SESSION_ENDS, "reason" => reason).increment(1);
    histogram!(SESSION_DURATION, "protocol" => PROTOCOL).record(lasted);
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a lane is far shorter than 2^52"
)]
pub(crate) fn note_input(latency: Duration, depth: usize) {
    histogram!(INPUT_LATENCY).record(latency);
    histogram!(INPUT_LANE).record(depth as f64);
}

/// One session's share of the gauges; gives it back when dropped.
#[derive(Debug, Default)]
pub(crate) struct Share {
    phase: Option<Phase>,
    viewers: usize,
}

impl Share {
    pub(crate) fn set(&mut self, phase: Phase, viewers: usize) {
        self.give_back();
        let state = phase.code();
        gauge!(SESSIONS_ACTIVE, "protocol" => PROTOCOL, "state" => state).increment(1.0);
        gauge!(VIEWERS).increment(as_f64(viewers));
        self.phase = Some(phase);
        self.viewers = viewers;
    }

    fn give_back(&mut self) {
        if let Some(phase) = self.phase.take() {
            let state = phase.code();
            gauge!(SESSIONS_ACTIVE, "protocol" => PROTOCOL, "state" => state).decrement(1.0);
            gauge!(VIEWERS).decrement(as_f64(self.viewers));
        }
    }
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back();
    }
}
