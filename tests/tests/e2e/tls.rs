//! TLS from PEM files, by OpenSSL's client: the certificate is used, and read again when it changes.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use loadtest::node::{Node, NodeOptions};
use loadtest::process::run;
use loadtest::until::until;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

/// Makes a self-signed certificate for 127.0.0.1.
async fn certificate(dir: &Path, name: &str) -> anyhow::Result<()> {
    let file = |end: &str| dir.join(format!("{name}.{end}")).display().to_string();
    run(Command::new("openssl").args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=baton test",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        &file("key"),
        "-out",
        &file("crt"),
    ]))
    .await?;
    Ok(())
}

/// Asks for `/` over TLS, trusting only `trusted`; the whole answer.
async fn ask(node: &Node, trusted: &Path) -> anyhow::Result<String> {
    let address = node.url().replace("http://", "");
    let mut client = Command::new("openssl")
        .args([
            "s_client",
            "-quiet",
            "-verify_return_error",
            "-connect",
            &address,
            "-CAfile",
        ])
        .arg(trusted)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let streams = client.stdin.take().zip(client.stdout.take());
    let (mut input, mut output) = streams.ok_or_else(|| anyhow::anyhow!("no pipes"))?;
    let request = format!("GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    input.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), output.read_to_end(&mut answer)).await??;
    drop(input);
    anyhow::ensure!(
        !answer.is_empty(),
        "no answer: the certificate is not trusted"
    );
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn the_page_is_served_over_tls_and_a_new_certificate_is_picked_up() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    certificate(dir.path(), "first").await?;
    certificate(dir.path(), "second").await?;
    let used = |end: &str| dir.path().join(format!("used.{end}"));
    let node = node_with(dir.path(), "first").await?;

    let answer = ask(&node, &dir.path().join("first.crt")).await?;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.to_lowercase().contains("strict-transport-security"),
        "{answer}"
    );

    for end in ["key", "crt"] {
        std::fs::copy(dir.path().join(format!("second.{end}")), used(end))?;
    }
    until(
        "the second certificate is used",
        Duration::from_mins(1),
        async || ask(&node, &dir.path().join("second.crt")).await,
    )
    .await?;
    Ok(())
}

/// A node that serves TLS from `used.crt` and `used.key` in `dir`, at first those of `name`.
async fn node_with(dir: &Path, name: &str) -> anyhow::Result<Node> {
    let used = |end: &str| dir.join(format!("used.{end}"));
    for end in ["crt", "key"] {
        std::fs::copy(dir.join(format!("{name}.{end}")), used(end))?;
    }
    let options = NodeOptions::default()
        .set("server_tls_cert", used("crt").display().to_string())
        .set("server_tls_key", used("key").display().to_string());
    Node::with(options).await
}

#[tokio::test]
async fn a_broken_pair_keeps_the_old_certificate_in_force() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    certificate(dir.path(), "first").await?;
    certificate(dir.path(), "second").await?;
    let node = node_with(dir.path(), "first").await?;

    // The key of one, the certificate of the other: a copy that was interrupted.
    std::fs::copy(dir.path().join("second.key"), dir.path().join("used.key"))?;
    let limit = Duration::from_mins(1);
    until("the broken pair is noticed", limit, async || {
        anyhow::ensure!(node.log().contains("keeping the old one"), "{}", node.log());
        Ok(())
    })
    .await?;

    let answer = ask(&node, &dir.path().join("first.crt")).await?;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    std::fs::copy(dir.path().join("second.crt"), dir.path().join("used.crt"))?;
    until("the whole pair is used", limit, async || {
        ask(&node, &dir.path().join("second.crt")).await
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn nothing_outlives_the_drain_of_a_node_with_tls() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    certificate(dir.path(), "only").await?;
    let mut node = node_with(dir.path(), "only").await?;

    let status = node.stop().await?;

    assert!(status.success(), "{}", node.log());
    let log = node.log();
    assert!(log.contains("Stopped"), "{log}");
    assert!(!log.contains("outlived the drain"), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_is_named_at_the_start() -> anyhow::Result<()> {
    let options = NodeOptions::default()
        .set("server_tls_cert", "/nonexistent/cert.pem")
        .set("server_tls_key", "/nonexistent/key.pem");
    let mut node = Node::launch(options)?;

    let status = node.process().wait(Duration::from_secs(30)).await?;

    assert!(!status.success());
    assert!(node.log().contains("/nonexistent/"), "{}", node.log());
    Ok(())
}
