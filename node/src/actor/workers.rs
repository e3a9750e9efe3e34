//! The runtime for protocol and screen work: threads of its own, so that neither the web server's
//! workers nor the session arbiters ever wait for a decoder.

use std::sync::Arc;

use tokio::runtime::{Builder, Handle, Runtime};

use super::task::{Task, spawn_on};

/// Owns the runtime; ends it without waiting, also from within async code.
#[derive(Debug)]
struct Owned(Option<Runtime>);

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Threads for protocol and CPU work; clones share them, the last one ends them.
#[derive(Clone, Debug)]
pub struct Workers {
    handle: Handle,
    _owned: Arc<Owned>,
}

impl Workers {
    /// Starts `threads` threads (at least one).
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start(threads: usize) -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .thread_name("baton-worker")
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let owned = Arc::new(Owned(Some(runtime)));
        Ok(Self {
            handle,
            _owned: owned,
        })
    }

    /// Spawns a named task onto these threads.
    pub fn spawn<T, F>(&self, name: &'static str, future: F) -> Task<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        spawn_on(&self.handle, name, future)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Exit;
    use super::*;

    #[tokio::test]
    async fn work_runs_on_threads_of_its_own() {
        let workers = Workers::start(1).unwrap();
        let exit = workers
            .spawn("where", async {
                std::thread::current().name().map(ToOwned::to_owned)
            })
            .await;
        assert_eq!(exit, Exit::Finished(Some("baton-worker".to_owned())));
    }
}
