//! Throttling across nodes by Redis, and without it when it is gone.

use std::net::IpAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use node::auth::{Limits, Throttle};
use shared::secret::Secret;
use shared::time::{Clock, SystemClock};

use crate::world::until;

const LIMITS: Limits = Limits {
    free: 3,
    longest: Duration::from_mins(1),
    forget_after: Duration::from_mins(10),
};

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

/// A Redis of our own; ends with the test.
struct Redis {
    child: Child,
    port: u16,
    _directory: tempfile::TempDir,
}

impl Redis {
    fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let directory = tempfile::tempdir().unwrap();
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(directory.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed (make test does it)");
        Self {
            child,
            port,
            _directory: directory,
        }
    }

    async fn ready(&self) {
        let port = self.port;
        until("redis listens", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .is_ok()
        })
        .await;
    }

    fn throttle(&self) -> Throttle {
        let url = Secret::new(format!("redis://127.0.0.1:{}/0", self.port));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Throttle::new(LIMITS, Some(&url), clock).unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn fail(throttle: &Throttle, name: &str) -> Result<(), Duration> {
    throttle.begin(name, ADDRESS).await.map(drop)
}

#[tokio::test]
async fn nodes_count_together_and_success_starts_afresh() {
    let redis = Redis::start();
    redis.ready().await;
    let (one, two) = (redis.throttle(), redis.throttle());
    for throttle in [&one, &two, &one] {
        assert_eq!(fail(throttle, "ada").await, Ok(()));
    }

    let wait = fail(&two, "Ada").await;

    assert!(
        wait.is_err_and(|wait| wait <= Duration::from_secs(1)),
        "{wait:?}"
    );
    assert!(fail(&one, "ada").await.is_err());
    assert_eq!(fail(&two, "somebody else").await, Ok(()));
    // A success on one node is known to the other.
    for _ in 0..3 {
        let reservation = one.begin("bob", ADDRESS).await.unwrap();
        reservation.succeeded().await;
    }
    for throttle in [&two, &one, &two] {
        assert_eq!(fail(throttle, "bob").await, Ok(()));
    }
    assert!(fail(&one, "bob").await.is_err());
}

#[tokio::test]
async fn without_redis_each_node_counts_alone_and_stays_quick() {
    let mut redis = Redis::start();
    redis.ready().await;
    let throttle = redis.throttle();
    assert_eq!(fail(&throttle, "ada").await, Ok(()));
    redis.child.kill().unwrap();
    redis.child.wait().unwrap();

    let started = SystemClock.instant();
    for _ in 0..2 {
        assert_eq!(fail(&throttle, "ada").await, Ok(()));
    }
    let limited = fail(&throttle, "ada").await;

    assert!(limited.is_err(), "limited, never open");
    let took = SystemClock.instant() - started;
    assert!(took < Duration::from_secs(5), "{took:?}");
}
