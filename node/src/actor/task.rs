//! Named, tracked tasks whose panic is an exit reason and never takes anything else along.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinHandle};
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::metrics::ACTOR_PANICS;

/// Every task of the process; a tracker holds a counter, not the tasks.
static TASKS: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// How a task ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Exit<T> {
    /// It returned.
    Finished(T),
    /// It broke; the text is the panic's message.
    Panicked(String),
    /// It was aborted, or its runtime is gone.
    Cancelled,
}

/// A running task; awaiting it gives its [`Exit`]. Dropping it lets the task run on.
#[derive(Debug)]
#[must_use = "await the task, or say `detach`"]
pub struct Task<T> {
    name: &'static str,
    join: JoinHandle<Exit<T>>,
}

impl<T> Task<T> {
    /// The name given at the spawn.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Lets the task run unobserved; it is still tracked and awaited at drain.
    pub fn detach(self) {}

    /// Stops the task at its next await point.
    pub fn abort(&self) {
        self.join.abort();
    }

    /// A handle that can stop the task while another awaits it.
    pub fn abort_handle(&self) -> AbortHandle {
        self.join.abort_handle()
    }
}

impl<T> Future for Task<T> {
    type Output = Exit<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.join)
            .poll(cx)
            .map(|joined| joined.unwrap_or(Exit::Cancelled))
    }
}

/// Spawns onto the runtime of the calling thread.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that spawns; everyone else calls it"
)]
pub fn spawn<T, F>(name: &'static str, future: F) -> Task<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let join = tokio::spawn(TASKS.track_future(guarded(name, future)));
    Task { name, join }
}

/// Spawns onto a given runtime.
pub(super) fn spawn_on<T, F>(handle: &Handle, name: &'static str, future: F) -> Task<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let join = handle.spawn(TASKS.track_future(guarded(name, future)));
    Task { name, join }
}

/// Spawns onto the calling thread, for what cannot leave it (sockets of the web server).
pub fn spawn_local<T, F>(name: &'static str, future: F) -> Task<T>
where
    T: 'static,
    F: Future<Output = T> + 'static,
{
    let join = actix_rt::spawn(TASKS.track_future(guarded(name, future)));
    Task { name, join }
}

async fn guarded<T, F: Future<Output = T>>(name: &'static str, future: F) -> Exit<T> {
    let span = tracing::debug_span!("task", name);
    match AssertUnwindSafe(future)
        .catch_unwind()
        .instrument(span)
        .await
    {
        Ok(value) => Exit::Finished(value),
        Err(payload) => {
            let text = panic_text(payload.as_ref());
            metrics::counter!(ACTOR_PANICS, "actor" => name).increment(1);
            tracing::error!(task = name, panic = %text, "Task panicked");
            Exit::Panicked(text)
        }
    }
}

/// Runs a step of an actor; a panic comes back as its message.
///
/// # Errors
/// The panic's message. The caller must end what it was working on: its state may be half changed.
pub fn catch<T>(step: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|payload| panic_text(payload.as_ref()))
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic without a message".to_owned())
}

/// How many tasks run now.
pub fn running() -> usize {
    TASKS.len()
}

/// Waits until every task has ended, at most `deadline`; answers whether all have.
pub async fn drain(deadline: Duration) -> bool {
    TASKS.close();
    let drained = tokio::time::timeout(deadline, TASKS.wait()).await.is_ok();
    if !drained {
        tracing::warn!(tasks = TASKS.len(), "Tasks outlived the drain");
    }
    drained
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_exit_and_nothing_more() {
        let exit = spawn("breaks", async { panic!("on purpose") }).await;
        assert_eq!(exit, Exit::<()>::Panicked("on purpose".to_owned()));
        assert_eq!(spawn("works", async { 7 }).await, Exit::Finished(7));
    }

    #[tokio::test]
    async fn an_aborted_task_says_so() {
        let task = spawn("waits", std::future::pending::<()>());
        task.abort();
        assert_eq!(task.await, Exit::Cancelled);
    }

    #[tokio::test]
    async fn drain_waits_for_tasks_and_gives_up_in_time() {
        let (release, wait) = tokio::sync::oneshot::channel::<()>();
        let task = spawn("held", async move { wait.await.is_ok() });
        assert!(!drain(Duration::from_millis(1)).await);
        drop(release);
        assert!(drain(Duration::from_secs(10)).await);
        assert_eq!(task.await, Exit::Finished(false));
    }

    #[test]
    fn a_step_that_panics_is_reported() {
        assert_eq!(catch(|| 1), Ok(1));
        assert_eq!(
            catch(|| -> u8 { panic!("{}", "late") }),
            Err("late".to_owned())
        );
    }
}
