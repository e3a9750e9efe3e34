//! Every way into a real sshd, and what a person is asked or told.

use loadtest::fixture::{create_target, key_target, password_target, set, ssh_target};
use loadtest::node::NodeOptions;
use loadtest::target::openssh::SshdOptions;
use loadtest::viewer::{AttachOptions, Viewer};
use serde_json::json;
use shared::frame::AskKind;
use tests::world::{PROMPT, World, how_it_ended, obeys, shell};

#[tokio::test]
async fn a_password_opens_a_shell() -> anyhow::Result<()> {
    let world = World::new().await?;

    let (_, mut viewer) = world.shell().await?;

    obeys(&mut viewer).await
}

#[tokio::test]
async fn every_kind_of_private_key_opens_a_shell() -> anyhow::Result<()> {
    let world = World::new().await?;
    for (name, passphrase, args) in [
        ("ed25519", "", &["-t", "ed25519"][..]),
        ("ecdsa", "", &["-t", "ecdsa", "-b", "256"]),
        ("rsa", "", &["-t", "rsa", "-b", "2048"]),
        (
            "ecdsa_pkcs8",
            "",
            &["-t", "ecdsa", "-b", "384", "-m", "PKCS8"],
        ),
        ("rsa_pkcs8", "", &["-t", "rsa", "-b", "2048", "-m", "PKCS8"]),
        ("ed25519_locked", "open sesame", &["-t", "ed25519"]),
        (
            "rsa_pkcs8_locked",
            "open sesame",
            &["-t", "rsa", "-b", "2048", "-m", "PKCS8"],
        ),
    ] {
        let args = [args, &["-N", passphrase]].concat();
        let key = world.sshd.add_key(name, &args).await?;
        let passphrase = (!passphrase.is_empty()).then_some(passphrase);
        let target = key_target(name, &world.sshd, &key, passphrase);
        let target = create_target(&world.api, target).await?;

        let opened = shell(&world.api, &target).await;

        let (_, mut viewer) = opened.map_err(|error| error.context(name))?;
        viewer.end().await?;
    }
    Ok(())
}

#[tokio::test]
async fn keyboard_interactive_questions_reach_the_person_or_the_stored_password()
-> anyhow::Result<()> {
    let sshd = SshdOptions {
        keyboard_interactive: true,
        ..SshdOptions::default()
    };
    let world = World::with(NodeOptions::default(), sshd).await?;

    // The stored password answers the one question that asks for a password.
    let (_, mut viewer) = world.shell().await?;
    obeys(&mut viewer).await?;

    // Without one, the person is asked.
    let mut target = ssh_target("asked", world.sshd.port());
    set(&mut target, "user_name", json!(world.sshd.user.name));
    let target = create_target(&world.api, target).await?;
    let (_, mut viewer) = Viewer::open(&world.api, &target, AttachOptions::default()).await?;
    let ask = viewer.until_asked().await?;
    assert!(!ask.fields.is_empty());
    viewer.answer(ask.ask, &[&world.sshd.user.password]).await?;
    viewer.until_text(PROMPT).await
}

#[tokio::test]
async fn missing_credentials_are_asked_for_and_not_refused() -> anyhow::Result<()> {
    let world = World::new().await?;
    let target = create_target(&world.api, ssh_target("bare", world.sshd.port())).await?;
    let (_, mut viewer) = Viewer::open(&world.api, &target, AttachOptions::default()).await?;

    let ask = viewer.until_asked().await?;

    assert_eq!(ask.kind, i32::from(AskKind::Credentials));
    let user = &world.sshd.user;
    let answers: Vec<&str> = ask
        .fields
        .iter()
        .map(|field| {
            if field.secret {
                user.password.as_str()
            } else {
                user.name.as_str()
            }
        })
        .collect();
    viewer.answer(ask.ask, &answers).await?;
    viewer.until_text(PROMPT).await?;
    obeys(&mut viewer).await
}

#[tokio::test]
async fn a_wrong_password_is_said_and_may_be_corrected() -> anyhow::Result<()> {
    let world = World::new().await?;
    let mut target = password_target("wrong", &world.sshd);
    set(
        &mut target,
        "secret",
        json!({"kind": "password", "password": "not this"}),
    );
    let target = create_target(&world.api, target).await?;
    let (_, mut viewer) = Viewer::open(&world.api, &target, AttachOptions::default()).await?;

    viewer
        .until("a question or the end", |viewer| {
            !viewer.asks.is_empty() || viewer.ended.is_some()
        })
        .await?;

    if let Some(ended) = &viewer.ended {
        assert_eq!(ended.code, "authentication_failed");
        assert!(!ended.text.is_empty());
        return Ok(());
    }
    let user = &world.sshd.user;
    tests::world::answer_until_prompt(&mut viewer, &user.name, &user.password).await
}

#[tokio::test]
async fn a_key_that_the_server_does_not_know_ends_with_a_reason() -> anyhow::Result<()> {
    let sshd = SshdOptions {
        extra: vec!["PasswordAuthentication no".to_owned()],
        ..SshdOptions::default()
    };
    let world = World::with(NodeOptions::default(), sshd).await?;
    let key = loadtest::target::openssh::new_key(
        world.sshd.dir(),
        "stranger",
        &["-t", "ed25519", "-N", ""],
    )
    .await?;
    let target = key_target("stranger", &world.sshd, &key, None);
    let target = create_target(&world.api, target).await?;

    let (code, said) = how_it_ended(&world.api, &target).await?;

    assert_eq!(code, "authentication_failed");
    assert!(!said.is_empty());
    Ok(())
}

#[tokio::test]
async fn one_target_is_reached_through_another() -> anyhow::Result<()> {
    let world = World::new().await?;
    let inner = loadtest::target::openssh::OpenSsh::start().await?;
    let mut target = password_target("behind", &inner);
    set(&mut target, "jump", json!(world.target));
    let target = create_target(&world.api, target).await?;

    let (_, mut viewer) = shell(&world.api, &target).await?;

    let user = format!("user={}", inner.user.name);
    viewer.run("echo user=$USER", &user).await?;
    assert!(
        world
            .sshd
            .log()
            .contains(&format!("Accepted password for {}", world.sshd.user.name))
    );
    Ok(())
}

#[tokio::test]
async fn the_default_of_max_startups_lets_ten_people_in_at_once() -> anyhow::Result<()> {
    let sshd = SshdOptions {
        max_startups: None,
        ..SshdOptions::default()
    };
    let world = World::with(NodeOptions::default(), sshd).await?;
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (api, target) = (world.api.clone(), world.target.clone());
        opening.spawn(async move { shell(&api, &target).await });
    }

    let mut open = Vec::new();
    while let Some(opened) = opening.join_next().await {
        open.push(opened??);
    }

    assert_eq!(open.len(), 10);
    Ok(())
}
