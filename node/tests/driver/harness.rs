//! A private sshd with temporary accounts.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use node::driver::{
    AddressPolicy, Credential, GrantParts, HostKeyPolicy, Identity, SshSettings, TargetAddress,
    TargetGrant,
};
use shared::id::{SessionId, UserId};
use shared::secret::Secret;
use shared::terminal::TerminalSize;
use tempfile::TempDir;

pub(crate) const SSHD: &str = "/usr/sbin/sshd";

/// Whether real servers can be run here; says why not.
pub(crate) fn can_run_sshd() -> bool {
    let is_root = run("id", &["-u"]).trim() == "0";
    if !is_root || !Path::new(SSHD).exists() {
        skipped(&format!("needs root and {SSHD}"));
        return false;
    }
    true
}

/// Says why a test does nothing; where every test is required, that is a failure.
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
pub(crate) fn skipped(why: &str) {
    let is_required = std::env::var_os("BATON_REQUIRE_ALL").is_some();
    assert!(!is_required, "skipped: {why}");
    eprintln!("skipped: {why}");
}

/// Runs a tool and returns its output.
pub(crate) fn run(tool: &str, arguments: &[&str]) -> String {
    let output = Command::new(tool)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs a tool that must succeed.
pub(crate) fn must(tool: &str, arguments: &[&str]) {
    let output = Command::new(tool)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{tool} {arguments:?}: {output:?}");
}

/// Waits for a condition that another process brings about.
#[expect(
    clippy::disallowed_methods,
    reason = "polls other processes, off the async threads"
)]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..400 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("never happened: {what}");
}

/// As [`until`], letting the other tasks of the test run meanwhile.
pub(crate) async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..400 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never happened: {what}");
}

pub(crate) fn random() -> String {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    format!("{:010x}", u64::from_be_bytes(bytes) >> 24)
}

/// A temporary account.
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) password: String,
    pub(crate) home: PathBuf,
}

impl Account {
    pub(crate) fn create() -> Self {
        let name = format!("baton-t{}", random());
        let password = format!("pw-{}", random());
        // Other tests make accounts at the same time, and the account files have one lock.
        until("account made", || {
            let made = Command::new("useradd")
                .args(["-m", "-s", "/bin/bash", &name])
                .stderr(Stdio::null())
                .status();
            made.unwrap().success()
        });
        let home = PathBuf::from(format!("/home/{name}"));
        let account = Self {
            name,
            password,
            home,
        };
        until("password set", || account.set_password());
        fs::write(account.home.join(".hushlogin"), "").unwrap();
        fs::write(account.home.join(".bashrc"), "PS1='ready> '\n").unwrap();
        fs::write(account.home.join(".profile"), ". ~/.bashrc\n").unwrap();
        account
    }

    fn set_password(&self) -> bool {
        let line = format!("{}:{}", self.name, self.password);
        let hashed = Command::new("sh")
            .args([
                "-c",
                "printf %s\\\\n \"$1\" | chpasswd -c SHA256 2>/dev/null",
                "sh",
                &line,
            ])
            .status();
        hashed.unwrap().success()
    }

    pub(crate) fn authorize(&self, public_keys: &str) {
        let directory = self.home.join(".ssh");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("authorized_keys"), public_keys).unwrap();
        self.own(&directory);
    }

    /// Gives a path and all below it to the account.
    pub(crate) fn own(&self, path: &Path) {
        must("chown", &["-R", &self.name, path.to_str().unwrap()]);
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity {
            user: Some(self.name.clone()),
            credentials: vec![password(&self.password)],
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        drop(run("pkill", &["-KILL", "-u", &self.name]));
        for _ in 0..100 {
            let gone = Command::new("userdel")
                .args(["-rf", &self.name])
                .stderr(Stdio::null())
                .status();
            if !gone.is_ok_and(|status| status.code() == Some(10) || status.code() == Some(1)) {
                return;
            }
        }
    }
}

pub(crate) fn password(text: &str) -> Credential {
    Credential::Password(Secret::new(text.to_owned()))
}

