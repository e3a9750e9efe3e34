//! Sessions: theirs is not ours, tickets are good once, ends are told.

use serde_json::json;

use crate::world::{run, until, with_config};

#[test]
fn a_session_is_its_owners_and_an_id_proves_nothing() {
    run(async |world| {
        let admin = world.admin().await;
        let owner = world.user(&admin, "owner").await;
        let other = world.user(&admin, "other").await;
        let target = world.target(&admin, "host").await;
        world.grant(&admin, &target, &world.id(&owner).await).await;
        let session = world.session(&owner, &target).await;
        let path = format!("/api/v1/sessions/{session}");

        for (method, path, body) in [
            ("GET", path.clone(), None),
            ("DELETE", path.clone(), None),
            ("POST", format!("{path}/ticket"), Some(json!({}))),
            ("GET", format!("{path}/files?path=/"), None),
        ] {
            let answer = other.send(method, &path, body).await;
            assert_eq!(
                answer.refusal(),
                (404, "not_found".to_owned()),
                "{method} {path}"
            );
        }
        let listed = other.get("/api/v1/sessions").await.json();
        assert_eq!(listed["items"], json!([]));
        assert_eq!(other.get("/api/v1/sessions?all=true").await.status, 403);
        let mine = owner.get(&path).await.json();
        assert_eq!(
            (&mine["phase"], &mine["title"]),
            (&json!("live"), &json!("host"))
        );
        assert_eq!(mine["viewers"], 0);
    });
}

#[test]
fn admins_see_and_end_sessions_of_others_but_not_their_files() {
    run(async |world| {
        let admin = world.admin().await;
        let owner = world.user(&admin, "owner").await;
        let target = world.target(&admin, "host").await;
        world.grant(&admin, &target, &world.id(&owner).await).await;
        let session = world.session(&owner, &target).await;
        let path = format!("/api/v1/sessions/{session}");

        assert_eq!(admin.get(&format!("{path}/files?path=/")).await.status, 404);
        let ticket = admin
            .post(&format!("{path}/ticket"), json!({}))
            .await
            .json();
        let ticket = base64(ticket["ticket"].as_str().unwrap());
        let pass = world.app.tickets().redeem(&ticket).unwrap();
        assert!(pass.is_read_only, "an admin watches, and does not type");
        assert!(
            world
                .audit(&admin)
                .await
                .contains(&"session.watch".to_owned())
        );
        assert_eq!(admin.delete(&path).await.status, 204);
        until("the end is history", async || {
            let history = owner.get("/api/v1/history").await.json();
            history["items"][0]["reason"] == "ended_by_admin"
        })
        .await;
    });
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text)
        .unwrap()
}

#[test]
fn an_ended_session_leaves_the_list_for_the_history() {
    run(async |world| {
        let admin = world.admin().await;
        let target = world.target(&admin, "host").await;
        let session = world.session(&admin, &target).await;
        let path = format!("/api/v1/sessions/{session}");

        assert_eq!(admin.delete(&path).await.status, 204);

        assert_eq!(admin.delete(&path).await.status, 404);
        assert_eq!(
            admin
                .post(&format!("{path}/ticket"), json!({}))
                .await
                .status,
            404
        );
        until("the session is history", async || {
            let history = admin.get("/api/v1/history").await.json();
            history["items"][0]["id"] == *session
        })
        .await;
        let history = admin.get("/api/v1/history").await.json();
        assert_eq!(history["items"][0]["reason"], "ended_by_user");
        let recent = admin.get("/api/v1/targets/recent").await.json();
        assert_eq!(recent["items"][0]["id"], *target);
    });
}

#[test]
fn a_withdrawn_grant_ends_the_session_it_allowed() {
    run(async |world| {
        let admin = world.admin().await;
        let user = world.user(&admin, "user").await;
        let target = world.target(&admin, "host").await;
        let grant = world.grant(&admin, &target, &world.id(&user).await).await;
        let session = world.session(&user, &target).await;

        assert_eq!(
            admin
                .delete(&format!("/api/v1/grants/{grant}"))
                .await
                .status,
            204
        );

        until("the session is history", async || {
            let history = user.get("/api/v1/history").await.json();
            history["items"][0]["id"] == *session
                && history["items"][0]["reason"] == "access_revoked"
        })
        .await;
    });
}

#[test]
fn rights_withdrawn_behind_our_back_end_sessions_within_seconds() {
    run(async |world| {
        let admin = world.admin().await;
        let user = world.user(&admin, "user").await;
        let id = world.id(&user).await;
        let target = world.target(&admin, "host").await;
        world.grant(&admin, &target, &id).await;
        let session = world.session(&user, &target).await;
        let watching = node::actor::spawn("watch", node::http::watch(world.app.clone()));

        // As another node, or the command line, would.
        let change = schema::store::UserChange {
            is_disabled: Some(true),
            ..schema::store::UserChange::default()
        };
        let id = id.parse().unwrap();
        world.store.users().update(id, change).await.unwrap();

        until("the session is gone", async || {
            admin
                .get(&format!("/api/v1/sessions/{session}"))
                .await
                .status
                == 404
        })
        .await;
        watching.abort();
    });
}

#[test]
fn a_draining_node_opens_nothing_and_says_when_to_come_back() {
    run(async |world| {
        let admin = world.admin().await;
        let target = world.target(&admin, "host").await;
        world.session(&admin, &target).await;
        let limit = std::time::Duration::from_secs(10);
        let reason = shared::close::CloseReason::NodeStopping;
        assert!(world.app.directory().stop_all(reason, limit).await);

        let body = json!({"target": target, "cols": 80, "rows": 24});
        let refused = admin.post("/api/v1/sessions", body).await;

        assert_eq!(refused.refusal(), (503, "draining".to_owned()));
        assert!(refused.header("retry-after").is_some());
        let history = admin.get("/api/v1/history").await.json();
        assert_eq!(history["items"][0]["reason"], "node_stopping");
    });
}

#[test]
fn a_database_that_is_gone_stops_new_sessions_only() {
    with_config("[targets]\nquick_connect = true\n", async |world| {
        let admin = world.admin().await;
        let target = world.target(&admin, "host").await;
        let session = world.session(&admin, &target).await;
        world.store.close().await;

        for body in [
            json!({"target": target, "cols": 80, "rows": 24}),
            json!({"quick": "ssh://a@h", "cols": 80, "rows": 24}),
        ] {
            let refused = admin.post("/api/v1/sessions", body).await;
            assert_eq!(refused.refusal(), (503, "database_unavailable".to_owned()));
        }
        let running = admin.get("/api/v1/sessions").await.json();
        assert_eq!(running["items"][0]["id"], *session);
        let ticket = admin
            .post(&format!("/api/v1/sessions/{session}/ticket"), json!({}))
            .await;
        assert_eq!(ticket.status, 200, "{}", ticket.text());
    });
}
