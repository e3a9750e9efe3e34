//! A node of our own: a `baton serve` process on free ports with a data directory of its own.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::process::Command;

use crate::api::Api;
use crate::process::{Process, bound_to_us, free_port, run};
use crate::random;
use crate::until::until;

/// Name of the admin that [`Node::admin`] makes.
pub const ADMIN: &str = "admin";

/// Time for a debug build on a loaded machine to open its stores and listen.
const START_LIMIT: Duration = Duration::from_mins(1);

/// What a test wants of its node; everything else is the default of `baton serve`.
#[derive(Clone, Debug, Default)]
pub struct NodeOptions {
    /// The binary; `None` finds the one that was built beside us.
    pub binary: Option<PathBuf>,
    /// Data directory; `None` makes a temporary one that ends with the node.
    pub data: Option<PathBuf>,
    /// `BATON_…` variables: `("database_url", "mysql://…")` sets `BATON_DATABASE_URL`.
    pub settings: Vec<(String, String)>,
    /// Arguments after `baton serve`.
    pub arguments: Vec<String>,
}

impl NodeOptions {
    /// Adds a setting by its `section_key` name.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.settings.push((name.to_owned(), value.into()));
        self
    }
}

/// A running node. Dropping it kills it.
#[derive(Debug)]
pub struct Node {
    process: Process,
    options: NodeOptions,
    port: u16,
    ops_port: u16,
    password: String,
    data: PathBuf,
    dir: TempDir,
}

impl Node {
    /// Starts a node with defaults and waits until it is ready.
    ///
    /// # Errors
    /// It does not become ready; the text holds its log.
    pub async fn start() -> anyhow::Result<Self> {
        Self::with(NodeOptions::default()).await
    }

    /// Starts a node and waits until it is ready.
    ///
    /// # Errors
    /// It does not become ready; the text holds its log.
    pub async fn with(options: NodeOptions) -> anyhow::Result<Self> {
        let mut node = Self::launch(options)?;
        node.ready().await?;
        Ok(node)
    }

    /// Starts a node without waiting; for nodes that are expected to refuse.
    ///
    /// # Errors
    /// The binary is missing or no port is free.
    pub fn launch(options: NodeOptions) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("baton-node-").tempdir()?;
        let data = options
            .data
            .clone()
            .unwrap_or_else(|| dir.path().join("data"));
        let (port, ops_port) = (free_port()?, free_port()?);
        let process = spawn(&options, dir.path(), &data, (port, ops_port))?;
        Ok(Self {
            process,
            options,
            port,
            ops_port,
            password: random::hex(12),
            data,
            dir,
        })
    }

    /// Waits until the node takes work.
    ///
    /// # Errors
    /// It ends or is not ready in time; the text holds its log.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        let ops = Api::new(&self.ops_url())?;
        let waited = until("the node is ready", START_LIMIT, async || {
            if self.process.ended()?.is_some() {
                return Ok(());
            }
            let answer = ops.request(reqwest::Method::GET, "/readyz").send().await?;
            anyhow::ensure!(answer.status().is_success(), "/readyz: {}", answer.status());
            anyhow::Ok(())
        })
        .await;
        self.process.still_runs()?;
        waited.with_context(|| self.log())
    }

    /// Starts the process again, on the same data and ports, after it ended.
    ///
    /// # Errors
    /// As [`Node::with`].
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let ports = (self.port, self.ops_port);
        self.process = spawn(&self.options, self.dir.path(), &self.data, ports)?;
        self.ready().await
    }

    /// Runs another subcommand of the binary with this node's settings; what it printed.
    ///
    /// # Errors
    /// It fails; the text holds what it said.
    pub async fn command(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = bound_to_us(binary(&self.options)?);
        settle(&mut command, &self.options, &self.data);
        run(command.current_dir(self.dir.path()).args(arguments)).await
    }

    /// Asks the node to stop, as a service manager does, and waits for it.
    ///
    /// # Errors
    /// It does not stop within 30 s.
    pub async fn stop(&mut self) -> anyhow::Result<ExitStatus> {
        self.process.stop(Duration::from_secs(30)).await
    }

    /// Takes the node away without a word.
    ///
    /// # Errors
    /// The kernel does not know the process.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.process.kill().await
    }

    /// Its process, for signals and figures.
    pub const fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Its process id.
    pub const fn pid(&self) -> i32 {
        self.process.pid()
    }

    /// `http://127.0.0.1:port` of the pages and the API.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// `http://127.0.0.1:port` of health and metrics.
    pub fn ops_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ops_port)
    }

    /// Where it keeps its data.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Everything it has logged and printed.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Password of the admin made by [`Node::admin`].
    pub fn password(&self) -> &str {
        &self.password
    }

    /// A caller that has not signed in.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn visitor(&self) -> anyhow::Result<Api> {
        Api::new(&self.url())
    }

    /// The token of the one-time link printed at the first start.
    ///
    /// # Errors
    /// No link is printed within a few seconds.
    pub async fn setup_token(&self) -> anyhow::Result<String> {
        until(
            "a one-time link is printed",
            Duration::from_secs(10),
            async || token_in(&self.log()).with_context(|| self.log()),
        )
        .await
    }

    /// Makes the first admin through the printed link and gives back a caller for that login.
    ///
    /// # Errors
    /// The link is missing or refused.
    pub async fn admin(&self) -> anyhow::Result<Api> {
        let token = self.setup_token().await?;
        self.visitor()?.setup(&token, ADMIN, &self.password).await
    }
}