/// A running sshd.
pub(crate) struct Sshd {
    child: Child,
    pub(crate) directory: TempDir,
    pub(crate) port: u16,
}

const CONFIG: &str = "\
ListenAddress 127.0.0.1
UsePAM no
PermitRootLogin no
PrintMotd no
PrintLastLog no
UseDNS no
AcceptEnv BATON_*
";

impl Sshd {
    /// Starts a server; `extra` lines come first and so win (`sshd_config(5)`).
    pub(crate) fn start(extra: &str) -> Self {
        Self::start_with_keys(extra, &["ed25519"])
    }

    pub(crate) fn start_with_keys(extra: &str, kinds: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
        fs::create_dir_all("/run/sshd").unwrap();
        let port = free_port();
        let mut config = format!("{extra}\nPort {port}\nPidFile {}\n{CONFIG}", at("pid"));
        if !extra.contains("MaxStartups") {
            config.push_str("MaxStartups 5000\n");
        }
        if !extra.contains("Subsystem") {
            config.push_str("Subsystem sftp /usr/lib/openssh/sftp-server\n");
        }
        for kind in kinds {
            let file = at(kind);
            must("ssh-keygen", &["-q", "-t", kind, "-N", "", "-f", &file]);
            config.push_str("HostKey ");
            config.push_str(&file);
            config.push('\n');
        }
        fs::write(at("config"), config).unwrap();
        let child = Command::new(SSHD)
            .args(["-D", "-f", &at("config"), "-E", &at("log")])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        until("sshd listens", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Self {
            child,
            directory,
            port,
        }
    }

    pub(crate) fn address(&self) -> TargetAddress {
        TargetAddress {
            host: "127.0.0.1".to_owned(),
            port: self.port,
        }
    }

    /// The public host key of a kind, one line.
    pub(crate) fn host_key(&self, kind: &str) -> String {
        let file = self.directory.path().join(format!("{kind}.pub"));
        let line = fs::read_to_string(file).unwrap();
        let words: Vec<&str> = line.split_whitespace().take(2).collect();
        words.join(" ")
    }

    pub(crate) fn parts(&self, account: &Account) -> GrantParts {
        parts(self.address(), account.identity())
    }

    /// Every process below the listening one.
    pub(crate) fn descendants(&self) -> Vec<u32> {
        let mut found = vec![self.child.id()];
        let mut seen = 0;
        while let Some(parent) = found.get(seen).copied() {
            found.extend(children(parent));
            seen += 1;
        }
        found.split_off(1)
    }

    /// The processes below the listening one that run a program.
    pub(crate) fn descendants_named(&self, program: &str) -> Vec<u32> {
        let runs = |process: &u32| {
            let name = fs::read_to_string(format!("/proc/{process}/comm"));
            name.is_ok_and(|name| name.trim() == program)
        };
        self.descendants().into_iter().filter(runs).collect()
    }

    /// Sends a signal to every process below the listening one.
    pub(crate) fn signal_sessions(&self, signal: &str) {
        for process in self.descendants() {
            drop(run("kill", &[&format!("-{signal}"), &process.to_string()]));
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.signal_sessions("KILL");
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn children(parent: u32) -> Vec<u32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

pub(crate) fn settings() -> SshSettings {
    SshSettings {
        host_keys: HostKeyPolicy::TrustOnFirstUse { known: Vec::new() },
        term: "xterm-256color".to_owned(),
        environment: std::collections::BTreeMap::new(),
        command: None,
        keepalive: Duration::from_secs(15),
        step_timeout: Duration::from_secs(10),
        allow_legacy_algorithms: false,
        files: true,
        initial_size: TerminalSize::DEFAULT,
    }
}

pub(crate) fn parts(address: TargetAddress, identity: Identity) -> GrantParts {
    GrantParts {
        session: SessionId::generate(),
        user: UserId::generate(),
        target: None,
        address,
        addresses: AddressPolicy::metadata_denied(),
        vnc: None,
        ssh: settings(),
        identity,
        jump: None,
    }
}

pub(crate) fn grant(parts: GrantParts) -> TargetGrant {
    TargetGrant::issue(parts)
}
