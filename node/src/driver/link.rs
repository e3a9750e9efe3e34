//! The bounded lanes between a session and its driver.

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{DriverEvent, DriverInput, FilesHandle};

/// Events in flight: enough to keep a fast target busy (32 KiB each at most), small enough that a
/// paused session stops reading the target within a few megabytes.
const EVENTS: usize = 64;

/// Control inputs in flight: resizes and answers are rare.
const CONTROL: usize = 32;

/// Input chunks in flight; a viewer's window (64 KiB) bounds their size.
const INPUT: usize = 64;

/// The session's ends.
#[derive(Debug)]
pub struct DriverLink {
    /// Everything the driver tells, in order.
    pub events: mpsc::Receiver<DriverEvent>,
    /// Control lane; overtakes input.
    pub control: mpsc::Sender<DriverInput>,
    /// Input lane.
    pub input: mpsc::Sender<DriverInput>,
    /// Files at the target, once the driver is live and offers them.
    pub files: watch::Receiver<Option<FilesHandle>>,
    /// Stops the driver at its next await point.
    pub cancel: CancellationToken,
}

/// The driver's ends.
#[derive(Debug)]
pub struct DriverEnds {
    /// Where events go; awaiting a free place is the back-pressure on the target.
    pub events: mpsc::Sender<DriverEvent>,
    /// Control lane; always polled before `input`.
    pub control: mpsc::Receiver<DriverInput>,
    /// Input lane.
    pub input: mpsc::Receiver<DriverInput>,
    /// Publishes file access.
    pub files: watch::Sender<Option<FilesHandle>>,
    /// Set when the session no longer wants the target.
    pub cancel: CancellationToken,
}

/// Makes both ends.
pub fn link() -> (DriverLink, DriverEnds) {
    let (event_tx, event_rx) = mpsc::channel(EVENTS);
    let (control_tx, control_rx) = mpsc::channel(CONTROL);
    let (input_tx, input_rx) = mpsc::channel(INPUT);
    let (files_tx, files_rx) = watch::channel(None);
    let cancel = CancellationToken::new();
    let session = DriverLink {
        events: event_rx,
        control: control_tx,
        input: input_tx,
        files: files_rx,
        cancel: cancel.clone(),
    };
    let driver = DriverEnds {
        events: event_tx,
        control: control_rx,
        input: input_rx,
        files: files_tx,
        cancel,
    };
    (session, driver)
}
