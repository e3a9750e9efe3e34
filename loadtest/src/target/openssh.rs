//! A real OpenSSH server of our own: own keys, own configuration, a port nobody uses.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::Command;

use super::users::TestUser;
use crate::process::{Process, bound_to_us, free_port, run};
use crate::until::until;

/// What a test wants of its server.
#[derive(Clone, Debug)]
pub struct SshdOptions {
    /// `MaxStartups`; `None` keeps OpenSSH's own default.
    pub max_startups: Option<String>,
    /// Ask through PAM (keyboard-interactive) instead of taking a password.
    pub keyboard_interactive: bool,
    /// Further lines of `sshd_config`, put first: in `sshd_config` the first value wins.
    pub extra: Vec<String>,
}

impl Default for SshdOptions {
    fn default() -> Self {
        Self {
            max_startups: Some("5000".to_owned()),
            keyboard_interactive: false,
            extra: Vec::new(),
        }
    }
}

/// A running server with one account. Dropping it ends both.
#[derive(Debug)]
pub struct OpenSsh {
    process: Process,
    port: u16,
    options: SshdOptions,
    dir: TempDir,
    /// An account that may sign in.
    pub user: TestUser,
}

/// A key pair made by `ssh-keygen`.
#[derive(Clone, Debug)]
pub struct KeyPair {
    /// Private key file.
    pub file: PathBuf,
    /// Private key text (OpenSSH, or PKCS#8 when asked for).
    pub private: String,
    /// Public key line.
    pub public: String,
}

impl OpenSsh {
    /// Starts a server with generous limits and password authentication.
    ///
    /// # Errors
    /// Not root, sshd not installed, or it does not come up.
    pub async fn start() -> anyhow::Result<Self> {
        Self::with(SshdOptions::default()).await
    }

    /// Starts a server as asked for.
    ///
    /// # Errors
    /// Not root, sshd not installed, or it does not come up.
    pub async fn with(options: SshdOptions) -> anyhow::Result<Self> {
        let user = TestUser::create().await?;
        let dir = tempfile::Builder::new().prefix("baton-sshd-").tempdir()?;
        std::fs::create_dir_all("/run/sshd")?;
        new_key(dir.path(), "host_key", &["-t", "ed25519", "-N", ""]).await?;
        let port = free_port()?;
        let process = launch(dir.path(), port, &options)?;
        let mut server = Self {
            process,
            port,
            options,
            dir,
            user,
        };
        server.ready().await?;
        Ok(server)
    }

    async fn ready(&mut self) -> anyhow::Result<()> {
        let waited = until("sshd listens", Duration::from_secs(20), async || {
            tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await
        })
        .await;
        self.process.still_runs()?;
        waited?;
        Ok(())
    }

    /// Port on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The server's log.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The listening process.
    pub const fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// The server's public host key line.
    ///
    /// # Errors
    /// The file is gone.
    pub fn host_key(&self) -> anyhow::Result<String> {
        Ok(
            std::fs::read_to_string(self.dir.path().join("host_key.pub"))?
                .trim()
                .to_owned(),
        )
    }

    /// Restarts with another host key on the same port: what a man in the middle looks like.
    ///
    /// # Errors
    /// The server does not come up again.
    pub async fn change_host_key(&mut self) -> anyhow::Result<()> {
        self.process.kill().await?;
        for name in ["host_key", "host_key.pub"] {
            std::fs::remove_file(self.dir.path().join(name))?;
        }
        new_key(self.dir.path(), "host_key", &["-t", "ed25519", "-N", ""]).await?;
        self.process = launch(self.dir.path(), self.port, &self.options)?;
        self.ready().await
    }

    /// Makes a key pair with `ssh-keygen ARGS` and lets its holder in.
    ///
    /// # Errors
    /// `ssh-keygen` fails.
    pub async fn add_key(&self, name: &str, args: &[&str]) -> anyhow::Result<KeyPair> {
        let pair = new_key(self.dir.path(), name, args).await?;
        self.user.authorize(&pair.public).await?;
        Ok(pair)
    }

    /// A directory that lives as long as the server.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
}

fn launch(dir: &Path, port: u16, options: &SshdOptions) -> anyhow::Result<Process> {
    let config = dir.join("sshd_config");
    std::fs::write(&config, config_text(dir, port, options))?;
    let mut command = bound_to_us("/usr/sbin/sshd");
    command.args(["-D", "-e", "-f"]).arg(&config);
    Process::start("sshd", command, &dir.join("log"))
}

fn config_text(dir: &Path, port: u16, options: &SshdOptions) -> String {
    let mut lines = options.extra.clone();
    lines.extend([
        format!("Port {port}"),
        "ListenAddress 127.0.0.1".to_owned(),
        format!("HostKey {}", dir.join("host_key").display()),
        "PidFile none".to_owned(),
        "PermitRootLogin no".to_owned(),
        "PrintMotd no".to_owned(),
        "PrintLastLog no".to_owned(),
        "UseDNS no".to_owned(),
        "LogLevel VERBOSE".to_owned(),
        "AcceptEnv LANG LC_* BATON_*".to_owned(),
        "Subsystem sftp internal-sftp".to_owned(),
    ]);
    let (pam, password) = if options.keyboard_interactive {
        ("yes", "no")
    } else {
        ("no", "yes")
    };
    lines.push(format!("UsePAM {pam}"));
    lines.push(format!("KbdInteractiveAuthentication {pam}"));
    lines.push(format!("PasswordAuthentication {password}"));
    if let Some(limit) = &options.max_startups {
        lines.push(format!("MaxStartups {limit}"));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Makes a key pair in `dir` with `ssh-keygen ARGS`.
///
/// # Errors
/// `ssh-keygen` fails.
pub async fn new_key(dir: &Path, name: &str, args: &[&str]) -> anyhow::Result<KeyPair> {
    let file = dir.join(name);
    run(Command::new("ssh-keygen")
        .args(["-q", "-C", "baton-test"])
        .args(args)
        .arg("-f")
        .arg(&file))
    .await?;
    Ok(KeyPair {
        private: std::fs::read_to_string(&file)?,
        public: std::fs::read_to_string(file.with_extension("pub"))?
            .trim()
            .to_owned(),
        file,
    })
}
