//! The real servers start, answer, and leave nothing behind.

use loadtest::target::mariadb::MariaDb;
use loadtest::target::openssh::OpenSsh;
use loadtest::target::redis::Redis;
use loadtest::target::ssh_client::{SshClient, sftp_get};

#[tokio::test]
async fn a_real_sshd_lets_ssh_and_sftp_in_and_leaves_no_account() -> anyhow::Result<()> {
    let server = OpenSsh::start().await?;
    let name = server.user.name.clone();
    let key = server.add_key("k", &["-t", "ed25519", "-N", ""]).await?;
    server.user.write("file", b"content").await?;

    let mut ssh = SshClient::open(&server, &key, None)?;
    ssh.read_until("ready$ ").await?;
    ssh.type_text("stty -icanon; echo go; cat >/dev/null\n")
        .await?;
    ssh.read_until("go\r\n").await?;
    for letter in b"abc" {
        ssh.echo(*letter).await?;
    }
    let copy = server.dir().join("copy");
    sftp_get(&server, &key, "file", &copy).await?;
    assert_eq!(std::fs::read(copy)?, b"content");

    drop((ssh, server));
    let accounts = std::fs::read_to_string("/etc/passwd")?;
    assert!(!accounts.contains(&name));
    Ok(())
}

#[tokio::test]
async fn mariadb_and_redis_start_with_fresh_databases() -> anyhow::Result<()> {
    let (mariadb, redis) = tokio::try_join!(MariaDb::start(), Redis::start())?;

    assert_ne!(mariadb.database().await?, mariadb.database().await?);
    assert!(redis.url().starts_with("redis://127.0.0.1:"));
    Ok(())
}
