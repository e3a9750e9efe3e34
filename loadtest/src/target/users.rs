//! Accounts that exist only while a test runs, named so that a later run can sweep up after a killed one.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, getuid};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::process::run;
use crate::random;

/// Every account of ours starts so, followed by our process id and a random part.
const PREFIX: &str = "bt-";

/// One process at a time may change the account database.
const LOCK: &str = "baton-test-users.lock";

/// An account with a password and a quiet, predictable shell. Dropping it removes it.
#[derive(Debug)]
pub struct TestUser {
    /// Name to sign in with.
    pub name: String,
    /// Random password.
    pub password: String,
    /// Home directory.
    pub home: PathBuf,
}

impl TestUser {
    /// Creates an account of this machine; needs root.
    ///
    /// # Errors
    /// We are not root, or `useradd` and `chpasswd` fail.
    pub async fn create() -> anyhow::Result<Self> {
        anyhow::ensure!(
            getuid().is_root(),
            "real sshd tests create accounts, which needs root: run them as root or in a container"
        );
        sweep().await?;
        let name = format!("{PREFIX}{}-{}", std::process::id(), random::hex(3));
        let user = Self {
            home: Path::new("/home").join(&name),
            password: random::hex(8),
            name,
        };
        run(locked("useradd").args(["--create-home", "--shell", "/bin/bash", &user.name])).await?;
        user.set_password().await?;
        user.write(".hushlogin", b"").await?;
        // A prompt that tests recognise, and no files that a distribution may fill with surprises.
        user.write(".bashrc", b"PS1='ready$ '\nunset PROMPT_COMMAND\n")
            .await?;
        user.write(".profile", b". ~/.bashrc\n").await?;
        Ok(user)
    }

    async fn set_password(&self) -> anyhow::Result<()> {
        let mut child = locked("chpasswd")
            .stdin(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut stdin = child.stdin.take().context("chpasswd has no input")?;
        stdin
            .write_all(format!("{}:{}\n", self.name, self.password).as_bytes())
            .await?;
        drop(stdin);
        anyhow::ensure!(child.wait().await?.success(), "chpasswd failed");
        Ok(())
    }

    /// Writes a file below the home directory, owned by the user, mode 0600.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn write(&self, path: &str, content: &[u8]) -> anyhow::Result<PathBuf> {
        let file = self.home.join(path);
        if let Some(parent) = file.parent().filter(|parent| !parent.exists()) {
            std::fs::create_dir(parent)?;
            self.own(parent, 0o700)?;
        }
        tokio::fs::write(&file, content).await?;
        self.own(&file, 0o600)?;
        Ok(file)
    }

    fn own(&self, path: &Path, mode: u32) -> anyhow::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let user = User::from_name(&self.name)?.context("the account is gone")?;
        nix::unistd::chown(path, Some(user.uid), Some(user.gid))?;
        Ok(std::fs::set_permissions(
            path,
            std::fs::Permissions::from_mode(mode),
        )?)
    }

    /// Lets the holder of this public key in.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn authorize(&self, public_key: &str) -> anyhow::Result<()> {
        let file = self.home.join(".ssh/authorized_keys");
        let known = tokio::fs::read_to_string(&file).await.unwrap_or_default();
        self.write(
            ".ssh/authorized_keys",
            format!("{known}{public_key}\n").as_bytes(),
        )
        .await?;
        Ok(())
    }
}

impl Drop for TestUser {
    fn drop(&mut self) {
        remove(&self.name);
    }
}

/// The name, home and login shell of whoever runs us.
///
/// # Errors
/// The account database does not know us.
pub fn current() -> anyhow::Result<User> {
    User::from_uid(getuid())?.context("the current user has no account")
}

fn locked(program: &str) -> Command {
    let mut command = Command::new("flock");
    command
        .arg(std::env::temp_dir().join(LOCK))
        .arg(program)
        .kill_on_drop(true);
    command
}

/// Removes accounts whose run was killed before it could.
async fn sweep() -> anyhow::Result<()> {
    let accounts = tokio::fs::read_to_string("/etc/passwd").await?;
    for name in accounts.lines().filter_map(|line| line.split(':').next()) {
        let owner = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('-').next())
            .and_then(|pid| pid.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            remove(name);
        }
    }
    Ok(())
}

/// Ends what still runs as `name` (an account of ours) and deletes it with its files.
fn remove(name: &str) {
    if let Ok(Some(user)) = User::from_name(name) {
        end_processes_of(user.uid.as_raw());
    }
    let _best_effort = std::process::Command::new("flock")
        .arg(std::env::temp_dir().join(LOCK))
        .args(["userdel", "--force", "--remove", name])
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status();
}

fn end_processes_of(uid: u32) {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return;
    };
    for entry in entries.flatten() {
        let pid = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        let theirs = entry.metadata().is_ok_and(|meta| meta.uid() == uid);
        if let Some(pid) = pid.filter(|_| theirs) {
            let _already_gone = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}
