//! Starting, stopping, and what a node says when it cannot.

use std::time::Duration;

use loadtest::api::Api;
use loadtest::node::{ADMIN, Node, NodeOptions};
use nix::sys::signal::Signal;
use reqwest::Method;
use tests::tiny_disk::TinyDisk;
use tests::world::{World, in_history, obeys};

/// Starts a node that is expected to refuse; what it said.
async fn refuses(options: NodeOptions) -> anyhow::Result<String> {
    let mut node = Node::launch(options)?;
    let status = node.process().wait(Duration::from_mins(1)).await?;
    anyhow::ensure!(!status.success(), "it started: {}", node.log());
    Ok(node.log())
}

#[tokio::test]
async fn a_port_in_use_is_named() -> anyhow::Result<()> {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let port = taken.local_addr()?.port().to_string();

    for key in ["server_listen", "server_ops_listen"] {
        let options = NodeOptions::default().set(key, format!("127.0.0.1:{port}"));
        let said = refuses(options).await?;
        assert!(said.contains(&port), "{said}");
        assert!(said.contains("in use"), "{said}");
    }
    Ok(())
}

#[tokio::test]
async fn a_bad_configuration_is_refused_with_the_nearest_known_key() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("baton.toml");
    std::fs::write(
        &file,
        "[server]\nlistn = \"127.0.0.1:1\"\n[log]\nformat = \"xml\"\n",
    )?;
    let options = NodeOptions {
        arguments: vec!["--config".to_owned(), file.display().to_string()],
        ..NodeOptions::default()
    };

    let said = refuses(options).await?;

    assert!(said.contains("listn") && said.contains("listen"), "{said}");
    assert!(
        said.contains("xml") || said.contains("log.format"),
        "{said}"
    );
    Ok(())
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_made_is_named() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("file");
    std::fs::write(&file, "not a directory")?;
    let options = NodeOptions {
        data: Some(file.join("data")),
        ..NodeOptions::default()
    };

    let said = refuses(options).await?;

    assert!(said.contains("file/data"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_full_data_directory_is_named_at_the_start() -> anyhow::Result<()> {
    let place = tempfile::tempdir()?;
    let Some(disk) = TinyDisk::mount(place.path(), 256, "root")? else {
        return Ok(()); // this machine lets nobody mount
    };
    let data = disk.path().join("data");
    std::fs::create_dir(&data)?;
    disk.fill()?;
    let options = NodeOptions {
        data: Some(data.clone()),
        ..NodeOptions::default()
    };

    let said = refuses(options).await?;

    assert!(said.contains("data directory"), "{said}");
    assert!(
        said.contains("is full") && said.contains("make room"),
        "{said}"
    );
    assert!(!data.join("room").exists(), "the probe is taken away again");
    Ok(())
}

#[tokio::test]
async fn plain_http_beyond_loopback_is_warned_of() -> anyhow::Result<()> {
    let port = loadtest::process::free_port()?;
    let options = NodeOptions::default().set("server_listen", format!("0.0.0.0:{port}"));

    let node = Node::with(options).await?;

    assert!(node.log().contains("without TLS"), "{}", node.log());
    let safe = Node::start().await?;
    assert!(!safe.log().contains("without TLS"), "{}", safe.log());
    Ok(())
}

#[tokio::test]
async fn sigterm_ends_sessions_with_a_word_and_the_node_in_time() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    let (_, mut viewer) = world.shell().await?;

    world.node.process().signal(Signal::SIGTERM)?;

    let told = async { while viewer.next().await.ok().flatten().is_some() {} };
    let (status, ()) = tokio::join!(world.node.process().wait(Duration::from_secs(20)), told);
    assert!(status?.success(), "{}", world.node.log());
    let code = viewer.ended.map(|ended| ended.code);
    let closed = viewer.closed.map(|(code, _)| code);
    assert!(
        code.as_deref() == Some("node_stopping") || closed == Some(4007),
        "ended {code:?}, closed {closed:?}"
    );
    Ok(())
}

#[tokio::test]
async fn sessions_of_a_node_that_died_are_history_after_its_restart() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    let (session, mut viewer) = world.shell().await?;
    obeys(&mut viewer).await?;

    world.node.kill().await?;
    world.node.start_again().await?;

    let admin = world
        .node
        .visitor()?
        .sign_in(ADMIN, world.node.password())
        .await?;
    let (reason, _) = in_history(&admin, &session).await?;
    assert_eq!(reason, "node_lost");
    let running = admin.get("/sessions").await?;
    assert_eq!(running.get("items"), Some(&serde_json::json!([])));
    let (_, mut viewer) = tests::world::shell(&admin, &world.target).await?;
    obeys(&mut viewer).await
}

#[tokio::test]
async fn a_login_survives_a_restart_of_the_node() -> anyhow::Result<()> {
    let mut node = Node::start().await?;
    let admin = node.admin().await?;

    node.stop().await?;
    node.start_again().await?;

    admin.get("/me").await?;
    let link = node.log().matches("/#/setup/").count();
    assert_eq!(link, 1, "with an admin there is no new link");
    Ok(())
}

#[tokio::test]
async fn health_and_metrics_have_their_own_listener() -> anyhow::Result<()> {
    let node = Node::start().await?;
    let ops = Api::new(&node.ops_url())?;
    let status = async |api: &Api, path: &str| {
        let answer = api.request(Method::GET, path).send().await?;
        anyhow::Ok(answer.status().as_u16())
    };

    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(status(&ops, path).await?, 200, "{path}");
    }
    assert_eq!(status(&node.visitor()?, "/metrics").await?, 404);
    Ok(())
}

#[tokio::test]
async fn the_page_comes_with_strict_headers() -> anyhow::Result<()> {
    let node = Node::start().await?;

    let answer = node.visitor()?.request(Method::GET, "/").send().await?;

    assert_eq!(answer.status().as_u16(), 200);
    let header = |name: &str| {
        let value = answer.headers().get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let policy = header("content-security-policy");
    assert!(
        policy.contains("default-src 'self'") || policy.contains("default-src 'none'"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(
        !policy.contains("unsafe-eval'") || policy.contains("wasm-unsafe-eval"),
        "{policy}"
    );
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("referrer-policy"), "no-referrer");
    Ok(())
}

#[tokio::test]
async fn the_demo_target_is_there_from_the_first_sign_in() -> anyhow::Result<()> {
    use loadtest::target::demo::{DemoOptions, DemoTarget};
    use loadtest::viewer::{AttachOptions, Viewer};
    let demo = DemoTarget::start(DemoOptions::default()).await?;
    let options = NodeOptions::default().set("demo_target", demo.url());
    let node = Node::with(options).await?;
    let admin = node.admin().await?;

    let targets = admin.get("/targets").await?;
    let target = targets.pointer("/items/0").cloned().unwrap_or_default();
    assert_eq!(loadtest::api::text(&target, "name")?, "Demo shell");

    let id = loadtest::api::text(&target, "id")?;
    let (_, mut viewer) = Viewer::open(&admin, id, AttachOptions::default()).await?;
    viewer.until_live().await?;
    viewer.run("echo demo-$((1 + 1))", "demo-2").await
}
