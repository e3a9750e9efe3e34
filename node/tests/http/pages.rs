//! Every list pages: nothing twice, nothing left out, foreign cursors refused.

use std::collections::BTreeSet;

use serde_json::json;

use crate::client::Client;
use crate::world::run;

/// Walks a list in pages of `limit`; the ids in order.
async fn walk(client: &Client, path: &str, limit: u32) -> Vec<String> {
    let mut seen = Vec::new();
    let mut next = String::new();
    let join = if path.contains('?') { '&' } else { '?' };
    for _ in 0..100 {
        let page = client
            .get(&format!("{path}{join}limit={limit}&cursor={next}"))
            .await;
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        let page = page.json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit as usize);
        seen.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(cursor) => cursor.clone_into(&mut next),
            None => return seen,
        }
    }
    panic!("{path} never ends");
}

#[test]
fn lists_are_walked_without_gaps_and_repeats() {
    run(async |world| {
        let admin = world.admin().await;
        let target = world.target(&admin, "first").await;
        for n in 0..6 {
            admin
                .post("/api/v1/users", json!({"name": format!("u{n}")}))
                .await;
            let group = admin
                .post("/api/v1/groups", json!({"name": format!("g{n}")}))
                .await;
            let group = group.json()["id"].clone();
            let grants = format!("/api/v1/targets/{target}/grants");
            admin.post(&grants, json!({"group": group})).await;
            world.target(&admin, &format!("t{n}")).await;
            world.session(&admin, &target).await;
        }
        let grants = format!("/api/v1/targets/{target}/grants");
        for (path, count) in [
            ("/api/v1/users", 7),
            ("/api/v1/groups", 6),
            ("/api/v1/targets", 7),
            (grants.as_str(), 6),
            ("/api/v1/sessions", 6),
            ("/api/v1/sessions?all=true", 6),
        ] {
            let whole = walk(&admin, path, 200).await;
            let pages = walk(&admin, path, 2).await;
            assert_eq!(whole.len(), count, "{path}");
            assert_eq!(whole, pages, "{path}");
            assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), count, "{path}");
        }
        let whole = walk(&admin, "/api/v1/audit", 200).await;
        assert_eq!(walk(&admin, "/api/v1/audit", 3).await, whole);
    });
}

#[test]
fn cursors_of_other_lists_and_made_up_ones_are_refused() {
    run(async |world| {
        let admin = world.admin().await;
        for n in 0..3 {
            admin
                .post("/api/v1/users", json!({"name": format!("u{n}")}))
                .await;
        }
        let page = admin.get("/api/v1/users?limit=1").await.json();
        let cursor = page["next"].as_str().unwrap();
        for path in ["targets", "groups", "audit", "history", "sessions"] {
            let answer = admin.get(&format!("/api/v1/{path}?cursor={cursor}")).await;
            assert_eq!(answer.refusal(), (400, "bad_cursor".to_owned()), "{path}");
        }
        for cursor in ["x", "%00", "e30", &"A".repeat(5000)] {
            let answer = admin.get(&format!("/api/v1/users?cursor={cursor}")).await;
            assert_eq!(answer.refusal(), (400, "bad_cursor".to_owned()), "{cursor}");
        }
        for limit in ["0", "201", "4294967295"] {
            let answer = admin.get(&format!("/api/v1/users?limit={limit}")).await;
            assert_eq!(answer.status, 200, "limits are clamped");
        }
    });
}
