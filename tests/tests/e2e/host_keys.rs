//! Who vouches for a server's key, and what happens when it changes.

use loadtest::fixture::{create_target, password_target, set};
use loadtest::viewer::{AttachOptions, Viewer};
use serde_json::json;
use shared::frame::AskKind;
use tests::world::{PROMPT, World, how_it_ended, shell};

#[tokio::test]
async fn a_changed_host_key_blocks_until_an_admin_forgets_the_old_one() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    let (_, mut viewer) = world.shell().await?;
    viewer.end().await?;
    viewer.until_ended().await?;
    world.sshd.change_host_key().await?;

    let (code, said) = how_it_ended(&world.api, &world.target).await?;

    assert_eq!(code, "host_key_changed");
    assert!(said.contains("SHA256:"), "the text names the keys: {said}");
    let forget = format!("/targets/{}/host-keys", world.target);
    world.api.delete(&forget).await?;
    shell(&world.api, &world.target).await?;
    Ok(())
}

#[tokio::test]
async fn a_pinned_key_is_the_only_one_accepted() -> anyhow::Result<()> {
    let world = World::new().await?;
    let mut target = password_target("pinned", &world.sshd);
    let pin = |key: String| json!({"host_key_policy": "pinned", "pinned_keys": [key]});
    set(&mut target, "settings", pin(world.sshd.host_key()?));
    let right = create_target(&world.api, target.clone()).await?;
    shell(&world.api, &right).await?;

    let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE4xyvpmLTmqP3nZ7WvVHkUSrLB5n2nlN5vJ1ZrJYyX9";
    set(&mut target, "settings", pin(other.to_owned()));
    set(&mut target, "name", json!("pinned to another"));
    let wrong = create_target(&world.api, target).await?;
    let (code, _) = how_it_ended(&world.api, &wrong).await?;

    assert_eq!(code, "host_key_changed");
    Ok(())
}

#[tokio::test]
async fn an_unknown_key_is_shown_to_a_person_where_the_target_says_so() -> anyhow::Result<()> {
    let world = World::new().await?;
    let mut target = password_target("asks", &world.sshd);
    set(&mut target, "settings", json!({"host_key_policy": "ask"}));
    let target = create_target(&world.api, target).await?;
    let (_, mut viewer) = Viewer::open(&world.api, &target, AttachOptions::default()).await?;

    let ask = viewer.until_asked().await?;

    assert_eq!(ask.kind, i32::from(AskKind::HostKey));
    assert!(ask.text.contains("SHA256:"), "{}", ask.text);
    viewer.answer(ask.ask, &[]).await?;
    viewer.until_text(PROMPT).await?;
    // Stored by now: nobody is asked twice.
    shell(&world.api, &target).await?;
    Ok(())
}

#[tokio::test]
async fn known_hosts_lines_vouch_for_a_key_and_an_unlisted_one_is_refused() -> anyhow::Result<()> {
    let world = World::new().await?;
    let line = format!(
        "[127.0.0.1]:{} {}",
        world.sshd.port(),
        world.sshd.host_key()?
    );
    let mut target = password_target("listed", &world.sshd);
    let list = |lines: &str| json!({"host_key_policy": "known_hosts", "known_hosts": lines});
    set(&mut target, "settings", list(&line));
    let listed = create_target(&world.api, target.clone()).await?;
    shell(&world.api, &listed).await?;

    let elsewhere = format!("example.org {}", world.sshd.host_key()?);
    set(&mut target, "settings", list(&elsewhere));
    set(&mut target, "name", json!("unlisted"));
    let unlisted = create_target(&world.api, target).await?;
    let (code, _) = how_it_ended(&world.api, &unlisted).await?;

    assert_eq!(code, "host_key_unknown");
    Ok(())
}
