//! Starts the program behind a channel: a login shell or a command, on a PTY or on pipes.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::process::Stdio;

use anyhow::Context as _;
use pty_process::{OwnedReadPty, OwnedWritePty, Size};
use shared::terminal::TerminalSize;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use super::server::House;

/// What the client asked for before it asked to start.
#[derive(Debug, Default)]
pub(super) struct Wish {
    pub(super) pty: Option<Pty>,
    pub(super) environment: Vec<(String, String)>,
    pub(super) command: Option<Vec<u8>>,
}

/// A pseudo-terminal as asked for.
#[derive(Debug)]
pub(super) struct Pty {
    term: String,
    size: TerminalSize,
}

impl Pty {
    pub(super) fn new(term: String, cols: u32, rows: u32) -> Self {
        Self {
            term,
            size: TerminalSize::clamped(cols, rows),
        }
    }

    pub(super) fn resize(&mut self, cols: u32, rows: u32) {
        self.size = TerminalSize::clamped(cols, rows);
    }
}

/// A running program and its ends.
pub(super) struct Program {
    pub(super) child: Child,
    pub(super) pid: i32,
    pub(super) ends: Ends,
}

/// Where a program reads and writes.
pub(super) enum Ends {
    Pty {
        output: OwnedReadPty,
        input: OwnedWritePty,
    },
    Pipes {
        output: ChildStdout,
        errors: ChildStderr,
        input: ChildStdin,
    },
}

/// The kernel's form of a terminal size.
pub(super) fn size(size: TerminalSize) -> Size {
    Size::new(size.rows(), size.cols())
}

/// Starts what was wished for.
pub(super) fn start(wish: &Wish, house: &House) -> anyhow::Result<Program> {
    let (child, ends) = match &wish.pty {
        Some(pty) => on_pty(pty, wish, house)?,
        None => on_pipes(wish, house)?,
    };
    let pid = i32::try_from(child.id().context("the program has ended already")?)?;
    Ok(Program { child, pid, ends })
}

fn on_pty(pty: &Pty, wish: &Wish, house: &House) -> anyhow::Result<(Child, Ends)> {
    let (master, slave) = pty_process::open()?;
    master.resize(size(pty.size))?;
    let mut command = pty_process::Command::new(&house.shell)
        .env_clear()
        .envs(environment(wish, house))
        .env("TERM", &pty.term)
        .current_dir(&house.home)
        .kill_on_drop(true);
    command = match &wish.command {
        Some(text) => command.arg("-c").arg(OsString::from_vec(text.clone())),
        None => command.arg0(login_name(house)),
    };
    let child = command.spawn(slave)?;
    let (output, input) = master.into_split();
    Ok((child, Ends::Pty { output, input }))
}

fn on_pipes(wish: &Wish, house: &House) -> anyhow::Result<(Child, Ends)> {
    let mut command = Command::new(&house.shell);
    command
        .env_clear()
        .envs(environment(wish, house))
        .current_dir(&house.home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    match &wish.command {
        Some(text) => command.arg("-c").arg(OsString::from_vec(text.clone())),
        None => command.arg0(login_name(house)),
    };
    let mut child = command.spawn()?;
    let ends = Ends::Pipes {
        output: child.stdout.take().context("no output")?,
        errors: child.stderr.take().context("no error output")?,
        input: child.stdin.take().context("no input")?,
    };
    Ok((child, ends))
}

/// A shell whose name starts with a dash is a login shell.
fn login_name(house: &House) -> OsString {
    let mut name = OsString::from("-");
    name.push(house.shell.file_name().unwrap_or_default());
    name
}

fn environment(wish: &Wish, house: &House) -> Vec<(OsString, OsString)> {
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let mut all: Vec<(OsString, OsString)> = vec![
        ("PATH".into(), path.into()),
        ("LANG".into(), "C.UTF-8".into()),
    ];
    all.extend(
        wish.environment
            .iter()
            .map(|(name, value)| (name.into(), value.into())),
    );
    // Last, so that a client cannot pretend to be somebody else.
    all.extend([
        ("HOME".into(), house.home.clone().into_os_string()),
        ("SHELL".into(), house.shell.clone().into_os_string()),
        ("USER".into(), house.user().into()),
        ("LOGNAME".into(), house.user().into()),
    ]);
    all
}
