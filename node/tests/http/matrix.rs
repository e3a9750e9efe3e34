//! The authorisation matrix: every operation of the description, asked by a stranger, by users and
//! by an admin, about somebody else's things.
//!
//! A new operation fails here until somebody has said who may use it.

use serde_json::{Value, json};

use crate::client::Client;
use crate::world::{World, run};

/// Who may use an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// Anybody at all.
    Everybody,
    /// Anybody signed in, about their own things.
    Members,
    /// Only the owner of the thing; others do not learn that it exists.
    Owner,
    /// The owner, and admins.
    OwnerOrAdmin,
    /// Whoever has the right to the target, and admins; others do not learn that it exists.
    Granted,
    /// Only admins.
    Admins,
}

/// Who may use which operation: the product's promise, written by hand.
fn policy(method: &str, path: &str) -> For {
    let path = path.strip_prefix("/api/v1").unwrap();
    match (method, path) {
        ("post", "/sign-in") | ("get" | "post", "/setup") => For::Everybody,
        ("post", "/sign-out" | "/sign-out-everywhere" | "/me/password")
        | (
            "get",
            "/me" | "/me/logins" | "/sessions" | "/history" | "/targets" | "/targets/folders"
            | "/targets/recent",
        ) => For::Members,
        ("delete", "/me/logins/{id}") => For::Owner,
        ("get", "/targets/{id}") | ("post", "/sessions") => For::Granted,
        ("get" | "delete", "/sessions/{id}") | ("post", "/sessions/{id}/ticket") => {
            For::OwnerOrAdmin
        }
        (_, path) if path.starts_with("/sessions/{id}/files") => For::Owner,
        (_, path)
            if ["/users", "/groups", "/grants", "/audit", "/targets"]
                .iter()
                .any(|admins| path.starts_with(admins)) =>
        {
            For::Admins
        }
        _ => panic!("nobody has said who may {method} {path}"),
    }
}

/// A body that the operation accepts.
fn body(path: &str, target: &str) -> Value {
    match path.rsplit('/').next().unwrap() {
        "sign-in" => json!({"name": "nobody", "password": "x"}),
        "setup" => json!({"token": "x", "name": "x", "password": "x"}),
        "password" => json!({"current": "wrong", "new": "x"}),
        "sessions" => json!({"target": target, "cols": 80, "rows": 24}),
        "users" | "groups" | "targets" => json!({"name": "made", "host": "h"}),
        "test" => json!({"id": target}),
        "grants" => json!({"user": target}),
        "directory" => json!({"path": "/home/x"}),
        "rename" => json!({"from": "/home/a", "to": "/home/b"}),
        _ => json!({}),
    }
}

/// The things of `owner` that paths name.
struct Things {
    session: String,
    target: String,
    login: String,
    nothing: String,
}

impl Things {
    async fn of(world: &World, owner: &Client, target: &str) -> Self {
        {
            let mut tree = world.dial.tree.lock().unwrap();
            tree.clear();
            tree.insert("/home/".to_owned(), Vec::new());
            tree.insert("/home/a".to_owned(), Vec::new());
        }
        let logins = owner.get("/api/v1/me/logins").await.json();
        Self {
            session: world.session(owner, target).await,
            target: target.to_owned(),
            login: logins["items"][0]["id"].as_str().unwrap().to_owned(),
            nothing: shared::id::UserId::generate().to_string(),
        }
    }

    fn fill(&self, path: &str) -> String {
        let id = if path.contains("/sessions/") {
            &self.session
        } else if path.contains("/targets/") {
            &self.target
        } else if path.contains("/logins/") {
            &self.login
        } else {
            &self.nothing
        };
        let query = if path.contains("/files") {
            "?path=/home"
        } else {
            ""
        };
        path.replace("{id}", id).replace("{user}", &self.nothing) + query
    }
}

/// Every documented operation.
fn operations() -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&node::http::api::document().unwrap()).unwrap();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            found.push((method.clone(), path.clone()));
        }
    }
    assert!(
        found.len() >= 40,
        "the description is complete: {}",
        found.len()
    );
    found
}

