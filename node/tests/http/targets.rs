//! Targets: what is written comes back, except secrets; users see what they may use.

use serde_json::json;

use crate::world::run;

const KEY: &str =
    "-----BEGIN OPENSSH PRIVATE KEY-----\nsekret-key\n-----END OPENSSH PRIVATE KEY-----\n";

#[test]
fn secrets_go_in_and_never_come_out() {
    run(async |world| {
        let admin = world.admin().await;
        let body = json!({
            "name": "box", "host": "h", "user_name": "ada",
            "secret": {"kind": "password", "password": "sekret-1"},
        });
        let made = admin.post("/api/v1/targets", body).await.json();
        let path = format!("/api/v1/targets/{}", made["id"].as_str().unwrap());
        assert_eq!(
            (&made["has_secret"], &made["user_name"]),
            (&json!(true), &json!("ada"))
        );
        let key = json!({"secret": {"kind": "private_key", "pem": KEY, "passphrase": "sekret-2"}});
        let changed = admin.patch(&path, key).await.json();
        assert_eq!(
            changed["credential"], made["credential"],
            "replaced in place"
        );

        let session = world.session(&admin, made["id"].as_str().unwrap()).await;
        let dialled = world.dial.grants.lock().unwrap().join("\n");
        assert!(
            dialled.contains("PrivateKey") && !dialled.contains("sekret"),
            "{dialled}"
        );
        for path in ["targets", "audit", "history", "sessions", "targets/recent"] {
            let text = admin.get(&format!("/api/v1/{path}")).await.text();
            assert!(!text.contains("sekret"), "{path}: {text}");
        }
        let kept = admin.patch(&path, json!({"folder": "a/b"})).await.json();
        assert_eq!(kept["has_secret"], true, "absent keeps it");
        let gone = admin.patch(&path, json!({"secret": null})).await.json();
        assert_eq!(gone["has_secret"], false, "null forgets it");
        let left = world
            .store
            .credentials()
            .list(schema::store::Page::first(10))
            .await
            .unwrap();
        assert!(left.items.is_empty(), "the sealed row is gone as well");
        admin.delete(&format!("/api/v1/sessions/{session}")).await;
    });
}

#[test]
fn settings_that_cannot_work_are_refused_with_a_sentence() {
    run(async |world| {
        let admin = world.admin().await;
        for (body, code) in [
            (json!({"name": "x"}), "bad_json"),
            (json!({"host": "x"}), "bad_json"),
            (json!({"name": "x", "host": ""}), "bad_host"),
            (json!({"name": "x", "host": "h", "port": 0}), "bad_port"),
            (json!({"name": "x", "host": "h", "port": 70000}), "bad_json"),
            (
                json!({"name": "x", "host": "h", "protocol": "telnet"}),
                "bad_protocol",
            ),
            (
                json!({"name": "x", "host": "h", "settings": {"nonsense": 1}}),
                "bad_json",
            ),
            (
                json!({"name": "x", "host": "h", "settings": {"term": "a b"}}),
                "bad_settings",
            ),
            (
                json!({"name": "x", "host": "h", "settings": {"host_key_policy": "pinned"}}),
                "bad_settings",
            ),
            (
                json!({"name": "x", "host": "h", "secret": {"kind": "password", "password": ""}}),
                "bad_secret",
            ),
            (
                json!({"name": "x", "host": "h", "secret": {"kind": "private_key", "pem": "sekret"}}),
                "bad_secret",
            ),
            (
                json!({"name": "x", "host": "h", "jump": "01890000-0000-7000-8000-000000000000"}),
                "unknown_reference",
            ),
        ] {
            let answer = admin.post("/api/v1/targets", body.clone()).await;
            assert_eq!(answer.code(), code, "{body}: {}", answer.text());
            assert!(!answer.text().contains("sekret"), "{}", answer.text());
        }
        let left = world
            .store
            .credentials()
            .list(schema::store::Page::first(10))
            .await
            .unwrap();
        assert!(
            left.items.is_empty(),
            "a refused target leaves no secret behind"
        );
    });
}

#[test]
fn users_see_only_what_they_may_use_and_none_of_its_inside() {
    run(async |world| {
        let admin = world.admin().await;
        let user = world.user(&admin, "user").await;
        let body = json!({
            "name": "mine", "host": "h", "folder": "team",
            "settings": {"environment": {"TOKEN": "inside"}, "command": "inside"},
        });
        let mine = admin.post("/api/v1/targets", body).await.json();
        let mine = mine["id"].as_str().unwrap().to_owned();
        let other = world.target(&admin, "other").await;
        world.grant(&admin, &mine, &world.id(&user).await).await;

        let listed = user.get("/api/v1/targets").await;

        let items = listed.json()["items"].clone();
        assert_eq!(items.as_array().unwrap().len(), 1);
        assert_eq!(
            (&items[0]["name"], &items[0]["may_edit"]),
            (&json!("mine"), &json!(false))
        );
        assert!(!listed.text().contains("inside"), "{}", listed.text());
        let folders = user.get("/api/v1/targets/folders").await.json();
        assert_eq!(folders["items"], json!(["team"]));
        assert_eq!(
            user.get(&format!("/api/v1/targets/{other}")).await.status,
            404
        );
        let open = json!({"target": other, "cols": 80, "rows": 24});
        let refused = user.post("/api/v1/sessions", open).await;
        assert_eq!(refused.refusal(), (404, "not_found".to_owned()));
        assert!(world.audit(&admin).await.contains(&"authz.deny".to_owned()));
        let found = user.get("/api/v1/targets?search=other").await.json();
        assert_eq!(found["items"], json!([]));
    });
}

