//! Users and groups, and what losing a right does.

use serde_json::json;

use crate::world::{PASSWORD, run, until};

#[test]
fn the_last_admin_can_neither_leave_nor_be_shut_out() {
    run(async |world| {
        let admin = world.admin().await;
        let path = format!("/api/v1/users/{}", world.id(&admin).await);
        for change in [json!({"is_admin": false}), json!({"is_disabled": true})] {
            let answer = admin.patch(&path, change).await;
            assert_eq!(answer.refusal(), (409, "last_admin".to_owned()));
        }
        assert_eq!(
            admin.delete(&path).await.refusal(),
            (409, "last_admin".to_owned())
        );
        assert_eq!(admin.get("/api/v1/me").await.status, 200);
    });
}

#[test]
fn disabling_ends_logins_and_sessions_and_enabling_lets_in_again() {
    run(async |world| {
        let admin = world.admin().await;
        let user = world.user(&admin, "leaver").await;
        let id = world.id(&user).await;
        let target = world.target(&admin, "host").await;
        world.grant(&admin, &target, &id).await;
        let session = world.session(&user, &target).await;
        let path = format!("/api/v1/users/{id}");

        let change = json!({"is_disabled": true});
        assert_eq!(admin.patch(&path, change).await.status, 200);

        assert_eq!(user.get("/api/v1/me").await.status, 401);
        until("the session is history", async || {
            let history = admin.get("/api/v1/history?all=true").await.json();
            history["items"][0]["id"] == *session
                && history["items"][0]["reason"] == "access_revoked"
        })
        .await;
        assert!(
            world
                .audit(&admin)
                .await
                .contains(&"session.revoke".to_owned())
        );
        admin.patch(&path, json!({"is_disabled": false})).await;
        world.sign_in("leaver", PASSWORD).await;
    });
}

#[test]
fn a_reset_password_ends_logins_and_must_be_changed() {
    run(async |world| {
        let admin = world.admin().await;
        let user = world.user(&admin, "forgetful").await;
        let path = format!("/api/v1/users/{}/reset-password", world.id(&user).await);

        let reset = admin.post(&path, json!({})).await.json();

        assert_eq!(user.get("/api/v1/me").await.status, 401);
        let again = world
            .sign_in("forgetful", reset["password"].as_str().unwrap())
            .await;
        assert_eq!(
            again.get("/api/v1/me").await.json()["must_change_password"],
            true
        );
        assert_eq!(world.try_sign_in("forgetful", PASSWORD).await.status, 401);
    });
}

#[test]
fn rights_by_group_come_and_go_with_the_membership() {
    run(async |world| {
        let admin = world.admin().await;
        let user = world.user(&admin, "member").await;
        let id = world.id(&user).await;
        let target = world.target(&admin, "host").await;
        let group = admin
            .post("/api/v1/groups", json!({"name": "ops"}))
            .await
            .json();
        let group = group["id"].as_str().unwrap();
        let grants = format!("/api/v1/targets/{target}/grants");
        admin.post(&grants, json!({"group": group})).await;
        let member = format!("/api/v1/groups/{group}/members/{id}");
        let one = format!("/api/v1/targets/{target}");
        assert_eq!(user.get(&one).await.status, 404);

        assert_eq!(admin.send("PUT", &member, None).await.status, 204);
        assert_eq!(user.get(&one).await.status, 200);
        let session = world.session(&user, &target).await;
        let listed = admin
            .get(&format!("/api/v1/groups/{group}/members"))
            .await
            .json();
        assert_eq!(listed["items"][0]["name"], "member");

        assert_eq!(admin.delete(&member).await.status, 204);
        assert_eq!(user.get(&one).await.status, 404);
        let path = format!("/api/v1/sessions/{session}");
        until("the session is gone", async || {
            user.get(&path).await.status == 404
        })
        .await;
    });
}

#[test]
fn whoever_is_no_admin_any_more_loses_the_admins_sessions() {
    run(async |world| {
        let admin = world.admin().await;
        let second = world.user(&admin, "second").await;
        let id = world.id(&second).await;
        let path = format!("/api/v1/users/{id}");
        admin.patch(&path, json!({"is_admin": true})).await;
        let target = world.target(&admin, "host").await;
        let session = world.session(&second, &target).await;

        admin.patch(&path, json!({"is_admin": false})).await;

        assert_eq!(second.get("/api/v1/users").await.status, 403);
        let path = format!("/api/v1/sessions/{session}");
        until("the session is gone", async || {
            second.get(&path).await.status == 404
        })
        .await;
    });
}

#[test]
fn names_are_compared_without_case_and_taken_once() {
    run(async |world| {
        let admin = world.admin().await;
        for name in ["ADMIN", " admin ", "Admin"] {
            let answer = admin.post("/api/v1/users", json!({"name": name})).await;
            assert_eq!(answer.refusal(), (409, "name_taken".to_owned()), "{name}");
        }
        let found = admin.get("/api/v1/users?search=DMI").await.json();
        assert_eq!(found["items"][0]["name"], "admin");
        let found = admin.get("/api/v1/users?search=%25").await.json();
        assert_eq!(found["items"], json!([]));
        for name in ["Operators", "Postmasters"] {
            admin.post("/api/v1/groups", json!({"name": name})).await;
        }
        let found = admin.get("/api/v1/groups?search=MAST").await.json();
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
        assert_eq!(found["items"][0]["name"], "Postmasters");
        let found = admin.get("/api/v1/groups?search=%25").await.json();
        assert_eq!(found["items"], json!([]));
    });
}
