//! The operations listener, and the committed description of the API.

use crate::client::raw;
use crate::world::run;

#[test]
fn readiness_says_draining_by_404_and_never_blames_a_shared_database() {
    run(async |world| {
        assert_eq!(world.ops.get("/livez").await.status, 200);
        let ready = world.ops.get("/readyz").await;
        assert_eq!((ready.status, ready.text().as_str()), (200, "ready\n"));

        world.store.close().await;
        let degraded = world.ops.get("/readyz?verbose").await;
        assert_eq!(
            degraded.status, 200,
            "a load balancer must not lose every node"
        );
        assert_eq!(
            degraded.text(),
            "degraded\ndatabase: unavailable\nsessions: 0\n"
        );

        world.app.readiness().drain();
        let draining = world.ops.get("/readyz").await;
        assert_eq!(
            (draining.status, draining.text().as_str()),
            (404, "draining\n")
        );
        assert_eq!(world.ops.get("/livez").await.status, 200);
    });
}

#[test]
fn health_and_metrics_stay_off_the_public_listener() {
    run(async |world| {
        for path in ["/livez", "/readyz", "/metrics"] {
            assert_eq!(world.visitor.get(path).await.status, 404, "{path}");
        }
    });
}

#[test]
fn the_committed_description_is_the_generated_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let generated = node::http::api::document().unwrap();
    if std::env::var_os("BATON_UPDATE").is_some() {
        std::fs::write(path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        committed == generated,
        "node/openapi.json is stale: run this test with BATON_UPDATE=1"
    );
}

#[test]
fn the_description_is_served() {
    run(async |world| {
        let answer = world.visitor.get("/api/v1/openapi.json").await;
        assert_eq!(answer.status, 200);
        assert!(answer.json()["paths"]["/api/v1/sessions"].is_object());
    });
}

#[test]
fn operations_answer_health_checks_but_no_strangers_page() {
    run(async |world| {
        for host in ["localhost", "127.0.0.1:1", "[::1]:8081"] {
            let ours = world.ops.clone().with("host", host);
            assert_eq!(ours.get("/readyz").await.status, 200, "{host}");
        }
        for path in ["/livez", "/readyz", "/metrics"] {
            let rebound = world.ops.clone().with("host", "rebound.example:8081");
            assert_eq!(rebound.get(path).await.status, 421, "{path}");
        }
        // As load balancers ask: HTTP/1.0 and no name at all.
        let answer = raw(world.ops.address, b"GET /readyz HTTP/1.0\r\n\r\n").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    });
}
