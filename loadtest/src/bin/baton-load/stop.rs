//! When to stop: a signal, or the end of whoever holds our stdin.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// Waits for SIGTERM, SIGINT or the end of stdin.
pub(crate) async fn requested() -> anyhow::Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
        _ = stdin_closed() => {}
    }
    Ok(())
}

/// A thread of its own, because reading stdin cannot be cancelled; it ends with the process.
fn stdin_closed() -> oneshot::Receiver<()> {
    let (closed, waiting) = oneshot::channel();
    std::thread::spawn(move || {
        let _end = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _nobody_waits = closed.send(());
    });
    waiting
}
