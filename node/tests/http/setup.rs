//! The one-time link.

use std::time::Duration;

use serde_json::json;

use crate::world::{PASSWORD, run};

fn body(token: &str, name: &str) -> serde_json::Value {
    json!({"token": token, "name": name, "password": PASSWORD})
}

#[test]
fn the_link_makes_one_admin_and_says_so_the_second_time() {
    run(async |world| {
        let needed = world.visitor.get("/api/v1/setup").await.json();
        assert_eq!(needed["needed"], true);
        let token = world.app.setups().issue().await.unwrap().encode();

        let first = world
            .visitor
            .post("/api/v1/setup", body(&token, "ann"))
            .await;
        let second = world
            .visitor
            .post("/api/v1/setup", body(&token, "bob"))
            .await;

        assert_eq!(first.status, 200);
        assert_eq!(first.json()["is_admin"], true);
        assert_eq!(second.refusal(), (410, "setup_link_used".to_owned()));
        let needed = world.visitor.get("/api/v1/setup").await.json();
        assert_eq!(needed["needed"], false);
    });
}

#[test]
fn guesses_replaced_and_expired_links_open_nothing() {
    run(async |world| {
        let replaced = world.app.setups().issue().await.unwrap().encode();
        let late = world.app.setups().issue().await.unwrap().encode();
        let guess = node::auth::Token::generate().encode();
        for token in ["", "guess", &guess, &replaced] {
            let answer = world.visitor.post("/api/v1/setup", body(token, "x")).await;
            assert_eq!(answer.refusal(), (403, "setup_link_unknown".to_owned()));
        }
        world.clock.advance(Duration::from_hours(24));
        let answer = world.visitor.post("/api/v1/setup", body(&late, "x")).await;
        assert_eq!(answer.refusal(), (410, "setup_link_expired".to_owned()));
        assert!(!world.store.users().has_any_admin().await.unwrap());
    });
}

#[test]
fn a_bad_name_or_password_does_not_use_the_link_up() {
    run(async |world| {
        world.admin().await;
        let token = world.app.setups().issue().await.unwrap().encode();
        for (name, password, code) in [
            ("admin", PASSWORD, "name_taken"),
            ("", PASSWORD, "bad_name"),
            ("next", "short", "unfit_password"),
        ] {
            let body = json!({"token": token, "name": name, "password": password});
            let answer = world.visitor.post("/api/v1/setup", body).await;
            assert_eq!(answer.code(), code);
        }
        let answer = world
            .visitor
            .post("/api/v1/setup", body(&token, "next"))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    });
}

#[test]
fn many_at_once_make_exactly_one_admin() {
    run(async |world| {
        let token = world.app.setups().issue().await.unwrap().encode();
        let tries = (0..8).map(|n| {
            let (visitor, body) = (world.visitor.clone(), body(&token, &format!("u{n}")));
            async move { visitor.post("/api/v1/setup", body).await.status }
        });
        let answers = futures_util::future::join_all(tries).await;
        let made = answers.iter().filter(|status| **status == 200).count();
        assert_eq!(made, 1, "{answers:?}");
    });
}

#[test]
fn guesses_are_slowed_down_and_leave_no_rows() {
    run(async |world| {
        let guess = node::auth::Token::generate().encode();
        for token in ["guess", &guess, "", "guess", &guess] {
            let answer = world.visitor.post("/api/v1/setup", body(token, "x")).await;
            assert_eq!(answer.refusal(), (403, "setup_link_unknown".to_owned()));
        }
        let slowed = world.visitor.post("/api/v1/setup", body(&guess, "x")).await;
        assert_eq!(slowed.refusal(), (429, "throttled".to_owned()));
        assert!(slowed.header("retry-after").is_some());

        world.clock.advance(Duration::from_mins(31));
        let admin = world.admin().await;
        let events = world.audit(&admin).await;
        let used = events.iter().filter(|code| *code == "setup.use").count();
        assert_eq!(used, 1, "only the link that worked: {events:?}");
    });
}

#[test]
fn typing_errors_of_whoever_holds_the_link_are_no_guesses() {
    run(async |world| {
        let token = world.app.setups().issue().await.unwrap().encode();
        for _ in 0..8 {
            let body = json!({"token": token, "name": "ann", "password": "short"});
            let answer = world.visitor.post("/api/v1/setup", body).await;
            assert_eq!(answer.code(), "unfit_password");
        }
        let answer = world
            .visitor
            .post("/api/v1/setup", body(&token, "ann"))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    });
}