/// The token in the last printed `…/#/setup/<token>`.
fn token_in(log: &str) -> Option<String> {
    let (_, rest) = log.rsplit_once("/#/setup/")?;
    let is_token = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let token: String = rest.chars().take_while(is_token).collect();
    (!token.is_empty()).then_some(token)
}

fn spawn(
    options: &NodeOptions,
    dir: &Path,
    data: &Path,
    (port, ops_port): (u16, u16),
) -> anyhow::Result<Process> {
    let mut command = bound_to_us(binary(options)?);
    command
        .current_dir(dir)
        .arg("serve")
        .args(&options.arguments)
        .env("BATON_SERVER_LISTEN", format!("127.0.0.1:{port}"))
        .env("BATON_SERVER_OPS_LISTEN", format!("127.0.0.1:{ops_port}"));
    settle(&mut command, options, data);
    Process::start("baton", command, &dir.join("log"))
}

fn binary(options: &NodeOptions) -> anyhow::Result<PathBuf> {
    match &options.binary {
        Some(binary) => Ok(binary.clone()),
        None => beside_us("baton"),
    }
}

/// Gives a command the node's settings and none of ours.
fn settle(command: &mut Command, options: &NodeOptions, data: &Path) {
    for (name, _) in std::env::vars_os() {
        let is_kept = command.as_std().get_envs().any(|(kept, _)| kept == name);
        if name.to_string_lossy().starts_with("BATON_") && !is_kept {
            command.env_remove(name);
        }
    }
    command.env("BATON_DATA_DIRECTORY", data);
    for (name, value) in &options.settings {
        command.env(format!("BATON_{}", name.to_uppercase()), value);
    }
}

/// A binary of this workspace: from `BATON_BIN_DIR`, or the directory we were built into.
///
/// # Errors
/// It has not been built.
pub fn beside_us(name: &str) -> anyhow::Result<PathBuf> {
    let built = std::env::current_exe()?;
    let dir = std::env::var_os("BATON_BIN_DIR").map_or_else(
        || {
            // Test binaries lie in `deps`, one below what they test.
            let dirs = built.ancestors().skip(1);
            let mut dirs =
                dirs.skip_while(|dir| dir.file_name().is_some_and(|name| name == "deps"));
            dirs.next().unwrap_or_else(|| Path::new(".")).to_owned()
        },
        PathBuf::from,
    );
    let binary = dir.join(name);
    anyhow::ensure!(
        binary.exists(),
        "{} is missing: build the workspace first (cargo build --locked --workspace)",
        binary.display()
    );
    Ok(binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_printed_link_counts() {
        let log = "open http://x/#/setup/old_1\nopen http://x/#/setup/new-2 soon\n";
        assert_eq!(token_in(log).as_deref(), Some("new-2"));
        assert_eq!(token_in("no link"), None);
    }
}
