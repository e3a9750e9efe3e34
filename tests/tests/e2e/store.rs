//! The database under stress: MariaDB as well as SQLite, locked, gone, full, newer than we are.

use std::time::Duration;

use loadtest::api::{refusal, text};
use loadtest::fixture::{create_target, password_target};
use loadtest::node::{Node, NodeOptions};
use loadtest::target::mariadb::MariaDb;
use loadtest::target::openssh::{OpenSsh, SshdOptions};
use loadtest::target::redis::Redis;
use loadtest::until::until;
use nix::sys::signal::Signal;
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::json;
use tests::tiny_disk::TinyDisk;
use tests::world::{World, obeys, shell};

const FUTURE: &str = "INSERT INTO seaql_migrations (version, applied_at) \
                      VALUES ('m99991231_2359_from_the_future', 0)";

#[tokio::test]
async fn the_product_works_on_mariadb_and_redis() -> anyhow::Result<()> {
    let (mariadb, redis) = tokio::try_join!(MariaDb::start(), Redis::start())?;
    let node = NodeOptions::default()
        .set("database_url", mariadb.database().await?)
        .set("redis_url", redis.url());
    let mut world = World::with(node, SshdOptions::default()).await?;
    let (_, mut viewer) = world.shell().await?;
    obeys(&mut viewer).await?;
    viewer.end().await?;
    viewer.until_ended().await?;

    // A restart finds everything again.
    world.node.stop().await?;
    world.node.start_again().await?;
    let admin = world.node.visitor()?;
    let admin = admin
        .sign_in(loadtest::node::ADMIN, world.node.password())
        .await?;
    let (_, mut viewer) = shell(&admin, &world.target).await?;
    obeys(&mut viewer).await
}

#[tokio::test]
async fn sessions_outlive_their_database_and_new_ones_wait_for_it() -> anyhow::Result<()> {
    let mut mariadb = MariaDb::start().await?;
    let url = mariadb.database().await?;
    let node = NodeOptions::default().set("database_url", url);
    let world = World::with(node, SshdOptions::default()).await?;
    let (_, mut viewer) = world.shell().await?;

    // Gone without a word, as a machine that lost power.
    mariadb.process().signal(Signal::SIGSTOP)?;
    obeys(&mut viewer).await?;
    mariadb.process().kill().await?;
    obeys(&mut viewer).await?;

    let body = json!({"target": world.target, "cols": 80, "rows": 24});
    let refused = refusal(world.api.post("/sessions", body).await)?;
    assert_eq!(refused.status, 503, "{refused}");
    obeys(&mut viewer).await
}

#[tokio::test]
async fn a_locked_sqlite_is_an_answer_and_not_a_hang() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (_, mut viewer) = world.shell().await?;
    let file = world.node.data().join("baton.db");
    let holder = Database::connect(format!("sqlite://{}?mode=rw", file.display())).await?;
    let lock = sea_orm::TransactionTrait::begin(&holder).await?;
    lock.execute_unprepared("DELETE FROM audit WHERE 1 = 0")
        .await?;

    let create = create_target(&world.api, password_target("while locked", &world.sshd));
    let outcome = tokio::time::timeout(Duration::from_secs(30), create).await?;

    let refused = refusal(outcome)?;
    assert_eq!(refused.status, 503, "{refused}");
    obeys(&mut viewer).await?;
    lock.rollback().await?;
    create_target(&world.api, password_target("after", &world.sshd)).await?;
    Ok(())
}

#[tokio::test]
async fn a_newer_schema_is_left_alone_by_an_older_node() -> anyhow::Result<()> {
    let mut node = Node::start().await?;
    node.stop().await?;
    let file = node.data().join("baton.db");
    let database = Database::connect(format!("sqlite://{}?mode=rw", file.display())).await?;
    database.execute_unprepared(FUTURE).await?;
    database.close().await?;

    let refused = node.start_again().await;

    let said = format!(
        "{:#}",
        refused.err().ok_or_else(|| anyhow::anyhow!("it started"))?
    );
    assert!(said.contains("newer"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_newer_schema_on_mariadb_is_refused_too() -> anyhow::Result<()> {
    let mariadb = MariaDb::start().await?;
    let url = mariadb.database().await?;
    let options = NodeOptions::default().set("database_url", url.clone());
    let mut node = Node::with(options).await?;
    node.stop().await?;
    let name = url.rsplit('/').next().unwrap_or_default();
    mariadb.sql(&format!("USE {name}; {FUTURE}")).await?;

    let refused = node.start_again().await;

    let said = format!(
        "{:#}",
        refused.err().ok_or_else(|| anyhow::anyhow!("it started"))?
    );
    assert!(said.contains("newer"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_at_the_start() -> anyhow::Result<()> {
    let port = loadtest::process::free_port()?;
    let url = format!("mysql://baton:hunter2secret@127.0.0.1:{port}/baton");
    let options = NodeOptions::default().set("database_url", url);
    let mut node = Node::launch(options)?;

    let status = node.process().wait(Duration::from_mins(1)).await?;

    assert!(!status.success());
    let log = node.log();
    assert!(log.to_lowercase().contains("database"), "{log}");
    assert!(
        !log.contains("hunter2secret"),
        "the password is printed: {log}"
    );
    Ok(())
}

#[tokio::test]
async fn a_full_data_directory_hurts_no_running_session() -> anyhow::Result<()> {
    let place = tempfile::tempdir()?;
    let Some(disk) = TinyDisk::mount(place.path(), 8192, "root")? else {
        return Ok(()); // this machine lets nobody mount
    };
    let options = NodeOptions {
        data: Some(disk.path().join("data")),
        ..NodeOptions::default()
    };
    let world = World::with(options, SshdOptions::default()).await?;
    let (_, mut viewer) = world.shell().await?;

    disk.fill()?;
    obeys(&mut viewer).await?;
    let mut refused = None;
    for count in 0..200 {
        let target = password_target(&format!("{count} {}", "x".repeat(100)), &world.sshd);
        if let Err(error) = create_target(&world.api, target).await {
            refused = Some(error.downcast::<loadtest::api::Refusal>()?);
            break;
        }
    }
    let refused = refused.ok_or_else(|| anyhow::anyhow!("a full disk took everything"))?;
    assert!([503, 507].contains(&refused.status), "{refused}");
    obeys(&mut viewer).await?;

    disk.free()?;
    until("room again", Duration::from_secs(20), async || {
        create_target(&world.api, password_target("after", &world.sshd)).await
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn sign_in_works_without_redis() -> anyhow::Result<()> {
    let mut redis = Redis::start().await?;
    let node = NodeOptions::default().set("redis_url", redis.url());
    let (node, sshd) = tokio::try_join!(Node::with(node), OpenSsh::start())?;
    let admin = node.admin().await?;
    redis.process().kill().await?;

    let again = node.visitor()?;
    let again = again
        .sign_in(loadtest::node::ADMIN, node.password())
        .await?;

    assert_eq!(
        text(&again.get("/me").await?, "name")?,
        loadtest::node::ADMIN
    );
    let target = create_target(&admin, password_target("after", &sshd)).await?;
    let (_, mut viewer) = shell(&admin, &target).await?;
    obeys(&mut viewer).await
}
