//! `baton-load up`: a node with targets for scripts that are not Rust, such as the browser tests.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use loadtest::node::{Node, NodeOptions};
use loadtest::target::demo::{DemoOptions, DemoTarget};
use loadtest::target::openssh::OpenSsh;
use loadtest::target::xvnc::{Xvnc, XvncOptions};
use serde_json::json;

use crate::{say, stop};

/// What to start.
#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// The `baton` binary; else the one built beside us.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// A setting of the node, `section_key=value`; may be repeated.
    #[arg(long = "set", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// A desktop as well: Xvnc with a shell in an xterm.
    #[arg(long)]
    desktop: bool,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("not section_key=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Starts everything, prints where it is, and waits for stdin to close.
pub(crate) async fn run(args: UpArgs) -> anyhow::Result<ExitCode> {
    let sshd = OpenSsh::start().await?;
    let demo = DemoTarget::start(DemoOptions::default()).await?;
    let desktop = if args.desktop {
        let mut server = Xvnc::start(XvncOptions::default()).await?;
        server.show("xterm", &["-geometry", "100x30+40+40", "-e", "/bin/sh"])?;
        Some(server)
    } else {
        None
    };
    let demo_urls: Vec<String> = std::iter::once(demo.url())
        .chain(desktop.as_ref().map(Xvnc::url))
        .collect();
    let options = NodeOptions {
        binary: args.binary,
        settings: args.settings,
        ..NodeOptions::default()
    }
    .set("demo_target", demo_urls.join(","));
    let mut node = Node::with(options).await?;
    let link = format!("{}/#/setup/{}", node.url(), node.setup_token().await?);
    say(&json!({
        "url": node.url(),
        "ops_url": node.ops_url(),
        "setup_link": link,
        "log": node.process().log_path(),
        "ssh": {
            "host": "127.0.0.1",
            "port": sshd.port(),
            "user": sshd.user.name,
            "password": sshd.user.password,
            "home": sshd.user.home,
        },
        "desktop": desktop.as_ref().map(|server| json!({"display": server.display()})),
        "demo": {"url": demo.url(), "port": demo.port(), "user": demo.user()},
    })
    .to_string())?;
    stop::requested().await?;
    node.stop().await?;
    Ok(ExitCode::SUCCESS)
}
