//! The `baton` binary: wires the rooms together and speaks with operators.
//!
//! Exit codes: 0 done · 1 failed · 2 wrong usage or configuration · 3 not found · 4 denied ·
//! 5 unavailable, try again.

mod admin;
mod assemble;
mod cli;
mod configuration;
mod demo;
mod embedded_broker;
mod fatal;
mod keys;
mod prepare;
mod say;
mod serve;

use std::process::ExitCode;

use clap::Parser as _;

use self::cli::{Cli, Command};
use self::fatal::Fatal;

fn main() -> ExitCode {
    // Every TLS user of the process shares one provider; a second call would only return it.
    drop(rustls::crypto::ring::default_provider().install_default());
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fatal) => {
            say::error(&fatal.to_string());
            ExitCode::from(fatal.code())
        }
    }
}

fn run(cli: Cli) -> Result<(), Fatal> {
    match cli.command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Config { command } => configuration::run(command),
        Command::Admin { command } => block_on(admin::run(command)),
        Command::Keys { command } => block_on(keys::run(command)),
        Command::Version => {
            say::line(concat!("baton ", env!("CARGO_PKG_VERSION")));
            Ok(())
        }
        Command::Openapi => {
            let text = node::http::api::document().map_err(Fatal::internal)?;
            say::text(&text);
            Ok(())
        }
    }
}

/// A small runtime for commands that do one thing.
fn block_on(command: impl Future<Output = Result<(), Fatal>>) -> Result<(), Fatal> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Fatal::internal)?;
    runtime.block_on(command)
}