async fn ask(client: &Client, method: &str, path: &str, things: &Things) -> (u16, String) {
    let filled = things.fill(path);
    let has_body = matches!(method, "post" | "patch");
    let body = has_body.then(|| body(path, &things.target));
    let answer = client.send(&method.to_uppercase(), &filled, body).await;
    answer.refusal()
}

#[test]
fn strangers_are_signed_out_everywhere() {
    run(async |world| {
        let admin = world.admin().await;
        let target = world.target(&admin, "host").await;
        let things = Things::of(&world, &admin, &target).await;
        for (method, path) in operations() {
            let (status, code) = ask(&world.visitor, &method, &path, &things).await;
            let is_open = policy(&method, &path) == For::Everybody;
            assert_eq!(
                code == "signed_out",
                !is_open,
                "{method} {path}: {status} {code}"
            );
            assert_eq!(
                status == 401 && code == "signed_out",
                !is_open,
                "{method} {path}"
            );
        }
    });
}

#[test]
fn users_reach_nothing_of_others_and_nothing_of_admins() {
    run(async |world| {
        let admin = world.admin().await;
        let target = world.target(&admin, "host").await;
        let owner = world.user(&admin, "owner").await;
        world.grant(&admin, &target, &world.id(&owner).await).await;
        let things = Things::of(&world, &owner, &target).await;
        let other = world.user(&admin, "other").await;
        for (method, path) in operations() {
            if path.ends_with("/sign-out") || path.ends_with("/sign-out-everywhere") {
                continue;
            }
            let (status, code) = ask(&other, &method, &path, &things).await;
            let what = format!("{method} {path}: {status} {code}");
            match policy(&method, &path) {
                For::Admins => assert_eq!((status, &*code), (403, "admins_only"), "{what}"),
                For::Owner | For::OwnerOrAdmin | For::Granted => {
                    assert_eq!((status, &*code), (404, "not_found"), "{what}");
                }
                For::Members | For::Everybody => assert_ne!(status, 404, "{what}"),
            }
        }
        let session = format!("/api/v1/sessions/{}", things.session);
        assert_eq!(
            owner.get(&session).await.status,
            200,
            "all of it changed nothing"
        );
    });
}

#[test]
fn owners_and_admins_reach_what_they_should() {
    run(async |world| {
        let admin = world.admin().await;
        let target = world.target(&admin, "host").await;
        let owner = world.user(&admin, "owner").await;
        world.grant(&admin, &target, &world.id(&owner).await).await;
        for (method, path) in operations() {
            let rule = policy(&method, &path);
            let is_leaving = path.contains("/sign-out") || method == "delete";
            if is_leaving || rule == For::Everybody {
                continue;
            }
            let things = Things::of(&world, &owner, &target).await;
            let (status, code) = ask(&owner, &method, &path, &things).await;
            let what = format!("{method} {path}: {status} {code}");
            let is_own = !matches!(rule, For::Admins);
            assert_eq!(
                !matches!(code.as_str(), "admins_only" | "not_found"),
                is_own,
                "{what}"
            );
            let (status, code) = ask(&admin, &method, &path, &things).await;
            let what = format!("admin {method} {path}: {status} {code}");
            match rule {
                For::Owner => assert_eq!((status, &*code), (404, "not_found"), "{what}"),
                For::Members | For::OwnerOrAdmin | For::Granted | For::Everybody => {
                    assert_ne!(code, "not_found", "{what}");
                }
                For::Admins => assert_ne!(code, "admins_only", "{what}"),
            }
            let end = format!("/api/v1/sessions/{}", things.session);
            owner.delete(&end).await;
        }
    });
}

#[test]
fn every_route_is_documented() {
    run(async |world| {
        // What is mounted answers 405 to a method it does not have; what is not is 404.
        let admin = world.admin().await;
        let target = world.target(&admin, "host").await;
        let things = Things::of(&world, &admin, &target).await;
        for (_, path) in operations() {
            let filled = things.fill(&path);
            let answer = admin.send("TRACE", &filled, None).await;
            assert_eq!(answer.status, 405, "{path}");
        }
    });
}
