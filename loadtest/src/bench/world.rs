//! What every measurement needs: a release node, a real sshd, a signed-in caller; and their order.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::report::{self, Row};
use super::{desktop, echo, files, memory, open, output};
use crate::api::Api;
use crate::fixture::{create_target, key_target};
use crate::node::{Node, NodeOptions};
use crate::target::openssh::{KeyPair, OpenSsh};

/// What to measure.
#[derive(Clone, Debug, Args)]
pub struct BenchArgs {
    /// The `baton` binary; else the one built beside us. Measure release builds only.
    #[arg(long)]
    pub binary: Option<PathBuf>,
    /// Repetitions of each run; the table shows medians.
    #[arg(long, default_value_t = 5)]
    pub runs: usize,
    /// Idle sessions for the memory figure.
    #[arg(long, default_value_t = 200)]
    pub sessions: usize,
    /// Size of output and downloads, in bytes.
    #[arg(long, default_value_t = 100_000_000)]
    pub bytes: u64,
    /// Only these measurements: output, echo, open, join, interrupt, files, memory,
    /// desktop.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// Where the machine-readable figures go.
    #[arg(long, default_value = "artefacts/bench.json")]
    pub json: PathBuf,
}

/// A node and a server beside it, and how to reach both.
pub(super) struct World {
    pub(super) args: BenchArgs,
    pub(super) sshd: OpenSsh,
    pub(super) key: KeyPair,
    pub(super) node: Node,
    pub(super) api: Api,
    pub(super) target: String,
}

impl World {
    async fn build(args: BenchArgs) -> anyhow::Result<Self> {
        let sshd = OpenSsh::start().await?;
        let key = sshd.add_key("bench", &["-t", "ed25519", "-N", ""]).await?;
        let (node, api, target) = Self::node(&args, &sshd, &key).await?;
        Ok(Self {
            args,
            sshd,
            key,
            node,
            api,
            target,
        })
    }

    /// Replaces the node by a fresh one, which owes nothing to earlier measurements.
    pub(super) async fn renew(&mut self) -> anyhow::Result<()> {
        self.node.stop().await?;
        (self.node, self.api, self.target) = Self::node(&self.args, &self.sshd, &self.key).await?;
        Ok(())
    }

    async fn node(
        args: &BenchArgs,
        sshd: &OpenSsh,
        key: &KeyPair,
    ) -> anyhow::Result<(Node, Api, String)> {
        let most = (args.sessions + 100).to_string();
        let options = NodeOptions {
            binary: args.binary.clone(),
            ..NodeOptions::default()
        }
        .set("sessions_max_per_user", &most)
        .set("sessions_max_total", &most);
        let node = Node::with(options).await?;
        let api = node.admin().await?;
        let target = create_target(&api, key_target("bench", sshd, key, None)).await?;
        Ok((node, api, target))
    }

    fn wants(&self, name: &str) -> bool {
        self.args.only.is_empty() || self.args.only.iter().any(|only| only == name)
    }
}

/// Measures and prints the table.
///
/// # Errors
/// Something does not start or breaks on the way; missed limits are no error.
pub async fn run(args: BenchArgs) -> anyhow::Result<ExitCode> {
    let mut world = World::build(args).await?;
    let mut rows: Vec<Row> = Vec::new();
    if world.wants("output") {
        rows.extend(output::measure(&mut world).await?);
    }
    if world.wants("echo") {
        rows.extend(echo::measure(&mut world).await?);
    }
    if world.wants("open") {
        rows.push(open::measure_open(&mut world).await?);
    }
    if world.wants("join") {
        rows.push(open::measure_join(&mut world).await?);
    }
    if world.wants("interrupt") {
        rows.push(open::measure_interrupt(&mut world).await?);
    }
    if world.wants("files") {
        rows.push(files::measure(&mut world).await?);
    }
    if world.wants("memory") {
        rows.push(memory::measure(&mut world).await?);
    }
    if world.wants("desktop") {
        world.renew().await?;
        rows.extend(desktop::measure(&mut world).await?);
    }
    report::write_json(&rows, &world.args.json)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}\n", report::machine())?;
    writeln!(out, "{}", report::table(&rows))?;
    Ok(ExitCode::SUCCESS)
}

/// Says on stderr what is being measured, since a whole run takes minutes.
pub(super) fn announce(what: &str) {
    let _closed = writeln!(std::io::stderr(), "measuring {what} …");
}
