//! The other subcommands: configuration, administration from the machine itself, key rotation.

use loadtest::api::text;
use loadtest::node::{ADMIN, Node, NodeOptions};
use tests::world::{World, obeys};

#[tokio::test]
async fn a_check_names_every_mistake_at_once() -> anyhow::Result<()> {
    let node = Node::start().await?;
    let file = node.data().join("bad.toml");
    std::fs::write(
        &file,
        "[server]\nlistn = \"x\"\n[sesions]\n[log]\nformat = \"xml\"\n",
    )?;
    let path = file.display().to_string();

    let outcome = node.command(&["config", "check", "--config", &path]).await;

    let said = format!(
        "{:#}",
        outcome.err().ok_or_else(|| anyhow::anyhow!("accepted"))?
    );
    for word in ["listn", "listen", "sesions", "sessions", "xml"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    node.command(&["config", "check"]).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_shown_of_the_configuration_has_no_secrets() -> anyhow::Result<()> {
    let options = NodeOptions::default().set("redis_url", "redis://:hunter2@127.0.0.1:1/0");
    let node = Node::with(options).await?;

    let shown = node.command(&["config", "show"]).await?;

    assert!(shown.contains("detached_minutes"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    Ok(())
}

#[tokio::test]
async fn a_lost_password_is_reset_on_the_machine() -> anyhow::Result<()> {
    let node = Node::start().await?;
    let before = node.admin().await?;

    let said = node.command(&["admin", "reset-password", ADMIN]).await?;

    assert!(before.get("/me").await.is_err(), "old logins are over");
    let password = said.split_whitespace().rev().find(|word| word.len() >= 10);
    let password = password.ok_or_else(|| anyhow::anyhow!("no password in {said:?}"))?;
    let admin = node.visitor()?.sign_in(ADMIN, password).await?;
    assert_eq!(text(&admin.get("/me").await?, "name")?, ADMIN);
    Ok(())
}

#[tokio::test]
async fn a_new_link_replaces_the_old_one() -> anyhow::Result<()> {
    let node = Node::start().await?;
    let old = node.setup_token().await?;

    let said = node.command(&["admin", "setup-link"]).await?;

    let (_, new) = said
        .trim()
        .rsplit_once("/#/setup/")
        .ok_or_else(|| anyhow::anyhow!("no link in {said:?}"))?;
    let new = new.split_whitespace().next().unwrap_or_default();
    assert!(
        node.visitor()?
            .setup(&old, ADMIN, node.password())
            .await
            .is_err()
    );
    node.visitor()?.setup(new, ADMIN, node.password()).await?;
    Ok(())
}

#[tokio::test]
async fn keys_rotate_under_a_running_node() -> anyhow::Result<()> {
    let mut world = World::new().await?;

    world.node.command(&["keys", "rotate"]).await?;

    // The stored password still opens the target, now and after a restart.
    let (_, mut viewer) = world.shell().await?;
    obeys(&mut viewer).await?;
    world.node.stop().await?;
    world.node.start_again().await?;
    let admin = world
        .node
        .visitor()?
        .sign_in(ADMIN, world.node.password())
        .await?;
    let (_, mut viewer) = tests::world::shell(&admin, &world.target).await?;
    obeys(&mut viewer).await
}

#[tokio::test]
async fn a_lost_key_file_is_missed_and_not_replaced() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    let keys = world.node.data().join("keys.toml");
    let copy = world.node.data().join("keys.copy");
    world.node.stop().await?;
    std::fs::rename(&keys, &copy)?;

    let refused = world.node.start_again().await;

    let said = format!(
        "{:#}",
        refused
            .err()
            .ok_or_else(|| anyhow::anyhow!("it started without its keys"))?
    );
    assert!(said.contains("credentials are sealed with"), "{said}");
    assert!(said.contains("keys.toml"), "{said}");
    assert!(!keys.exists(), "a new key would hide that the old is lost");
    let rotate = world.node.command(&["keys", "rotate"]).await;
    assert!(rotate.is_err(), "nor does another command make one");
    assert!(!keys.exists());

    std::fs::rename(&copy, &keys)?;
    world.node.start_again().await?;
    let admin = world.node.visitor()?;
    let admin = admin.sign_in(ADMIN, world.node.password()).await?;
    let (_, mut viewer) = tests::world::shell(&admin, &world.target).await?;
    obeys(&mut viewer).await
}

#[tokio::test]
async fn a_password_reset_on_the_machine_takes_viewers_away() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (_, mut viewer) = world.shell().await?;

    world
        .node
        .command(&["admin", "reset-password", ADMIN])
        .await?;

    let code = viewer.until_closed().await?;
    assert_eq!(code, shared::close::SocketClose::SignedOut.code());
    Ok(())
}
