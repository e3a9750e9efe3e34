//! Child processes that end with us: by stop, by drop, and, through the kernel, by our death.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

/// A running child. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    pid: i32,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with its output going to `log`.
    ///
    /// The child is told by the kernel when the thread that started it dies (`setpriv`), so start
    /// it from a thread that lives as long as the child should: a test's or a runtime's own.
    ///
    /// # Errors
    /// The log cannot be written or the program cannot be started.
    pub fn start(name: &str, mut command: Command, log: &Path) -> anyhow::Result<Self> {
        let out = File::options().create(true).append(true).open(log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {name}: {command:?}"))?;
        let pid = i32::try_from(child.id().context("child has no id")?)?;
        Ok(Self {
            name: name.to_owned(),
            child,
            pid,
            log: log.to_owned(),
        })
    }

    /// The process id, valid until the child has been waited for.
    pub const fn pid(&self) -> i32 {
        self.pid
    }

    /// Everything it has printed so far.
    pub fn log(&self) -> String {
        std::fs::read(&self.log).map_or_else(
            |error| format!("(no log: {error})"),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
    }

    /// Where its output goes.
    pub fn log_path(&self) -> &Path {
        &self.log
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// The process is gone.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        kill(Pid::from_raw(self.pid), signal).with_context(|| format!("signal {}", self.name))
    }

    /// The exit status, when it has ended already.
    ///
    /// # Errors
    /// The kernel does not know the child.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Fails with the log when the process has ended; for use while waiting for it to be ready.
    ///
    /// # Errors
    /// The process has ended.
    pub fn still_runs(&mut self) -> anyhow::Result<()> {
        match self.ended()? {
            None => Ok(()),
            Some(status) => anyhow::bail!("{} ended with {status}:\n{}", self.name, self.log()),
        }
    }

    /// Waits for the process to end by itself.
    ///
    /// # Errors
    /// It still runs after `limit`.
    pub async fn wait(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        match tokio::time::timeout(limit, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => anyhow::bail!("{} still runs after {limit:?}:\n{}", self.name, self.log()),
        }
    }

    /// Asks it to stop and waits for that.
    ///
    /// # Errors
    /// It still runs after `limit`; it is killed then.
    pub async fn stop(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        if let Some(status) = self.ended()? {
            return Ok(status);
        }
        self.signal(Signal::SIGTERM)?;
        let outcome = self.wait(limit).await;
        if outcome.is_err() {
            self.child.kill().await?;
        }
        outcome
    }

    /// Kills it at once and waits until the kernel has buried it.
    ///
    /// # Errors
    /// The kernel does not know the child.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// A command whose process is killed by the kernel when the thread that started it dies.
pub fn bound_to_us(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// Runs a short helper to its end and gives back what it printed.
///
/// # Errors
/// It cannot be started or fails; the text holds its error output.
pub async fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("start {command:?}"))?;
    if !output.status.success() {
        anyhow::bail!(
            "{command:?} ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A TCP port of loopback that nobody used a moment ago.
///
/// # Errors
/// The operating system has no port to give.
pub fn free_port() -> anyhow::Result<u16> {
    let probe = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    Ok(probe.local_addr()?.port())
}

/// Seconds of processor time that `pid` has used, all threads, user and system.
///
/// # Errors
/// The process is gone or `/proc` is not Linux's.
pub fn cpu_seconds(pid: i32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("stat has a name")?;
    // Fields 14 and 15 of proc(5), counted from 1; the name was field 2.
    let ticks: Vec<f64> = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / TICKS_PER_SECOND)
}

/// `USER_HZ`: fixed by Linux's ABI on every machine that we support.
const TICKS_PER_SECOND: f64 = 100.0;

/// Resident memory of `pid`, in bytes.
///
/// # Errors
/// The process is gone or `/proc` is not Linux's.
pub fn resident_bytes(pid: i32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("status has no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_dropped_process_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let mut command = bound_to_us("sleep");
        command.arg("1000");
        let process = Process::start("sleep", command, &dir.path().join("log")).unwrap();
        let pid = process.pid();

        drop(process);

        crate::until::until("sleep is gone", Duration::from_secs(5), async || {
            match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
                Ok(stat) if !stat.contains(") Z ") => Err(stat),
                _ => Ok(()),
            }
        })
        .await
        .unwrap();
    }

    #[test]
    fn our_own_figures_can_be_read() {
        let us = i32::try_from(std::process::id()).unwrap();
        assert!(cpu_seconds(us).unwrap() >= 0.0);
        assert!(resident_bytes(us).unwrap() > 100_000);
    }
}
