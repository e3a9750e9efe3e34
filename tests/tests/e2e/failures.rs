//! Targets that are not there, do not answer, or speak something else: a clear reason, nothing hurt.

use std::time::Duration;

use loadtest::api::text;
use loadtest::fixture::{create_target, set, ssh_target};
use loadtest::target::hostile::{self, Behaviour, Hostile};
use loadtest::viewer::{AttachOptions, Viewer};
use reqwest::Method;
use serde_json::{Value, json};
use tests::world::{World, how_it_ended, obeys};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

async fn target_at(world: &World, host: &str, port: u16) -> anyhow::Result<String> {
    let mut target = ssh_target(&format!("{host}:{port}"), port);
    set(&mut target, "host", json!(host));
    set(&mut target, "user_name", json!("somebody"));
    set(
        &mut target,
        "secret",
        json!({"kind": "password", "password": "secret"}),
    );
    create_target(&world.api, target).await
}

#[tokio::test]
async fn an_unknown_host_and_a_refused_port_say_so() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (_, mut bystander) = world.shell().await?;
    let closed = loadtest::process::free_port()?;
    for (host, port, expected) in [
        ("no-such-host.invalid", 22, "unknown_host"),
        ("127.0.0.1", closed, "refused"),
    ] {
        let target = target_at(&world, host, port).await?;

        let (code, said) = how_it_ended(&world.api, &target).await?;

        assert_eq!(code, expected, "{said}");
        assert!(said.len() > 10, "{said}");
    }
    obeys(&mut bystander).await
}

#[tokio::test]
async fn every_misbehaving_server_ends_one_session_with_a_reason() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (_, mut bystander) = world.shell().await?;
    let mut waiting = Vec::new();
    for behaviour in hostile::ALL {
        let server = Hostile::start(behaviour).await?;
        let target = target_at(&world, "127.0.0.1", server.port()).await?;
        let api = &world.api;
        waiting.push(async move {
            let outcome = how_it_ended(api, &target).await;
            drop(server);
            (behaviour, outcome)
        });
    }

    for (behaviour, outcome) in futures_util::future::join_all(waiting).await {
        let (code, said) = outcome.map_err(|error| error.context(format!("{behaviour:?}")))?;
        let expected: &[&str] = match behaviour {
            Behaviour::Silent | Behaviour::StopsAfterBanner | Behaviour::StopsMidHandshake => {
                &["timed_out"]
            }
            Behaviour::Http | Behaviour::Garbage | Behaviour::EndlessBanner => {
                &["protocol_mismatch"]
            }
            Behaviour::HugePacket => &["protocol_mismatch", "target_lost"],
            Behaviour::Closes => &["protocol_mismatch", "target_lost", "refused"],
        };
        assert!(
            expected.contains(&code.as_str()),
            "{behaviour:?}: {code}: {said}"
        );
        assert!(!said.is_empty(), "{behaviour:?}");
    }
    obeys(&mut bystander).await
}

#[tokio::test]
async fn a_connection_that_hangs_can_be_cancelled() -> anyhow::Result<()> {
    let world = World::new().await?;
    let server = Hostile::start(Behaviour::Silent).await?;
    let target = target_at(&world, "127.0.0.1", server.port()).await?;
    let (_, mut viewer) = Viewer::open(&world.api, &target, AttachOptions::default()).await?;
    let start = tokio::time::Instant::now();

    viewer.end().await?;
    let ended = viewer.until_ended().await?;

    assert!(
        ["cancelled", "ended_by_user"].contains(&ended.code.as_str()),
        "{}",
        ended.code
    );
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
    Ok(())
}

#[tokio::test]
async fn a_server_that_dies_ends_its_session_and_no_other() -> anyhow::Result<()> {
    let world = World::new().await?;
    let mut other = loadtest::target::openssh::OpenSsh::start().await?;
    let target = loadtest::fixture::password_target("dies", &other);
    let target = create_target(&world.api, target).await?;
    let (_, mut viewer) = tests::world::shell(&world.api, &target).await?;
    let (_, mut bystander) = world.shell().await?;
    let user = other.user.name.clone();

    // The connection's own process, not only the listener.
    other.process().kill().await?;
    drop(other);

    let ended = viewer.until_ended().await?;
    assert!(
        ["target_lost", "target_exited"].contains(&ended.code.as_str()),
        "{user}: {}",
        ended.code
    );
    obeys(&mut bystander).await
}

/// The lines of a connection test.
async fn test_connection(world: &World, body: Value) -> anyhow::Result<Vec<Value>> {
    let answer = world
        .api
        .request(Method::POST, "/api/v1/targets/test")
        .json(&body)
        .send()
        .await?;
    let answer = loadtest::api::accepted(answer).await?.text().await?;
    Ok(answer
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?)
}

#[tokio::test]
async fn a_connection_test_names_the_step_that_failed() -> anyhow::Result<()> {
    let world = World::new().await?;

    let good = test_connection(&world, json!({"id": world.target})).await?;
    let mut closed = ssh_target("closed", loadtest::process::free_port()?);
    set(&mut closed, "user_name", json!("x"));
    let bad = test_connection(&world, closed).await?;

    let last = good.last().cloned().unwrap_or_default();
    assert_eq!(last.get("ok"), Some(&json!(true)), "{good:?}");
    assert!(good.len() >= 3, "each step is told: {good:?}");
    let last = bad.last().cloned().unwrap_or_default();
    assert_eq!(last.get("ok"), Some(&json!(false)), "{bad:?}");
    assert_eq!(text(&last, "code")?, "refused");
    Ok(())
}

/// A listener whose queue is full drops further connections, as a firewall does. Held open by the
/// value; the port.
async fn blackhole() -> anyhow::Result<(TcpListener, Vec<TcpStream>, u16)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind("127.0.0.1:0".parse()?)?;
    let listener = socket.listen(1)?;
    let port = listener.local_addr()?.port();
    let mut waiting = Vec::new();
    loop {
        let connecting = TcpStream::connect(("127.0.0.1", port));
        match tokio::time::timeout(Duration::from_millis(300), connecting).await {
            Ok(Ok(stream)) => waiting.push(stream),
            Ok(Err(_)) | Err(_) => return Ok((listener, waiting, port)),
        }
    }
}

#[tokio::test]
async fn a_blackholed_port_times_out_within_ten_seconds() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (_listener, _waiting, port) = blackhole().await?;
    let target = target_at(&world, "127.0.0.1", port).await?;
    let start = tokio::time::Instant::now();

    let (code, said) = how_it_ended(&world.api, &target).await?;

    let took = start.elapsed();
    assert_eq!(code, "timed_out", "{said}");
    assert!(said.contains("within 10 s"), "{said}");
    assert!(took >= Duration::from_secs(9), "too early: {took:?}");
    assert!(took < Duration::from_secs(30), "too late: {took:?}");
    Ok(())
}
