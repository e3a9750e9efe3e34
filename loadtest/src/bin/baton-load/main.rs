//! The `baton-load` binary: everything that is started beside a node, for people and for scripts.

mod companions;
mod stop;
mod up;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use loadtest::bench;
use loadtest::target::demo::{DemoOptions, DemoTarget};

/// Demo target, real servers and measurements for Baton.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a shell of the current user over SSH, on loopback, with a random password.
    DemoTarget(DemoArgs),
    /// Start servers, run a command with their addresses in its environment, end them.
    With(companions::WithArgs),
    /// Start sshd, a demo target and a node; print their addresses as JSON; wait for stdin to close.
    Up(up::UpArgs),
    /// Measure speed and memory and print the table.
    Bench(bench::BenchArgs),
}

#[derive(Debug, Args)]
struct DemoArgs {
    /// Port on loopback; 0 lets the operating system choose.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Print the address with user and password as the only line on stdout.
    #[arg(long)]
    print_url: bool,
    /// Keep the host key here, so that a restart is recognised.
    #[arg(long)]
    host_key: Option<std::path::PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("BATON_LOAD_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .init();
    let outcome = match Cli::parse().command {
        Command::DemoTarget(args) => demo(args).await,
        Command::With(args) => Box::pin(companions::run(args)).await,
        Command::Up(args) => Box::pin(up::run(args)).await,
        Command::Bench(args) => Box::pin(bench::run(args)).await,
    };
    outcome.unwrap_or_else(|error| {
        let _closed = writeln!(std::io::stderr(), "baton-load: {error:#}");
        ExitCode::FAILURE
    })
}

async fn demo(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let target = DemoTarget::start(DemoOptions {
        port: args.port,
        password: std::env::var_os("BATON_DEMO_PASSWORD")
            .map(|password| password.to_string_lossy().into_owned()),
        host_key: args.host_key,
    })
    .await?;
    if args.print_url {
        say(&target.url())?;
    } else {
        say(&format!(
            "demo target: ssh -p {} {}@127.0.0.1, password {}",
            target.port(),
            target.user(),
            target.password()
        ))?;
    }
    stop::requested().await?;
    Ok(ExitCode::SUCCESS)
}

/// Prints a line on stdout at once; a closed stdout is an error, not a panic.
fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
