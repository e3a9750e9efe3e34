//! Who may do what: sign-in, grants, origins, addresses, the one-time link.

use loadtest::api::{Api, refusal, text};
use loadtest::fixture::{create_target, set, ssh_target};
use loadtest::node::{ADMIN, Node, NodeOptions};
use loadtest::target::openssh::SshdOptions;
use loadtest::viewer::{AttachOptions, Viewer};
use reqwest::Method;
use serde_json::json;
use tests::world::{World, how_it_ended_with, obeys};

/// Password of the users that tests make.
const PASSWORD: &str = "correct horse battery";

/// A user without rights, signed in.
pub(crate) async fn new_user(world: &World, name: &str) -> anyhow::Result<Api> {
    let body = json!({
        "name": name, "display_name": name, "is_admin": false, "password": PASSWORD,
    });
    world.api.post("/users", body).await?;
    let user = world.node.visitor()?.sign_in(name, PASSWORD).await?;
    let me = user.get("/me").await?;
    if me.get("must_change_password") == Some(&json!(true)) {
        let change = json!({"current": PASSWORD, "new": format!("{PASSWORD}!")});
        user.post("/me/password", change).await?;
        return world
            .node
            .visitor()?
            .sign_in(name, &format!("{PASSWORD}!"))
            .await;
    }
    Ok(user)
}

