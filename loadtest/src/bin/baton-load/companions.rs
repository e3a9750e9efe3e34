//! `baton-load with`: servers that live exactly as long as one command.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use loadtest::process::bound_to_us;
use loadtest::target::demo::{DemoOptions, DemoTarget};
use loadtest::target::mariadb::MariaDb;
use loadtest::target::redis::Redis;
use loadtest::target::xvnc::{Xvnc, XvncOptions};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::IsTerminal as _;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

/// What to start and what to run beside it.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "one switch per server")]
pub(crate) struct WithArgs {
    /// A demo SSH target; its address in `BATON_DEMO_TARGET`.
    #[arg(long)]
    demo: bool,
    /// Keep the demo target's host key here, so that a restart is recognised.
    #[arg(long)]
    demo_host_key: Option<std::path::PathBuf>,
    /// A demo desktop beside it, where Xvnc is installed; its address in `BATON_DEMO_TARGET`, too.
    #[arg(long)]
    demo_desktop: bool,
    /// `MariaDB`; its address in `BATON_TEST_MYSQL_URL` (may create databases), its authority's
    /// certificate in `BATON_TEST_MYSQL_CA`.
    #[arg(long)]
    mariadb: bool,
    /// Redis; its address in `BATON_TEST_REDIS_URL`.
    #[arg(long)]
    redis: bool,
    /// The command and its arguments.
    #[arg(trailing_var_arg = true, required = true)]
    command: Vec<String>,
}

/// Starts, runs, ends; the exit status is the command's.
pub(crate) async fn run(args: WithArgs) -> anyhow::Result<ExitCode> {
    let (program, rest) = args.command.split_first().context("no command")?;
    let mut command = bound_to_us(program);
    command.args(rest);
    let demo = if args.demo {
        let options = DemoOptions {
            host_key: args.demo_host_key,
            ..DemoOptions::default()
        };
        Some(DemoTarget::start(options).await?)
    } else {
        None
    };
    let desktop = if args.demo_desktop && Xvnc::is_installed() {
        Some(demo_desktop().await?)
    } else {
        None
    };
    let demo_urls: Vec<String> = [
        demo.as_ref().map(DemoTarget::url),
        desktop.as_ref().map(Xvnc::url),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (mariadb, redis) = tokio::try_join!(
        async {
            Ok(if args.mariadb {
                Some(MariaDb::start().await?)
            } else {
                None
            })
        },
        async {
            anyhow::Ok(if args.redis {
                Some(Redis::start().await?)
            } else {
                None
            })
        },
    )?;
    for (name, url) in [
        (
            "BATON_DEMO_TARGET",
            (!demo_urls.is_empty()).then(|| demo_urls.join(",")),
        ),
        ("BATON_TEST_MYSQL_URL", mariadb.as_ref().map(MariaDb::url)),
        ("BATON_TEST_REDIS_URL", redis.as_ref().map(Redis::url)),
    ] {
        if let Some(url) = url {
            command.env(name, url);
        }
    }
    if let Some(mariadb) = &mariadb {
        command.env("BATON_TEST_MYSQL_CA", mariadb.authority());
    }
    let code = supervise(command).await?;
    // Explicit: everything above must outlive the command.
    drop((demo, desktop, mariadb, redis));
    Ok(ExitCode::from(code))
}

/// A desktop with something to look at, as far as it is installed.
async fn demo_desktop() -> anyhow::Result<Xvnc> {
    let mut server = Xvnc::start(XvncOptions::default()).await?;
    for (program, arguments) in [
        ("xsetroot", &["-solid", "#20304a"][..]),
        (
            "xterm",
            &[
                "-geometry",
                "100x32+60+60",
                "-fa",
                "DejaVu Sans Mono",
                "-fs",
                "11",
            ],
        ),
        ("xclock", &["-geometry", "180x180-40+40", "-update", "1"]),
    ] {
        if Path::new("/usr/bin").join(program).exists() {
            server.show(program, arguments)?;
        }
    }
    Ok(server)
}

/// Runs the command, passing on what we are told; its exit code as a shell would say it.
async fn supervise(mut command: Command) -> anyhow::Result<u8> {
    use std::os::unix::process::ExitStatusExt as _;
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    let mut child = command
        .spawn()
        .with_context(|| format!("start {command:?}"))?;
    let pid = Pid::from_raw(i32::try_from(child.id().context("no id")?)?);
    // Ctrl-C at a terminal reaches the whole foreground group, so the child has it already.
    let is_shared = std::io::stdin().is_terminal();
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = term.recv() => kill(pid, Signal::SIGTERM)?,
            _ = int.recv() => if !is_shared { kill(pid, Signal::SIGINT)?; },
        }
    };
    let code = status.code().or_else(|| status.signal().map(|n| 128 + n));
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
