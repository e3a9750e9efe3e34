//! A MariaDB server of our own: temporary files, a port nobody uses, ends with the value.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::Command;

use super::users::current;
use crate::process::{Process, bound_to_us, free_port, run};
use crate::random;
use crate::until::until;

/// A running server. Dropping it ends it and removes its files.
#[derive(Debug)]
pub struct MariaDb {
    process: Process,
    port: u16,
    password: String,
    dir: TempDir,
}

/// The authority's certificate, in the server's directory.
const AUTHORITY: &str = "ca.pem";

/// Makes an authority and a certificate for loopback; the server's options for them.
async fn certify(dir: &Path) -> anyhow::Result<[String; 3]> {
    let fresh = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    let script = format!(
        "openssl req -x509 {fresh} -keyout ca.key -out {AUTHORITY} -subj '/CN=Test authority' \
         -addext keyUsage=critical,keyCertSign && \
         openssl req -x509 {fresh} -keyout server.key -out server.pem -subj /CN=localhost \
         -CA {AUTHORITY} -CAkey ca.key -addext basicConstraints=critical,CA:FALSE \
         -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
    );
    run(Command::new("sh").current_dir(dir).args(["-c", &script])).await?;
    let option = |name: &str, file: &str| format!("--ssl-{name}={}", dir.join(file).display());
    Ok([
        option("ca", AUTHORITY),
        option("cert", "server.pem"),
        option("key", "server.key"),
    ])
}

impl MariaDb {
    /// Creates the data files, starts the server and waits until it answers.
    ///
    /// # Errors
    /// MariaDB is not installed or does not come up; the text holds its log.
    pub async fn start() -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("baton-mariadb-")
            .tempdir()?;
        let data = dir.path().join("data");
        run(Command::new("mariadb-install-db").args([
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            &format!("--user={}", current()?.name),
            &format!("--datadir={}", data.display()),
        ]))
        .await?;
        let port = free_port()?;
        let mut command = bound_to_us("mariadbd");
        command.args([
            "--no-defaults",
            &format!("--user={}", current()?.name),
            "--bind-address=127.0.0.1",
            "--character-set-server=utf8mb4",
            "--max-connections=400",
            "--innodb-flush-log-at-trx-commit=0",
            "--skip-name-resolve",
        ]);
        command
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", dir.path().join("s").display()))
            .arg(format!("--port={port}"));
        for option in certify(dir.path()).await? {
            command.arg(option);
        }
        let process = Process::start("mariadbd", command, &dir.path().join("log"))?;
        let mut server = Self {
            process,
            port,
            password: random::hex(12),
            dir,
        };
        server.prepare().await?;
        Ok(server)
    }

    async fn prepare(&mut self) -> anyhow::Result<()> {
        let limit = Duration::from_mins(1);
        let waited = until("MariaDB answers", limit, async || {
            self.sql("SELECT 1").await
        })
        .await;
        self.process.still_runs()?;
        waited?;
        self.sql(&format!(
            "CREATE USER baton@'127.0.0.1' IDENTIFIED BY '{}'; \
             GRANT ALL ON *.* TO baton@'127.0.0.1';",
            self.password
        ))
        .await?;
        Ok(())
    }

    /// Runs a statement as the server's root, over its socket.
    ///
    /// # Errors
    /// The statement fails.
    pub async fn sql(&self, statement: &str) -> anyhow::Result<String> {
        run(Command::new("mariadb")
            .args([
                "--no-defaults",
                "--user=root",
                "--batch",
                "--skip-column-names",
            ])
            .arg(format!("--socket={}", self.dir.path().join("s").display()))
            .args(["-e", statement]))
        .await
    }

    /// A fresh, empty database; its URL.
    ///
    /// # Errors
    /// The server is gone.
    pub async fn database(&self) -> anyhow::Result<String> {
        let name = format!("baton_{}", random::hex(6));
        self.sql(&format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"))
            .await?;
        Ok(format!("{}/{name}", self.url()))
    }

    /// `mysql://user:password@host:port`, without a database; may create databases.
    pub fn url(&self) -> String {
        format!("mysql://baton:{}@127.0.0.1:{}", self.password, self.port)
    }

    /// The certificate of the authority that the server's own is signed with.
    pub fn authority(&self) -> PathBuf {
        self.dir.path().join(AUTHORITY)
    }

    /// The server's process, to pause or kill it.
    pub const fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}
