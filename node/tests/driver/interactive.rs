//! Keyboard-interactive, against a server of our own that asks what the test wants.

use std::borrow::Cow;
use std::sync::Arc;

use node::driver::{AskKind, Identity, TargetAddress};
use russh::keys::{Algorithm, PrivateKey};
use russh::server::{self, Auth, ChannelOpenHandle, Msg, Response, Session as Serving};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use shared::close::CloseReason;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::harness::{parts, password};
use crate::session::Session;

/// Asks for a password, then for a code.
#[derive(Default)]
struct Questioner {
    round: usize,
}

impl server::Handler for Questioner {
    type Error = russh::Error;

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let answers: Vec<String> = response
            .map(|response| {
                response
                    .map(|answer| String::from_utf8_lossy(&answer).into_owned())
                    .collect()
            })
            .unwrap_or_default();
        self.round += 1;
        let ask = |prompts: Vec<(Cow<'static, str>, bool)>| Auth::Partial {
            name: Cow::Borrowed("Gate\x1b[31m"),
            instructions: Cow::Borrowed("Two steps."),
            prompts: Cow::Owned(prompts),
        };
        Ok(match (self.round, answers.as_slice()) {
            (1, _) => ask(vec![("Password: ".into(), false)]),
            (2, [secret]) if secret == "right" => {
                ask(vec![("Code: ".into(), true), ("PIN: ".into(), false)])
            }
            (3, [code, pin]) if code == "123" && pin == "456" => Auth::Accept,
            _ => {
                self.round = 0;
                Auth::reject()
            }
        })
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Serving,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        _cols: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(russh::Pty, u32)],
        session: &mut Serving,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut Serving,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)
    }
}

/// Serves on a port of the OS until the set is dropped.
async fn serve(servers: &mut JoinSet<()>) -> TargetAddress {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let key = PrivateKey::random(&mut rand_like(), Algorithm::Ed25519).unwrap();
    let config = Arc::new(server::Config {
        methods: MethodSet::from(&[MethodKind::KeyboardInteractive][..]),
        auth_rejection_time: std::time::Duration::from_millis(10),
        keys: vec![key],
        ..server::Config::default()
    });
    servers.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let running = server::run_stream(Arc::clone(&config), stream, Questioner::default());
            if let Ok(running) = running.await {
                drop(running.await);
            }
        }
    });
    TargetAddress {
        host: "127.0.0.1".to_owned(),
        port,
    }
}

fn rand_like() -> impl russh::keys::ssh_key::rand_core::CryptoRng {
    russh::keys::key::safe_rng()
}

fn identity(secret: Option<&str>) -> Identity {
    Identity {
        user: Some("alice".to_owned()),
        credentials: secret.into_iter().map(password).collect(),
    }
}

#[tokio::test]
async fn rounds_are_put_to_the_person_and_tamed() {
    let mut servers = JoinSet::new();
    let address = serve(&mut servers).await;
    let mut session = Session::dial(parts(address, identity(None)));

    let first = session.asked().await;
    session.answer(&first, &["right"]).await;
    let second = session.asked().await;
    session.answer(&second, &["123", "456"]).await;
    session.until_live().await;

    assert_eq!(first.kind, AskKind::KeyboardInteractive);
    assert!(first.title.contains("Gate[31m"), "{}", first.title);
    let labels: Vec<&str> = second
        .fields
        .iter()
        .map(|field| field.label.as_str())
        .collect();
    assert_eq!(labels, ["Code: ".trim_end(), "PIN:"]);
    assert!(!second.fields[0].is_secret && second.fields[1].is_secret);
    assert!(
        session
            .notices()
            .iter()
            .any(|text| text.starts_with("no_terminal"))
    );
    session.cancel().await;
}

#[tokio::test]
async fn a_stored_password_answers_the_first_hidden_question() {
    let mut servers = JoinSet::new();
    let address = serve(&mut servers).await;
    let mut session = Session::dial(parts(address, identity(Some("right"))));

    let ask = session.asked().await;
    assert_eq!(ask.fields.len(), 2);
    session.answer(&ask, &["123", "456"]).await;

    session.until_live().await;
    session.cancel().await;
}

#[tokio::test]
async fn wrong_answers_may_be_repeated_and_then_end() {
    let mut servers = JoinSet::new();
    let address = serve(&mut servers).await;
    let mut session = Session::dial(parts(address, identity(None)));

    for _ in 0..3 {
        let ask = session.asked().await;
        session.answer(&ask, &["wrong"]).await;
    }
    let exit = session.end().await;

    assert_eq!(exit.reason, CloseReason::AuthenticationFailed, "{exit:?}");
}
