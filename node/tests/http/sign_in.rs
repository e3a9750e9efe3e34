//! Signing in: one refusal for every way to be wrong, delays for guessing, strict cookies.

use std::time::Duration;

use serde_json::json;

use crate::world::{PASSWORD, run, signed_in, with_config};

#[test]
fn wrong_unknown_and_disabled_are_the_same_refusal() {
    run(async |world| {
        let admin = world.admin().await;
        let user = world.user(&admin, "gone").await;
        let id = world.id(&user).await;
        let change = json!({"is_disabled": true});
        admin.patch(&format!("/api/v1/users/{id}"), change).await;

        let wrong = world.try_sign_in("admin", "not the password").await;
        let unknown = world.try_sign_in("nobody", "not the password").await;
        let disabled = world.try_sign_in("gone", PASSWORD).await;

        for answer in [&wrong, &unknown, &disabled] {
            assert_eq!(answer.refusal(), (401, "sign_in_failed".to_owned()));
            assert_eq!(
                answer.json()["error"]["message"],
                wrong.json()["error"]["message"]
            );
            assert_eq!(answer.header("set-cookie"), None);
        }
    });
}

#[test]
fn guessing_is_slowed_down_and_waiting_helps() {
    run(async |world| {
        world.admin().await;
        for _ in 0..5 {
            assert_eq!(world.try_sign_in("admin", "guess").await.status, 401);
        }

        let refused = world.try_sign_in("ADMIN ", PASSWORD).await;

        assert_eq!(refused.refusal(), (429, "throttled".to_owned()));
        assert_eq!(refused.header("retry-after"), Some("1"));
        let other = world.try_sign_in("somebody else", "guess").await;
        assert_eq!(other.status, 401, "others are not held up");
        world.clock.advance(Duration::from_secs(1));
        world.sign_in("admin", PASSWORD).await;
        assert_eq!(
            world.try_sign_in("admin", "guess").await.status,
            401,
            "a fresh start"
        );
    });
}

#[test]
fn many_guesses_at_once_gain_nothing() {
    run(async |world| {
        world.admin().await;
        let tries = (0..30).map(|_| world.try_sign_in("admin", "guess"));
        let answers = futures_util::future::join_all(tries).await;
        let checked = answers.iter().filter(|answer| answer.status == 401).count();
        assert!(checked <= 5, "{checked} guesses were checked");
    });
}

#[test]
fn the_cookie_is_out_of_reach_and_bound_to_the_host() {
    run(async |world| {
        world.admin().await;
        let answer = world.try_sign_in("admin", PASSWORD).await;
        let cookie = answer.header("set-cookie").unwrap();
        let (pair, attributes) = cookie.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        assert_eq!((name, value.len()), ("baton", 43));
        assert_eq!(
            attributes,
            " HttpOnly; SameSite=Strict; Path=/; Max-Age=43200"
        );
    });
}

#[test]
fn behind_tls_the_cookie_has_the_host_prefix() {
    let config = "[server]\npublic_url = \"https://baton.example\"\n";
    with_config(config, async |world| {
        let https = world
            .visitor
            .clone()
            .with("host", "baton.example")
            .with("origin", "https://baton.example");
        let token = world.app.setups().issue().await.unwrap().encode();
        let body = json!({"token": token, "name": "ann", "password": PASSWORD});
        let answer = https.post("/api/v1/setup", body).await;
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.starts_with("__Host-baton="), "{cookie}");
        let (_, attributes) = cookie.split_once(';').unwrap();
        assert_eq!(
            attributes,
            " HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=43200"
        );
        let me = signed_in(&https, &answer).get("/api/v1/me").await;
        assert_eq!(me.status, 200);
        assert!(me.header("strict-transport-security").is_some());
    });
}

#[test]
fn signing_in_again_leaves_no_second_login_behind() {
    run(async |world| {
        let admin = world.admin().await;
        let body = json!({"name": "admin", "password": PASSWORD});
        let again = admin.post("/api/v1/sign-in", body).await;
        let again = signed_in(&world.visitor, &again);
        assert_eq!(admin.get("/api/v1/me").await.status, 401);
        let logins = again.get("/api/v1/me/logins").await.json();
        assert_eq!(logins["items"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn absurd_names_and_passwords_are_simply_wrong() {
    run(async |world| {
        let long = "x".repeat(100_000);
        for (name, password) in [
            ("", ""),
            (long.as_str(), "x"),
            ("x", long.as_str()),
            ("\u{0}", "\u{0}"),
            ("💥", "💥"),
            ("' OR 1=1 --", "x"),
        ] {
            let answer = world.try_sign_in(name, password).await;
            assert_eq!(answer.refusal(), (401, "sign_in_failed".to_owned()));
        }
    });
}