#[tokio::test]
async fn the_one_time_link_works_once() -> anyhow::Result<()> {
    let node = Node::start().await?;
    let token = node.setup_token().await?;
    let admin = node
        .visitor()?
        .setup(&token, ADMIN, node.password())
        .await?;
    assert_eq!(text(&admin.get("/me").await?, "name")?, ADMIN);

    let again = refusal(
        node.visitor()?
            .setup(&token, "second", node.password())
            .await,
    )?;
    let guess = refusal(
        node.visitor()?
            .setup("guess", "third", node.password())
            .await,
    )?;

    assert_eq!(
        (again.status, again.code.as_str()),
        (410, "setup_link_used")
    );
    assert_eq!(
        (guess.status, guess.code.as_str()),
        (403, "setup_link_unknown")
    );
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_the_same_refusal() -> anyhow::Result<()> {
    let node = Node::start().await?;
    node.admin().await?;
    let visitor = node.visitor()?;

    let wrong = refusal(visitor.sign_in(ADMIN, "not the password").await)?;
    let unknown = refusal(visitor.sign_in("nobody", "not the password").await)?;

    assert_eq!((wrong.status, wrong.code.as_str()), (401, "sign_in_failed"));
    assert_eq!(wrong, unknown);
    Ok(())
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() -> anyhow::Result<()> {
    let node = Node::start().await?;
    node.admin().await?;
    let visitor = node.visitor()?;

    let mut last = None;
    for _ in 0..12 {
        last = Some(refusal(visitor.sign_in(ADMIN, "guess").await)?);
    }

    let last = last.ok_or_else(|| anyhow::anyhow!("no try"))?;
    assert_eq!((last.status, last.code.as_str()), (429, "throttled"));
    Ok(())
}

#[tokio::test]
async fn a_stale_cookie_is_no_login() -> anyhow::Result<()> {
    let node = Node::start().await?;
    let admin = node.admin().await?;
    let before = admin.cookie().map(str::to_owned);
    admin.post("/sign-out", json!({})).await?;

    let stale = refusal(admin.get("/me").await)?;
    assert_eq!(stale.status, 401, "{stale}");
    for cookie in before.iter().map(|cookie| cookie.replace('=', "=x")) {
        let forged = node.visitor()?.with_cookie(Some(cookie));
        assert_eq!(refusal(forged.get("/me").await)?.status, 401);
    }
    Ok(())
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_login_and_its_viewers() -> anyhow::Result<()> {
    let world = World::new().await?;
    let other = world
        .node
        .visitor()?
        .sign_in(ADMIN, world.node.password())
        .await?;
    let (_, mut viewer) = tests::world::shell(&other, &world.target).await?;

    world.api.post("/sign-out-everywhere", json!({})).await?;

    assert_eq!(refusal(other.get("/me").await)?.status, 401);
    assert_eq!(refusal(world.api.get("/me").await)?.status, 401);
    let code = viewer.until_closed().await?;
    assert_eq!(code, shared::close::SocketClose::SignedOut.code());
    Ok(())
}

#[tokio::test]
async fn another_sites_page_changes_nothing() -> anyhow::Result<()> {
    let node = Node::start().await?;
    let admin = node.admin().await?;
    let cookie = admin.cookie().unwrap_or_default().to_owned();
    let client = reqwest::Client::builder().no_proxy().build()?;

    for origin in [Some("https://evil.example"), Some("null"), None] {
        let mut request = client
            .request(Method::POST, format!("{}/api/v1/sign-out", node.url()))
            .header("cookie", &cookie)
            .json(&json!({}));
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let refused = refusal(loadtest::api::accepted(request.send().await?).await)?;
        assert_eq!(
            (refused.status, refused.code.as_str()),
            (403, "bad_origin"),
            "{origin:?}"
        );
    }
    admin.get("/me").await?;
    Ok(())
}

#[tokio::test]
async fn a_user_opens_what_was_granted_and_nothing_else() -> anyhow::Result<()> {
    let world = World::new().await?;
    let user = new_user(&world, "worker").await?;
    let body = json!({"target": world.target, "cols": 80, "rows": 24});

    let refused = refusal(user.post("/sessions", body).await)?;
    assert!([403, 404].contains(&refused.status), "{refused}");
    let listed = user.get("/targets").await?;
    assert_eq!(listed.get("items"), Some(&json!([])));

    let me = user.get("/me").await?;
    let grant = json!({"user": text(&me, "id")?});
    world
        .api
        .post(&format!("/targets/{}/grants", world.target), grant)
        .await?;
    let (session, mut viewer) = tests::world::shell(&user, &world.target).await?;
    obeys(&mut viewer).await?;

    // The secret is nobody's to read, and another user's session is not his.
    let target = world.api.get(&format!("/targets/{}", world.target)).await?;
    assert!(!target.to_string().contains(&world.sshd.user.password));
    let other = new_user(&world, "other").await?;
    let refused = refusal(
        other
            .post(&format!("/sessions/{session}/ticket"), json!({}))
            .await,
    )?;
    assert!([403, 404].contains(&refused.status), "{refused}");
    for path in ["/users", "/audit", "/groups"] {
        assert_eq!(refusal(other.get(path).await)?.status, 403, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn disabling_a_user_ends_his_sessions_and_logins() -> anyhow::Result<()> {
    let world = World::new().await?;
    let user = new_user(&world, "leaver").await?;
    let me = user.get("/me").await?;
    let id = text(&me, "id")?;
    let grants = format!("/targets/{}/grants", world.target);
    world.api.post(&grants, json!({"user": id})).await?;
    let (_, mut viewer) = tests::world::shell(&user, &world.target).await?;

    let change = json!({"is_disabled": true});
    world
        .api
        .call(Method::PATCH, &format!("/users/{id}"), Some(change))
        .await?;

    let _or_closed = viewer
        .until("the end of the session", |viewer| viewer.ended.is_some())
        .await;
    assert!(viewer.ended.is_some() || viewer.closed.is_some());
    assert_eq!(refusal(user.get("/me").await)?.status, 401);
    Ok(())
}

#[tokio::test]
async fn metadata_addresses_are_never_dialled() -> anyhow::Result<()> {
    let node = NodeOptions::default().set("targets_quick_connect", "true");
    let world = World::with(node, SshdOptions::default()).await?;
    for host in [
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "0xA9FEA9FE",
        "168.63.129.16",
    ] {
        let body = json!({"quick": format!("ssh://root@{host}:22"), "cols": 80, "rows": 24});

        let (code, _) = how_it_ended_with(&world.api, body).await?;

        let refused = [
            "address_forbidden",
            "unknown_host",
            "invalid",
            "bad_request",
        ];
        assert!(refused.contains(&code.as_str()), "{host}: {code}");
    }
    let mut target = ssh_target("metadata", 22);
    set(&mut target, "host", json!("169.254.169.254"));
    set(&mut target, "user_name", json!("root"));
    let outcome = create_target(&world.api, target).await;
    if let Ok(target) = outcome {
        let (code, _) = tests::world::how_it_ended(&world.api, &target).await?;
        assert_eq!(code, "address_forbidden");
    }
    Ok(())
}

#[tokio::test]
async fn quick_connect_works_where_it_is_allowed_and_only_there() -> anyhow::Result<()> {
    let allowed = NodeOptions::default().set("targets_quick_connect", "true");
    let world = World::with(allowed, SshdOptions::default()).await?;
    let address = format!(
        "ssh://{}@127.0.0.1:{}",
        world.sshd.user.name,
        world.sshd.port()
    );
    let body = json!({"quick": address, "cols": 80, "rows": 24});
    let answer = world.api.post("/sessions", body.clone()).await?;
    let (_, mut viewer) = Viewer::follow(&world.api, &answer, AttachOptions::default()).await?;
    let user = &world.sshd.user;
    tests::world::answer_until_prompt(&mut viewer, &user.name, &user.password).await?;

    let node = Node::start().await?;
    let refused = refusal(node.admin().await?.post("/sessions", body).await)?;
    assert_eq!(refused.status, 403, "{refused}");
    Ok(())
}

#[tokio::test]
async fn secrets_reach_neither_log_nor_audit_nor_metrics() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (_, mut viewer) = world.shell().await?;
    let typed = "typed-secret-7291";
    viewer.run(&format!("echo {typed}"), typed).await?;
    let audit = world.api.get("/audit?limit=200").await?.to_string();
    let metrics = Api::new(&world.node.ops_url())?
        .request(Method::GET, "/metrics")
        .send()
        .await?
        .text()
        .await?;

    assert!(metrics.contains("baton_"), "{metrics}");
    for secret in [&world.sshd.user.password, world.node.password(), typed] {
        assert!(!world.node.log().contains(secret), "in the log: {secret}");
        assert!(!audit.contains(secret), "in the audit: {secret}");
        assert!(!metrics.contains(secret), "in the metrics: {secret}");
    }
    Ok(())
}
