//! Hosts, origins, and the headers on every answer.

use serde_json::json;

use crate::client::Client;
use crate::world::{World, run, with_config};

#[test]
fn only_our_own_origin_changes_anything() {
    run(async |world| {
        let admin = world.admin().await;
        let own = format!("http://{}", world.visitor.address);
        let port = world.visitor.address.port();
        for origin in [
            "null".to_owned(),
            "https://evil.example".to_owned(),
            format!("{own}.evil.example"),
            format!("{own}0"),
            format!("http://127.0.0.1:{}", port ^ 1),
            "http://127.0.0.1".to_owned(),
            own.replace("http", "https"),
            format!("http://localhost:{port}"),
            format!("{own}/"),
            own.to_uppercase(),
            String::new(),
        ] {
            let foreign = admin.clone().with("origin", &origin);
            let answer = foreign.post("/api/v1/sign-out-everywhere", json!({})).await;
            assert_eq!(answer.refusal(), (403, "bad_origin".to_owned()), "{origin}");
        }
        let twice = admin
            .clone()
            .with("origin", &own)
            .with("origin", "https://evil.example");
        assert_eq!(twice.post("/api/v1/sign-out", json!({})).await.status, 403);
        assert_eq!(admin.get("/api/v1/me").await.status, 200);
    });
}

/// A request of a browser that sends no origin, or of a script.
async fn without_origin(client: &Client, path: &str) -> u16 {
    let mut head = vec![
        ("host".to_owned(), client.address.to_string()),
        ("content-type".to_owned(), "application/json".to_owned()),
        ("content-length".to_owned(), "2".to_owned()),
    ];
    if let Some(cookie) = &client.cookie {
        head.push(("cookie".to_owned(), cookie.clone()));
    }
    crate::client::exchange(client.address, "POST", path, &head, b"{}")
        .await
        .status
}

#[test]
fn without_an_origin_a_cookie_is_worth_nothing() {
    run(async |world| {
        let admin = world.admin().await;
        assert_eq!(without_origin(&admin, "/api/v1/sign-out").await, 403);
        // A script without a cookie gets as far as the body.
        assert_eq!(without_origin(&world.visitor, "/api/v1/sign-in").await, 400);
    });
}

#[test]
fn what_the_browser_says_about_its_site_counts_as_well() {
    run(async |world| {
        let admin = world.admin().await;
        for (site, status) in [
            ("same-origin", 200),
            ("none", 200),
            ("same-site", 403),
            ("cross-site", 403),
            ("nonsense", 403),
        ] {
            let client = admin.clone().with("sec-fetch-site", site);
            assert_eq!(client.get("/api/v1/me").await.status, status, "{site}");
            let page = world.visitor.clone().with("sec-fetch-site", site);
            assert_eq!(page.get("/").await.status, 200, "links to the page work");
        }
    });
}

#[test]
fn sockets_open_only_for_our_own_pages() {
    run(async |world| {
        let own = format!("http://{}", world.visitor.address);
        let socket = |origin: Option<&str>| {
            let mut client = world
                .visitor
                .clone()
                .with("connection", "upgrade")
                .with("upgrade", "websocket")
                .with("sec-websocket-version", "13")
                .with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
            if let Some(origin) = origin {
                client = client.with("origin", origin);
            }
            client
        };
        for origin in [
            None,
            Some("null"),
            Some("https://evil.example"),
            Some(&*format!("{own}1")),
        ] {
            let answer = socket(origin).get("/api/v1/attach").await;
            assert_eq!(
                answer.refusal(),
                (403, "bad_origin".to_owned()),
                "{origin:?}"
            );
        }
    });
}

#[test]
fn foreign_names_reach_nothing() {
    run(async |world| {
        for host in [
            "evil.example",
            "localhost.evil.example",
            "10.1.2.3",
            "",
            "127.0.0.1:x",
        ] {
            let client = world.visitor.clone().with("host", host);
            for path in ["/", "/api/v1/setup", "/nothing"] {
                let answer = client.get(path).await;
                assert_eq!(
                    answer.status,
                    if host.is_empty() { answer.status } else { 421 }
                );
                assert_ne!(answer.status, 200, "{host} {path}");
            }
        }
    });
}

#[test]
fn with_a_public_url_only_it_is_served() {
    let config = "[server]\npublic_url = \"https://baton.example\"\n";
    with_config(config, async |world| {
        let named = world.visitor.clone().with("host", "baton.example");
        assert_eq!(named.get("/api/v1/setup").await.status, 200);
        assert_eq!(world.visitor.get("/api/v1/setup").await.status, 421);
        let body = json!({"name": "x", "password": "y"});
        for (origin, status) in [
            ("https://baton.example", 401),
            ("http://baton.example", 403),
            ("https://baton.example:443", 403),
            ("https://x.baton.example", 403),
        ] {
            let client = named.clone().with("origin", origin);
            let answer = client.post("/api/v1/sign-in", body.clone()).await;
            assert_eq!(answer.status, status, "{origin}");
        }
    });
}

async fn headers(world: &World, path: &str) -> String {
    let answer = world.visitor.get(path).await;
    let mut lines: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id", "etag", "content-length"].contains(&&**name))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    lines.sort();
    format!("{} {path}\n{}", answer.status, lines.join("\n"))
}

#[test]
fn every_answer_has_the_same_strict_headers() {
    run(async |world| {
        let common = "\
content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'
CONTENT
cross-origin-embedder-policy: require-corp
cross-origin-opener-policy: same-origin
cross-origin-resource-policy: same-origin
permissions-policy: accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), clipboard-read=(self), clipboard-write=(self), fullscreen=(self), keyboard-map=(self)
referrer-policy: no-referrer
";
        let json = format!(
            "cache-control: no-store\nconnection: close\n{common}x-content-type-options: nosniff\n\
             x-frame-options: DENY"
        )
        .replace("CONTENT", "content-type: application/json");
        let page = format!(
            "cache-control: no-cache\nconnection: close\n{common}vary: accept-encoding\n\
             x-content-type-options: nosniff\nx-frame-options: DENY"
        )
        .replace("CONTENT", "content-type: text/html; charset=utf-8");
        let error = json.replace("cache-control: no-store\n", "");
        for (path, status, expected) in [
            ("/", 200, &page),
            ("/api/v1/setup", 200, &json),
            ("/api/v1/me", 401, &json),
            ("/api/v1/nothing", 404, &json),
            ("/nothing", 404, &error),
        ] {
            assert_eq!(
                headers(&world, path).await,
                format!("{status} {path}\n{expected}")
            );
        }
    });
}

#[test]
fn the_page_is_revalidated_and_compressed() {
    run(async |world| {
        let plain = world.visitor.get("/").await;
        let etag = plain.header("etag").unwrap().to_owned();
        let again = world
            .visitor
            .clone()
            .with("if-none-match", &etag)
            .get("/")
            .await;
        assert_eq!((again.status, again.body.len()), (304, 0));
        let head = world.visitor.send("HEAD", "/", None).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        for path in [
            "//evil.example",
            "/%2e%2e/etc/passwd",
            "/..%2f..%2fetc/passwd",
            "/index.html/",
        ] {
            let answer = world.visitor.get(path).await;
            assert_eq!(answer.status, 404, "{path}");
            assert_eq!(answer.header("location"), None, "{path}");
        }
    });
}
