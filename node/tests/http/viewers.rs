//! Viewers and their logins: whoever may not watch any more leaves, whoever took the right away.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{SinkExt as _, StreamExt as _};
use schema::store::{AuditFilter, NewAudit, Outcome, Page, UserChange};
use serde_json::json;
use shared::close::SocketClose;
use shared::frame::client_frame::Body;
use shared::frame::{self, ClientFrame, PROTOCOL_VERSION, encode};
use shared::id::UserId;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::client::Client;
use crate::world::{World, run, until};

/// A browser's socket.
struct Viewer(WebSocketStream<MaybeTlsStream<TcpStream>>);

async fn ticket(client: &Client, session: &str) -> Vec<u8> {
    let path = format!("/api/v1/sessions/{session}/ticket");
    let answer = client.post(&path, json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let ticket = answer["ticket"].as_str().unwrap();
    URL_SAFE_NO_PAD.decode(ticket).unwrap()
}

impl Viewer {
    /// Opens a socket with a ticket; whether it gets a seat is still open.
    async fn ask(client: &Client, ticket: Vec<u8>) -> Self {
        let url = format!("ws://{}/api/v1/attach", client.address);
        let mut request = url.into_client_request().unwrap();
        let origin = format!("http://{}", client.address).parse().unwrap();
        request.headers_mut().insert("origin", origin);
        let (mut socket, _) = Box::pin(connect_async(request)).await.unwrap();
        let attach = Body::Attach(frame::Attach {
            protocol: PROTOCOL_VERSION,
            ticket: ticket.into(),
            cols: 80,
            rows: 24,
            ..frame::Attach::default()
        });
        let bytes = encode(&ClientFrame { body: Some(attach) });
        socket.send(Message::Binary(bytes)).await.unwrap();
        Self(socket)
    }

    /// Attaches, and sees something.
    async fn attach(client: &Client, session: &str) -> Self {
        let mut viewer = Self::ask(client, ticket(client, session).await).await;
        let first = viewer.0.next().await;
        assert!(matches!(first, Some(Ok(Message::Binary(_)))), "{first:?}");
        viewer
    }

    /// Reads until the socket closes; the code.
    async fn closed(mut self) -> u16 {
        let reading = async {
            while let Some(Ok(message)) = self.0.next().await {
                if let Message::Close(Some(close)) = message {
                    return close.code.into();
                }
            }
            0
        };
        let limit = Duration::from_secs(10);
        let closed = tokio::time::timeout(limit, reading).await;
        closed.expect("the socket closes")
    }
}

/// An admin with a live session.
async fn opened(world: &World) -> (Client, String) {
    let admin = world.admin().await;
    let target = world.target(&admin, "box").await;
    let session = world.session(&admin, &target).await;
    (admin, session)
}

/// Runs the watcher of the node until the test is done with it.
async fn watching<T>(world: &World, test: impl Future<Output = T>) -> T {
    let watch = actix_rt::spawn(node::http::watch(world.app.clone()));
    let done = test.await;
    world.app.readiness().drain();
    let ended = tokio::time::timeout(Duration::from_secs(2), watch).await;
    ended
        .expect("the watcher ends when the node drains")
        .unwrap();
    done
}

async fn user_id(world: &World, client: &Client) -> UserId {
    UserId::from_uuid(world.id(client).await.parse().unwrap())
}

#[test]
fn a_viewer_leaves_when_its_login_was_ended_elsewhere() {
    run(async |world| {
        let (admin, session) = opened(&world).await;
        let viewer = Viewer::attach(&admin, &session).await;
        let user = user_id(&world, &admin).await;

        // As another node or the command line does it: in the database, past this node.
        world.store.logins().end_all(user).await.unwrap();

        let code = watching(&world, viewer.closed()).await;
        assert_eq!(code, SocketClose::SignedOut.code());
    });
}

#[test]
fn a_viewer_leaves_when_its_user_was_disabled_elsewhere() {
    run(async |world| {
        let (admin, _) = opened(&world).await;
        let user = world.user(&admin, "user").await;
        let (id, target) = (
            user_id(&world, &user).await,
            world.target(&admin, "b").await,
        );
        world.grant(&admin, &target, &id.to_string()).await;
        let session = world.session(&user, &target).await;
        let viewer = Viewer::attach(&user, &session).await;
        let disable = UserChange {
            is_disabled: Some(true),
            ..UserChange::default()
        };

        world.store.users().update(id, disable).await.unwrap();

        let code = watching(&world, viewer.closed()).await;
        // The session goes as well; whichever word comes first.
        let expected = [SocketClose::SignedOut, SocketClose::SessionEnded];
        assert!(expected.map(SocketClose::code).contains(&code), "{code}");
    });
}

#[test]
fn a_ticket_is_worth_nothing_once_its_login_is_over() {
    run(async |world| {
        let (admin, session) = opened(&world).await;
        let ticket = ticket(&admin, &session).await;
        let user = user_id(&world, &admin).await;
        world.store.logins().end_all(user).await.unwrap();

        let viewer = Viewer::ask(&admin, ticket).await;

        assert_eq!(viewer.closed().await, SocketClose::SignedOut.code());
    });
}

/// Another admin, who watches the first one's session; the watcher's id.
async fn second_admin(world: &World, admin: &Client) -> (Client, String) {
    let second = world.user(admin, "second").await;
    let id = world.id(&second).await;
    let path = format!("/api/v1/users/{id}");
    let promoted = admin.patch(&path, json!({"is_admin": true})).await;
    assert_eq!(promoted.status, 200, "{}", promoted.text());
    (second, id)
}

#[test]
fn a_demoted_admin_stops_watching_others_and_keeps_own_sessions() {
    run(async |world| {
        let (admin, session) = opened(&world).await;
        let (second, id) = second_admin(&world, &admin).await;
        let target = world.target(&admin, "own").await;
        world.grant(&admin, &target, &id).await;
        let own = world.session(&second, &target).await;
        let _own_viewer = Viewer::attach(&second, &own).await;
        let watcher = Viewer::attach(&second, &session).await;
        let unused = ticket(&second, &session).await;

        let path = format!("/api/v1/users/{id}");
        let demoted = admin.patch(&path, json!({"is_admin": false})).await;

        assert_eq!(demoted.status, 200, "{}", demoted.text());
        assert_eq!(watcher.closed().await, SocketClose::SignedOut.code());
        let late = Viewer::ask(&second, unused).await;
        assert_eq!(late.closed().await, SocketClose::SignedOut.code());
        let path = format!("/api/v1/sessions/{own}");
        assert_eq!(second.get(&path).await.json()["viewers"], 1);
    });
}

#[test]
fn an_admin_demoted_elsewhere_stops_watching_others() {
    run(async |world| {
        let (admin, session) = opened(&world).await;
        let (second, id) = second_admin(&world, &admin).await;
        let watcher = Viewer::attach(&second, &session).await;
        let demote = UserChange {
            is_admin: Some(false),
            ..UserChange::default()
        };
        let id = UserId::from_uuid(id.parse().unwrap());

        world.store.users().update(id, demote).await.unwrap();

        let code = watching(&world, watcher.closed()).await;
        assert_eq!(code, SocketClose::SignedOut.code());
    });
}

#[test]
fn without_a_database_viewers_stay_and_may_attach() {
    run(async |world| {
        let (admin, session) = opened(&world).await;
        let mut viewer = Viewer::attach(&admin, &session).await;
        let ticket = ticket(&admin, &session).await;
        world.store.close().await;

        watching(&world, async {
            let mut late = Viewer::ask(&admin, ticket).await;
            for socket in [&mut viewer.0, &mut late.0] {
                let next = socket.next().await;
                assert!(matches!(next, Some(Ok(Message::Binary(_)))), "{next:?}");
            }
        })
        .await;
    });
}

#[test]
fn the_past_is_kept_as_long_as_configured() {
    let keep = "[retention]\naudit_days = 30\n";
    crate::world::with_config(keep, async |world| {
        let record = async |code| {
            let event = NewAudit {
                code,
                actor: None,
                actor_name: String::new(),
                address: None,
                session: None,
                target: None,
                outcome: Outcome::Ok,
                detail: json!(null),
            };
            world.store.audit().record(event).await.unwrap();
        };
        let codes = async || -> Vec<String> {
            let page = Page::first(200);
            let rows = world.store.audit().list(page, AuditFilter::default()).await;
            rows.unwrap()
                .items
                .into_iter()
                .map(|row| row.code)
                .collect()
        };
        for _ in 0..30 {
            record("old").await;
        }
        world.clock.advance(Duration::from_hours(24 * 30));
        record("young").await;
        world.clock.advance(Duration::from_secs(1));

        watching(&world, async {
            until("the old rows are gone", async || codes().await == ["young"]).await;
        })
        .await;
    });
}

#[test]
fn a_refused_socket_names_its_request() {
    run(async |world| {
        let origin = format!("http://{}", world.visitor.address);
        // Sockets that show no ticket fill the door of their address.
        let waiting = (0..32).map(|_| async {
            let url = format!("ws://{}/api/v1/attach", world.visitor.address);
            let mut request = url.into_client_request().unwrap();
            let origin = origin.parse().unwrap();
            request.headers_mut().insert("origin", origin);
            Box::pin(connect_async(request)).await.unwrap()
        });
        let waiting = futures_util::future::join_all(waiting).await;

        let late = world
            .visitor
            .clone()
            .with("origin", &origin)
            .with("connection", "upgrade")
            .with("upgrade", "websocket")
            .with("sec-websocket-version", "13")
            .with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        let refused = late.get("/api/v1/attach").await;

        assert_eq!(refused.refusal(), (429, "throttled".to_owned()));
        let id = refused.json()["error"]["request_id"].clone();
        assert_eq!(id, *refused.header("x-request-id").unwrap());
        drop(waiting);
    });
}
