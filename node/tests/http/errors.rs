//! Requests that make no sense: each with its code, one JSON shape, nothing repeated.

use serde_json::json;

use crate::client::{exchange, raw};
use crate::world::run;

#[test]
fn every_error_has_the_one_shape_and_the_id_of_the_request() {
    run(async |world| {
        let answer = world.visitor.get("/api/v1/me").await;
        let error = answer.json();
        let error = error["error"].as_object().unwrap();
        assert_eq!(error.len(), 3);
        assert_eq!(error["code"], "signed_out");
        assert_eq!(error["request_id"], answer.header("x-request-id").unwrap());
        assert!(error["message"].as_str().unwrap().ends_with('.'));
    });
}

#[test]
fn unknown_paths_methods_and_ids_are_told_apart() {
    run(async |world| {
        let admin = world.admin().await;
        for (method, path, expected) in [
            ("GET", "/api/v1/nothing", (404, "not_found")),
            ("GET", "/api/v1", (404, "not_found")),
            ("GET", "/api/v2/me", (404, "not_found")),
            ("GET", "/api/v1/users/not-an-id", (404, "not_found")),
            ("DELETE", "/api/v1/me", (405, "method_not_allowed")),
            ("PATCH", "/api/v1/sign-in", (405, "method_not_allowed")),
            ("POST", "/", (405, "method_not_allowed")),
            ("GET", "/api/v1/users?limit=x", (400, "bad_query")),
            ("GET", "/api/v1/users?cursor=x", (400, "bad_cursor")),
        ] {
            let answer = admin.send(method, path, None).await;
            let expected = (expected.0, expected.1.to_owned());
            assert_eq!(answer.refusal(), expected, "{method} {path}");
        }
    });
}

#[test]
fn hostile_bodies_are_refused_without_being_repeated() {
    run(async |world| {
        let admin = world.admin().await;
        let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
        let bodies = vec![
            (b"".to_vec(), 400, "bad_json"),
            (b"{".to_vec(), 400, "bad_json"),
            (b"null".to_vec(), 400, "bad_json"),
            (b"[]".to_vec(), 400, "bad_json"),
            (b"\xff\xfe".to_vec(), 400, "bad_json"),
            (b"{\"name\":\"sekret-7\"}".to_vec(), 400, "bad_json"),
            (
                b"{\"name\":\"a\",\"password\":[\"sekret-7\"]}".to_vec(),
                400,
                "bad_json",
            ),
            (
                b"{\"name\":\"a\",\"password\":\"b\",\"sekret\":1}".to_vec(),
                400,
                "bad_json",
            ),
            (
                b"{\"name\":\"a\",\"name\":\"b\",\"password\":\"sekret-7\"}".to_vec(),
                400,
                "bad_json",
            ),
            (deep.into_bytes(), 400, "bad_json"),
            (vec![b' '; 300 * 1024], 413, "body_too_large"),
        ];
        for (body, status, code) in bodies {
            let head = [
                ("host".to_owned(), admin.address.to_string()),
                ("origin".to_owned(), format!("http://{}", admin.address)),
                ("content-type".to_owned(), "application/json".to_owned()),
                ("content-length".to_owned(), body.len().to_string()),
            ];
            let answer = exchange(admin.address, "POST", "/api/v1/sign-in", &head, &body).await;
            let shown = String::from_utf8_lossy(&body)
                .chars()
                .take(60)
                .collect::<String>();
            assert_eq!(answer.refusal(), (status, code.to_owned()), "{shown}");
            assert!(!answer.text().contains("sekret-7"), "{}", answer.text());
        }
    });
}

#[test]
fn bodies_must_say_that_they_are_json() {
    run(async |world| {
        for kind in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
        ] {
            let mut head = vec![
                ("host".to_owned(), world.visitor.address.to_string()),
                ("content-length".to_owned(), "2".to_owned()),
            ];
            head.extend(kind.map(|kind| ("content-type".to_owned(), kind.to_owned())));
            let answer = exchange(
                world.visitor.address,
                "POST",
                "/api/v1/sign-in",
                &head,
                b"{}",
            )
            .await;
            assert_eq!(answer.refusal(), (415, "unsupported_media_type".to_owned()));
        }
    });
}

#[test]
fn absurd_values_in_good_json_are_refused_politely() {
    run(async |world| {
        let admin = world.admin().await;
        let long = "x".repeat(10_000);
        for body in [
            json!({"name": ""}),
            json!({"name": long}),
            json!({"name": "a\u{0}b"}),
            json!({"name": "a\nb"}),
            json!({"name": "fine", "password": "short"}),
        ] {
            let answer = admin.post("/api/v1/users", body).await;
            assert_eq!(answer.status, 400, "{}", answer.text());
        }
        for (cols, rows) in [(0, 0), (u32::MAX, u32::MAX), (1, 100_000)] {
            let target = world.target(&admin, &format!("t{cols}")).await;
            let body = json!({"target": target, "cols": cols, "rows": rows});
            assert_eq!(admin.post("/api/v1/sessions", body).await.status, 201);
        }
        for wish in [
            json!({}),
            json!({"target": "x"}),
            json!({"quick": "ssh://"}),
        ] {
            assert_eq!(admin.post("/api/v1/sessions", wish).await.status, 400);
        }
    });
}

#[test]
fn a_head_that_is_too_large_or_too_slow_is_cut_off() {
    crate::world::with_config("[server]\nrequest_timeout_s = 1\n", async |world| {
        let large = format!(
            "GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
            "y".repeat(500_000)
        );
        let answer = raw(world.visitor.address, large.as_bytes()).await;
        assert!((400..500).contains(&answer.status), "{}", answer.status);
        let slow = raw(world.visitor.address, b"GET / HTTP/1.1\r\nhost: x\r\n").await;
        assert_eq!(slow.status, 408);
        let garbage = raw(
            world.visitor.address,
            b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        )
        .await;
        assert_eq!(garbage.status, 400);
        assert_eq!(world.visitor.get("/api/v1/setup").await.status, 200);
    });
}
