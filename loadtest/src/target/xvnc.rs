//! A real `TigerVNC` server on loopback with programs on its screen; ends with the value.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::process::{Process, bound_to_us, free_port, run};
use crate::random;
use crate::until::until;

/// Displays tried: far from what a person's own servers use.
const DISPLAYS: std::ops::Range<u32> = 200..1000;

/// A running X server that serves VNC. Dropping it ends it and its programs.
#[derive(Debug)]
pub struct Xvnc {
    process: Process,
    programs: Vec<Process>,
    display: u32,
    port: u16,
    password: String,
    dir: TempDir,
}

/// How to start one.
#[derive(Clone, Debug)]
pub struct XvncOptions {
    /// Width and height, in pixels.
    pub geometry: (u32, u32),
    /// Ask for a password (`VncAuth`); else nobody is asked.
    pub has_password: bool,
}

impl Default for XvncOptions {
    fn default() -> Self {
        Self {
            geometry: (1280, 720),
            has_password: true,
        }
    }
}

impl Xvnc {
    /// Whether the programs that are needed are installed.
    pub fn is_installed() -> bool {
        let is_there = |name: &str| Path::new("/usr/bin").join(name).exists();
        is_there("Xvnc") && is_there("vncpasswd")
    }

    /// Starts a server and waits until it listens.
    ///
    /// # Errors
    /// It is not installed or does not come up; the text holds its log.
    pub async fn start(options: XvncOptions) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("baton-xvnc-").tempdir()?;
        let (port, password) = (free_port()?, random::hex(4));
        let secret = password_file(dir.path(), &password).await?;
        let display = free_display().context("no X display is free")?;
        let security = if options.has_password {
            "VncAuth"
        } else {
            "None"
        };
        let (width, height) = options.geometry;
        let mut command = bound_to_us("Xvnc");
        command
            .arg(format!(":{display}"))
            .args(["-rfbport", &port.to_string(), "-localhost"])
            .args(["-SecurityTypes", security, "-PasswordFile"])
            .arg(&secret)
            .args(["-geometry", &format!("{width}x{height}"), "-depth", "24"])
            .args(["-AlwaysShared", "-AcceptSetDesktopSize=1"])
            .args(["-BlacklistThreshold=1000000", "-nolisten", "tcp", "-ac"]);
        let mut process = Process::start("Xvnc", command, &dir.path().join("log"))?;
        let waited = until("Xvnc listens", Duration::from_secs(20), async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
            anyhow::Ok(())
        })
        .await;
        process.still_runs()?;
        waited?;
        Ok(Self {
            process,
            programs: Vec::new(),
            display,
            port,
            password,
            dir,
        })
    }

    /// Runs an X program on its screen, as long as the server lives.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn show(&mut self, program: &str, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = bound_to_us(program);
        command.args(arguments).env("DISPLAY", self.display());
        let log = self
            .dir
            .path()
            .join(format!("program-{}", self.programs.len()));
        self.programs.push(Process::start(program, command, &log)?);
        Ok(())
    }

    /// Runs an X program to its end; what it printed.
    ///
    /// # Errors
    /// It cannot be started or fails.
    pub async fn run(&self, program: &str, arguments: &[&str]) -> anyhow::Result<String> {
        run(Command::new(program)
            .args(arguments)
            .env("DISPLAY", self.display()))
        .await
    }

    /// The whole screen as the X server has it: rows of four bytes, red, green, blue, 255.
    ///
    /// # Errors
    /// `xwd` fails or prints what we cannot read.
    pub async fn screen(&self) -> anyhow::Result<Vec<u8>> {
        let output = Command::new("xwd")
            .args(["-root", "-silent"])
            .env("DISPLAY", self.display())
            .output()
            .await?;
        anyhow::ensure!(output.status.success(), "xwd failed");
        pixels_of(&output.stdout).context("xwd printed something else")
    }

    /// `:N`.
    pub fn display(&self) -> String {
        format!(":{}", self.display)
    }

    /// Where it listens on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The password, where it asks for one.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// `vnc://:password@host:port`.
    pub fn url(&self) -> String {
        format!("vnc://:{}@127.0.0.1:{}", self.password, self.port)
    }

    /// The server's process, to pause or kill it.
    pub const fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}

fn free_display() -> Option<u32> {
    // Tests of other processes look for one at the same time.
    let count = DISPLAYS.end - DISPLAYS.start;
    let start = std::process::id() % count;
    let candidates = (0..count).map(|at| DISPLAYS.start + (start + at * 37) % count);
    candidates.into_iter().find(|display| {
        let lock = format!("/tmp/.X{display}-lock");
        let socket = format!("/tmp/.X11-unix/X{display}");
        !Path::new(&lock).exists() && !Path::new(&socket).exists()
    })
}

async fn password_file(dir: &Path, password: &str) -> anyhow::Result<PathBuf> {
    let mut child = Command::new("vncpasswd")
        .arg("-f")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("start vncpasswd")?;
    let mut stdin = child.stdin.take().context("vncpasswd has no input")?;
    stdin.write_all(format!("{password}\n").as_bytes()).await?;
    drop(stdin);
    let output = child.wait_with_output().await?;
    let file = dir.join("password");
    tokio::fs::write(&file, output.stdout).await?;
    Ok(file)
}

/// Pixels of an X window dump (`XWDFile.h`): 32 bits per pixel, blue first.
fn pixels_of(dump: &[u8]) -> Option<Vec<u8>> {
    let number = |index: usize| {
        let bytes = dump.get(index * 4..index * 4 + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?) as usize)
    };
    let (header, width, height) = (number(0)?, number(4)?, number(5)?);
    let (bits, stride, colors) = (number(11)?, number(12)?, number(19)?);
    // Every colour of the map takes twelve bytes.
    let start = header + colors * 12;
    if bits != 32 {
        return None;
    }
    let mut pixels = Vec::with_capacity(width * height * 4);
    for row in 0..height {
        let from = start + row * stride;
        for pixel in dump.get(from..from + width * 4)?.chunks_exact(4) {
            let &[blue, green, red, _] = pixel else {
                return None;
            };
            pixels.extend_from_slice(&[red, green, blue, 255]);
        }
    }
    Some(pixels)
}
