//! A Redis server of our own: nothing on disk, a port nobody uses, ends with the value.

use std::time::Duration;

use tempfile::TempDir;
use tokio::process::Command;

use crate::process::{Process, bound_to_us, free_port, run};
use crate::until::until;

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub struct Redis {
    process: Process,
    port: u16,
    _dir: TempDir,
}

impl Redis {
    /// Starts the server and waits until it answers.
    ///
    /// # Errors
    /// Redis is not installed or does not come up; the text holds its log.
    pub async fn start() -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("baton-redis-").tempdir()?;
        let port = free_port()?;
        let mut command = bound_to_us("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--port", &port.to_string(), "--dir"])
            .arg(dir.path());
        let mut process = Process::start("redis-server", command, &dir.path().join("log"))?;
        let waited = until("Redis answers", Duration::from_secs(20), async || {
            let answer =
                run(Command::new("redis-cli").args(["-p", &port.to_string(), "ping"])).await?;
            anyhow::ensure!(answer.trim() == "PONG", "answer: {answer}");
            anyhow::Ok(())
        })
        .await;
        process.still_runs()?;
        waited?;
        Ok(Self {
            process,
            port,
            _dir: dir,
        })
    }

    /// `redis://host:port`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The server's process, to pause or kill it.
    pub const fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}
