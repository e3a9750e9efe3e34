//! A private Xvnc, and what its display really shows.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use node::driver::{
    CertificatePolicy, GrantParts, Identity, TargetAddress, TargetGrant, VncSettings,
};
use tempfile::TempDir;

use crate::harness::{free_port, must, parts, skipped, until};

/// What the tests run.
const TOOLS: [&str; 10] = [
    "Xvnc",
    "vncpasswd",
    "x11vnc",
    "Xvfb",
    "xterm",
    "xwd",
    "xwud",
    "xev",
    "xclip",
    "xsetroot",
];

/// Whether real servers can be run here; says why not.
pub(crate) fn can_run_xvnc() -> bool {
    for tool in TOOLS {
        if !Path::new("/usr/bin").join(tool).exists() {
            skipped(&format!("needs {tool}"));
            return false;
        }
    }
    true
}

/// A picture of a display: width, height, and red, green, blue, 255 for each pixel.
#[derive(PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) rgbx: Vec<u8>,
}

/// A running Xvnc.
pub(crate) struct Xvnc {
    child: Child,
    programs: Vec<Child>,
    kept: Vec<TempDir>,
    pub(crate) directory: TempDir,
    pub(crate) display: String,
    pub(crate) port: u16,
}

impl Xvnc {
    /// Starts a server with these security types and further arguments.
    pub(crate) fn start(security: &str, extra: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let password = directory.path().join("password");
        let command = format!("echo sesame42 | vncpasswd -f > {}", password.display());
        must("sh", &["-c", &command]);
        let log = fs::File::create(directory.path().join("log")).unwrap();
        let mut child = Command::new("Xvnc")
            .args(["-displayfd", "1", "-rfbport", &port.to_string()])
            .args(["-localhost", "-SecurityTypes", security])
            .args(["-PasswordFile", password.to_str().unwrap()])
            .args(["-geometry", "640x400", "-depth", "24", "-AlwaysShared"])
            .args(["-AcceptSetDesktopSize=1", "-BlacklistThreshold=1000000"])
            .args(["-nolisten", "tcp", "-ac"])
            .args(extra)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let display = display_of(&mut child);
        until("Xvnc listens", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Self {
            child,
            programs: Vec::new(),
            kept: Vec::new(),
            directory,
            display,
            port,
        }
    }

    /// Starts another kind of server: x11vnc, which shows an Xvfb display, with its own arguments.
    pub(crate) fn over_xvfb(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let mut child = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "640x400x24"])
            .args(["-nolisten", "tcp", "-ac"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let display = display_of(&mut child);
        let mut server = Self {
            child,
            programs: Vec::new(),
            kept: Vec::new(),
            directory,
            display: display.clone(),
            port,
        };
        let port_text = port.to_string();
        let mut all = vec!["-display", &display, "-rfbport", &port_text, "-localhost"];
        all.extend(["-forever", "-shared", "-quiet", "-noipv6", "-nocursor"]);
        all.extend(arguments);
        server.spawn("x11vnc", &all);
        until("x11vnc listens", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        server
    }

    pub(crate) fn address(&self) -> TargetAddress {
        TargetAddress {
            host: "127.0.0.1".to_owned(),
            port: self.port,
        }
    }

    pub(crate) fn target(&self) -> VncTarget {
        target(self.address())
    }

    /// Runs a program on the display to its end, and returns its output.
    pub(crate) fn run(&self, tool: &str, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new(tool)
            .args(arguments)
            .env("DISPLAY", &self.display)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{tool} {arguments:?}: {output:?}");
        output.stdout
    }

    /// Starts a program on the display; it ends with the server.
    pub(crate) fn spawn(&mut self, tool: &str, arguments: &[&str]) {
        let program = Command::new(tool)
            .args(arguments)
            .env("DISPLAY", &self.display)
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.programs.push(program.unwrap());
    }

    /// Owns the display's clipboard with this text.
    pub(crate) fn copy(&mut self, text: &str) {
        let file = self.directory.path().join("copied");
        fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap().to_owned();
        self.spawn(
            "xclip",
            &["-quiet", "-selection", "clipboard", "-in", &file],
        );
    }

    /// The display's clipboard, once somebody owns it.
    pub(crate) fn pasted(&self) -> Option<String> {
        let output = Command::new("timeout")
            .args(["2", "xclip", "-selection", "clipboard", "-out"])
            .env("DISPLAY", &self.display)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let is_there = output.status.success();
        is_there.then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Fills the screen with areas that each encoding treats in its own way: a pattern, text, and
    /// a picture of many colours.
    pub(crate) fn paint(&mut self) {
        self.run(
            "xsetroot",
            &["-mod", "7", "5", "-fg", "#204060", "-bg", "#c0d0e0"],
        );
        let picture = self.directory.path().join("picture.xwd");
        fs::write(&picture, gradient(230, 170)).unwrap();
        let picture = picture.to_str().unwrap().to_owned();
        self.spawn("xwud", &["-geometry", "+380+10", "-in", &picture]);
        let text = "for i in 31 32 33 34 35 36; do printf '\\033[%dmThe quick brown fox\\n' $i; \
                    done; touch drawn; exec cat";
        self.spawn(
            "xterm",
            &["-geometry", "50x12+10+10", "-e", "sh", "-c", text],
        );
        let drawn = self.directory.path().join("drawn");
        until("xterm has drawn", || drawn.exists());
        until("the picture is shown", || {
            let colours = self.picture().rgbx.chunks(4).map(<[u8]>::to_vec).collect();
            let colours: std::collections::BTreeSet<Vec<u8>> = colours;
            colours.len() > 1000
        });
    }

    /// What the display shows, without the pointer.
    pub(crate) fn picture(&self) -> Picture {
        let dump = self.run("xwd", &["-root", "-silent"]);
        let word = |at: usize| -> usize {
            let bytes = dump[at * 4..at * 4 + 4].try_into().unwrap();
            u32::from_be_bytes(bytes).try_into().unwrap()
        };
        let (width, height, stride) = (word(4), word(5), word(12));
        assert_eq!((word(7), word(11)), (0, 32), "little endian, 32 bits");
        let start = word(0) + word(19) * 12;
        let rows = dump[start..].chunks(stride).take(height);
        let rgbx = rows
            .flat_map(|row| row[..width * 4].chunks(4))
            .flat_map(|pixel| [pixel[2], pixel[1], pixel[0], 255])
            .collect();
        Picture {
            width,
            height,
            rgbx,
        }
    }

    /// Keeps a directory for as long as the server runs.
    pub(crate) fn keep(&mut self, directory: TempDir) {
        self.kept.push(directory);
    }

    /// Ends the server at once.
    pub(crate) fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Xvnc {
    fn drop(&mut self) {
        for program in &mut self.programs {
            drop(program.kill());
            drop(program.wait());
        }
        self.kill();
    }
}

/// Waits until the X server has found itself a display.
fn display_of(child: &mut Child) -> String {
    let mut number = String::new();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    said.read_line(&mut number).unwrap();
    format!(":{}", number.trim())
}

/// A window dump (X11 `XWDFile.h`) of a picture with thousands of colours.
fn gradient(width: u32, height: u32) -> Vec<u8> {
    let words = [
        104,
        7,
        2,
        24,
        width,
        height,
        0,
        0,
        32,
        0,
        32,
        32,
        width * 4,
        4,
        0x00ff_0000,
        0xff00,
        0xff,
        8,
        256,
        0,
        width,
        height,
        0,
        0,
        0,
    ];
    let mut dump: Vec<u8> = words
        .iter()
        .flat_map(|word: &u32| word.to_be_bytes())
        .collect();
    dump.extend(b"pic\0");
    for y in 0..height {
        for x in 0..width {
            let blue = (x * x / 40 + y) % 256;
            let green = (x + y * 3 / 2) % 256;
            let red = (y * y / 30 + 255 - x) % 256;
            dump.extend((red << 16 | green << 8 | blue).to_le_bytes());
        }
    }
    dump
}

/// What is dialled, in parts that a test may change.
#[derive(Clone, Debug)]
pub(crate) struct VncTarget {
    pub(crate) address: TargetAddress,
    pub(crate) settings: VncSettings,
    pub(crate) identity: Identity,
}

impl VncTarget {
    pub(crate) fn into_grant(self) -> TargetGrant {
        TargetGrant::issue(GrantParts {
            vnc: Some(self.settings),
            ..parts(self.address, self.identity)
        })
    }
}

/// A dial of `address` without a password, lossless.
pub(crate) fn target(address: TargetAddress) -> VncTarget {
    VncTarget {
        address,
        settings: VncSettings {
            certificates: CertificatePolicy::TrustOnFirstUse { known: Vec::new() },
            require_encryption: false,
            is_shared: true,
            is_view_only: false,
            quality: None,
            compression: 1,
            may_resize: true,
            step_timeout: std::time::Duration::from_secs(10),
        },
        identity: Identity::default(),
    }
}