#[test]
fn jump_hosts_go_nowhere_in_circles_and_stay_while_needed() {
    run(async |world| {
        let admin = world.admin().await;
        let a = world.target(&admin, "a").await;
        let b = world.target(&admin, "b").await;
        let path = |id: &str| format!("/api/v1/targets/{id}");
        let through_a = admin.patch(&path(&b), json!({"jump": a})).await;
        assert_eq!(through_a.json()["jump"], *a);

        let circle = admin.patch(&path(&a), json!({"jump": b})).await;
        let removed = admin.delete(&path(&a)).await;

        assert_eq!(circle.refusal(), (409, "jump_cycle".to_owned()));
        assert_eq!(removed.refusal(), (409, "target_is_jump".to_owned()));
        world.session(&admin, &b).await;
        let dialled = world.dial.grants.lock().unwrap().join("\n");
        assert!(dialled.contains("jump: Some"), "{dialled}");
        admin.patch(&path(&b), json!({"jump": null})).await;
        assert_eq!(admin.delete(&path(&a)).await.status, 204);
    });
}

#[test]
fn a_test_tells_steps_and_a_verdict() {
    run(async |world| {
        let admin = world.admin().await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let body = json!({"name": "x", "host": "127.0.0.1", "port": port});

        let answer = admin.post("/api/v1/targets/test", body).await;

        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
        let text = answer.text();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert!(lines.len() >= 2, "{text}");
        assert!(lines[0]["step"].is_string() && lines[0]["elapsed_ms"].is_u64());
        let verdict = lines.last().unwrap();
        assert_eq!(
            (&verdict["ok"], &verdict["code"]),
            (&json!(false), &json!("refused"))
        );
        let missing = json!({"id": "01890000-0000-7000-8000-000000000000"});
        assert_eq!(
            admin.post("/api/v1/targets/test", missing).await.status,
            404
        );
    });
}

#[test]
fn quick_connect_is_off_until_switched_on() {
    run(async |world| {
        let admin = world.admin().await;
        let body = json!({"quick": "ssh://u@h", "cols": 80, "rows": 24});
        let refused = admin.post("/api/v1/sessions", body).await;
        assert_eq!(refused.refusal(), (403, "quick_connect_off".to_owned()));
    });
    crate::world::with_config("[targets]\nquick_connect = true\n", async |world| {
        let admin = world.admin().await;
        let user = world.user(&admin, "user").await;
        assert_eq!(user.get("/api/v1/me").await.json()["quick_connect"], true);
        let body = json!({"quick": "ssh://u:sekret@h", "cols": 80, "rows": 24});
        let refused = user.post("/api/v1/sessions", body).await;
        assert_eq!(refused.refusal(), (400, "bad_address".to_owned()));
        assert!(!refused.text().contains("sekret"));
        let body = json!({"quick": "ssh://u@h:2200", "cols": 80, "rows": 24});
        assert_eq!(user.post("/api/v1/sessions", body).await.status, 201);
        let grants = world.dial.grants.lock().unwrap().join("\n");
        assert!(
            grants.contains("169.254.0.0") && grants.contains("127.0.0.1"),
            "{grants}"
        );
    });
}

#[test]
fn a_right_given_twice_says_so() {
    run(async |world| {
        let admin = world.admin().await;
        let user = world.user(&admin, "user").await;
        let (id, target) = (world.id(&user).await, world.target(&admin, "box").await);
        world.grant(&admin, &target, &id).await;

        let path = format!("/api/v1/targets/{target}/grants");
        let again = admin.post(&path, json!({"user": id})).await;

        assert_eq!(again.refusal(), (409, "grant_exists".to_owned()));
        let said = again.json()["error"]["message"].to_string();
        assert!(said.contains("given already"), "{said}");
    });
}

#[test]
fn a_bad_name_is_told_before_its_secret_is_sealed() {
    run(async |world| {
        let admin = world.admin().await;
        let secret = json!({"kind": "password", "password": "sekret"});
        let made = world.target(&admin, "box").await;
        let path = format!("/api/v1/targets/{made}");
        for name in [" ", "a\u{7}b", &"n".repeat(300)] {
            let body = json!({"name": name, "host": "h", "secret": secret});
            let create = admin.post("/api/v1/targets", body).await;
            assert_eq!(create.refusal(), (400, "bad_name".to_owned()), "{name:?}");
            let body = json!({"name": name, "secret": secret});
            let change = admin.patch(&path, body).await;
            assert_eq!(change.refusal(), (400, "bad_name".to_owned()), "{name:?}");
        }
        let left = world.store.credentials();
        let left = left.list(schema::store::Page::first(10)).await.unwrap();
        assert!(left.items.is_empty(), "{left:?}");
    });
}
