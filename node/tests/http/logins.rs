//! Logins: how long they last, and every way to end them.

use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::world::{PASSWORD, run};

const MINUTE: Duration = Duration::from_mins(1);

async fn is_in(client: &Client) -> bool {
    let answer = client.get("/api/v1/me").await;
    if answer.status != 200 {
        assert_eq!(answer.refusal(), (401, "signed_out".to_owned()));
    }
    answer.status == 200
}

#[test]
fn a_login_ends_after_half_an_hour_of_silence() {
    run(async |world| {
        let admin = world.admin().await;
        for _ in 0..4 {
            world.clock.advance(29 * MINUTE);
            assert!(is_in(&admin).await, "each request counts as activity");
        }
        world.clock.advance(31 * MINUTE);
        assert!(!is_in(&admin).await);
        assert!(!is_in(&admin).await);
    });
}

#[test]
fn what_the_page_asks_by_itself_keeps_no_login_alive() {
    run(async |world| {
        let admin = world.admin().await;
        let page = admin.clone().with("x-baton-background", "1");
        for _ in 0..5 {
            world.clock.advance(5 * MINUTE);
            assert!(is_in(&page).await, "a marked request is answered as any");
        }
        world.clock.advance(4 * MINUTE);
        assert!(is_in(&admin).await, "a person came back in time");
        world.clock.advance(29 * MINUTE);
        assert!(is_in(&page).await);
        world.clock.advance(2 * MINUTE);
        assert!(!is_in(&page).await && !is_in(&admin).await);
    });
}

#[test]
fn a_login_ends_after_twelve_hours_whatever_happens() {
    run(async |world| {
        let admin = world.admin().await;
        for _ in 0..35 {
            world.clock.advance(20 * MINUTE);
            assert!(is_in(&admin).await);
        }
        world.clock.advance(21 * MINUTE);
        assert!(!is_in(&admin).await);
    });
}

#[test]
fn stale_forged_and_doubled_cookies_are_no_login() {
    run(async |world| {
        let admin = world.admin().await;
        let good = admin.cookie.clone().unwrap();
        for cookie in [
            "baton=".to_owned(),
            "baton=AAAA".to_owned(),
            good.replace('=', "=x"),
            format!("{good}; {good}"),
            good.replacen("baton", "__Host-baton", 1),
        ] {
            let forged = Client {
                cookie: Some(cookie.clone()),
                ..world.visitor.clone()
            };
            assert!(!is_in(&forged).await, "{cookie}");
        }
        let left = admin.post("/api/v1/sign-out", json!({})).await;
        assert_eq!(left.status, 204);
        assert!(left.header("set-cookie").unwrap().contains("Max-Age=0"));
        assert!(!is_in(&admin).await);
    });
}

#[test]
fn a_person_sees_and_ends_own_logins_only() {
    run(async |world| {
        let admin = world.admin().await;
        let user = world.user(&admin, "user").await;
        let second = world.sign_in("user", PASSWORD).await;
        let foreign = admin.get("/api/v1/me/logins").await.json();
        let foreign = foreign["items"][0]["id"].as_str().unwrap().to_owned();
        let listed = user.get("/api/v1/me/logins").await.json();
        let items = listed["items"].as_array().unwrap();
        assert_eq!(items.len(), 2);
        let other = items.iter().find(|login| login["current"] == false);
        let other = other.unwrap()["id"].as_str().unwrap();

        let refused = user.delete(&format!("/api/v1/me/logins/{foreign}")).await;
        let ended = user.delete(&format!("/api/v1/me/logins/{other}")).await;

        assert_eq!((refused.status, ended.status), (404, 204));
        assert!(!is_in(&second).await);
        assert!(is_in(&user).await && is_in(&admin).await);
    });
}

#[test]
fn signing_out_everywhere_and_a_new_password_end_the_others() {
    run(async |world| {
        let admin = world.admin().await;
        let one = world.sign_in("admin", PASSWORD).await;
        let two = world.sign_in("admin", PASSWORD).await;
        let change = json!({"current": PASSWORD, "new": "another good one"});
        assert_eq!(one.post("/api/v1/me/password", change).await.status, 204);
        assert!(is_in(&one).await);
        assert!(!is_in(&two).await && !is_in(&admin).await);

        let again = world.sign_in("admin", "another good one").await;
        let out = one.post("/api/v1/sign-out-everywhere", json!({})).await;
        assert_eq!(out.status, 204);
        assert!(!is_in(&one).await && !is_in(&again).await);
    });
}

#[test]
fn a_new_password_is_checked_and_the_old_one_asked_for() {
    run(async |world| {
        let admin = world.admin().await;
        for (current, new, code) in [
            ("wrong", "another good one", "wrong_password"),
            (PASSWORD, "short", "unfit_password"),
            (PASSWORD, PASSWORD, "unfit_password"),
        ] {
            let change = json!({"current": current, "new": new});
            let answer = admin.post("/api/v1/me/password", change).await;
            assert_eq!(answer.code(), code);
        }
        assert!(is_in(&admin).await);
    });
}

#[test]
fn who_must_change_the_password_can_do_nothing_else() {
    run(async |world| {
        let admin = world.admin().await;
        let made = admin
            .post("/api/v1/users", json!({"name": "new"}))
            .await
            .json();
        let password = made["initial_password"].as_str().unwrap();
        let user = world.sign_in("new", password).await;

        let me = user.get("/api/v1/me").await.json();
        let refused = user.get("/api/v1/targets").await;

        assert_eq!(me["must_change_password"], true);
        assert_eq!(refused.refusal(), (403, "must_change_password".to_owned()));
        let change = json!({"current": password, "new": PASSWORD});
        assert_eq!(user.post("/api/v1/me/password", change).await.status, 204);
        assert_eq!(user.get("/api/v1/targets").await.status, 200);
    });
}

#[test]
fn a_gone_database_signs_nobody_out_at_once_and_lets_nobody_in() {
    run(async |world| {
        let admin = world.admin().await;
        let seen = world.sign_in("admin", PASSWORD).await;
        assert!(is_in(&seen).await);
        world.store.close().await;

        assert!(is_in(&seen).await, "known for a quarter of an hour");
        let stranger = Client {
            cookie: Some(format!("baton={}", node::auth::Token::generate().encode())),
            ..world.visitor.clone()
        };
        let unknown = stranger.get("/api/v1/me").await;
        assert_eq!(unknown.refusal(), (503, "database_unavailable".to_owned()));
        assert!(unknown.header("retry-after").is_some());
        let fresh = world.try_sign_in("admin", PASSWORD).await;
        assert_eq!(fresh.status, 503);
        let write = admin
            .post("/api/v1/targets", json!({"name": "x", "host": "h"}))
            .await;
        assert_eq!(write.status, 503);
        world.clock.advance(16 * MINUTE);
        assert_eq!(seen.get("/api/v1/me").await.status, 503);
    });
}

#[test]
fn a_login_that_ends_twice_at_once_is_no_error() {
    run(async |world| {
        world.admin().await;
        for _ in 0..5 {
            let login = world.sign_in("admin", PASSWORD).await;
            let ends = (0..8).map(|_| {
                let login = login.clone();
                async move { login.post("/api/v1/sign-out", json!({})).await.status }
            });
            let answers = futures_util::future::join_all(ends).await;
            let is_fine = |status: &u16| [204, 401].contains(status);
            assert!(answers.iter().all(is_fine), "{answers:?}");
        }
    });
}
