//! The peer we measure ourselves against: OpenSSH's own client on a pseudo-terminal.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use shared::time::{Clock as _, SystemClock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::openssh::{KeyPair, OpenSsh};
use crate::process::bound_to_us;

/// A running `ssh -tt`. Dropping it ends it.
#[derive(Debug)]
pub struct SshClient {
    _child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    seen: Vec<u8>,
}

/// The options that make `ssh` and `sftp` silent and independent of the machine's own settings.
fn options(server: &OpenSsh, key: &KeyPair) -> Vec<String> {
    let mut options = vec!["-F".to_owned(), "none".to_owned(), "-i".to_owned()];
    options.push(key.file.display().to_string());
    for option in [
        "StrictHostKeyChecking=no",
        "UserKnownHostsFile=/dev/null",
        "LogLevel=ERROR",
        "IdentitiesOnly=yes",
        &format!("Port={}", server.port()),
    ] {
        options.extend(["-o".to_owned(), option.to_owned()]);
    }
    options
}

impl SshClient {
    /// Opens a terminal at the server; with a command, runs that instead of a shell.
    ///
    /// # Errors
    /// `ssh` cannot be started.
    pub fn open(server: &OpenSsh, key: &KeyPair, command: Option<&str>) -> anyhow::Result<Self> {
        let mut ssh = bound_to_us("ssh");
        ssh.arg("-tt")
            .args(options(server, key))
            .arg(format!("{}@127.0.0.1", server.user.name))
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = ssh.spawn().context("start ssh")?;
        Ok(Self {
            stdin: child.stdin.take().context("ssh has no input")?,
            stdout: child.stdout.take().context("ssh has no output")?,
            _child: child,
            seen: Vec::new(),
        })
    }

    /// Types.
    ///
    /// # Errors
    /// `ssh` has ended.
    pub async fn type_text(&mut self, text: &str) -> anyhow::Result<()> {
        self.stdin.write_all(text.as_bytes()).await?;
        Ok(self.stdin.flush().await?)
    }

    /// Reads until `marker` has been printed, and forgets everything up to it.
    ///
    /// # Errors
    /// `ssh` has ended, or the marker does not come within 60 s.
    pub async fn read_until(&mut self, marker: &str) -> anyhow::Result<()> {
        let reading = async {
            loop {
                if let Some(at) = find(&self.seen, marker.as_bytes()) {
                    self.seen.drain(..at + marker.len());
                    return anyhow::Ok(());
                }
                self.read_some().await?;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), reading)
            .await
            .with_context(|| format!("ssh did not print {marker:?}"))?
    }

    async fn read_some(&mut self) -> anyhow::Result<usize> {
        let mut block = vec![0; 64 * 1024];
        let count = self.stdout.read(&mut block).await?;
        anyhow::ensure!(count > 0, "ssh has ended");
        self.seen.extend(block.iter().take(count));
        Ok(count)
    }

    /// Time between typing one key and its echo.
    ///
    /// # Errors
    /// `ssh` has ended.
    pub async fn echo(&mut self, key: u8) -> anyhow::Result<Duration> {
        self.seen.clear();
        let start = SystemClock.instant();
        self.stdin.write_all(&[key]).await?;
        while !self.seen.contains(&key) {
            self.read_some().await?;
        }
        Ok(start.elapsed())
    }

    /// Reads and forgets at least this many bytes.
    ///
    /// # Errors
    /// `ssh` has ended.
    pub async fn skip(&mut self, bytes: usize) -> anyhow::Result<()> {
        let mut skipped = 0;
        while skipped < bytes {
            skipped += self.read_some().await?;
            self.seen.clear();
        }
        Ok(())
    }

    /// Reads to the end; how many bytes came and when the last one did.
    ///
    /// # Errors
    /// The pipe breaks.
    pub async fn drain(&mut self) -> anyhow::Result<(u64, Instant)> {
        let mut block = vec![0; 256 * 1024];
        let mut total = 0;
        loop {
            let count = self.stdout.read(&mut block).await?;
            if count == 0 {
                return Ok((total, SystemClock.instant()));
            }
            total += u64::try_from(count)?;
        }
    }
}

/// Downloads a file with OpenSSH's `sftp`; how long that took, start of the program included.
///
/// # Errors
/// `sftp` fails.
pub async fn sftp_get(
    server: &OpenSsh,
    key: &KeyPair,
    remote: &str,
    local: &std::path::Path,
) -> anyhow::Result<Duration> {
    let start = SystemClock.instant();
    crate::process::run(
        Command::new("sftp")
            .arg("-q")
            .args(options(server, key))
            .arg(format!("{}@127.0.0.1:{remote}", server.user.name))
            .arg(local),
    )
    .await?;
    Ok(start.elapsed())
}

/// Where `needle` starts in `hay`.
pub(crate) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len().max(1))
        .position(|window| window == needle)
}
