//! Targets that are not there, or are not what they should be.

use std::time::Duration;

use node::driver::{ConnectStep, DriverEvent, GrantParts, Identity, TargetAddress};
use shared::close::CloseReason;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::harness::{Account, Sshd, can_run_sshd, free_port, parts};
use crate::session::{Session, failure};

fn to(host: &str, port: u16) -> GrantParts {
    let identity = Identity {
        user: Some("nobody".to_owned()),
        credentials: Vec::new(),
    };
    let host = host.to_owned();
    let mut parts = parts(TargetAddress { host, port }, identity);
    parts.ssh.step_timeout = Duration::from_secs(1);
    parts
}

/// Serves every connection with `work`, on a port of the OS.
async fn serve<F>(servers: &mut JoinSet<()>, work: fn(TcpStream) -> F) -> GrantParts
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    servers.spawn(async move {
        let mut open = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            open.spawn(work(stream));
        }
    });
    to("127.0.0.1", port)
}

async fn say(mut stream: TcpStream, words: &[u8]) {
    stream.write_all(words).await.unwrap();
    // Holds the connection until the driver leaves.
    let mut rest = Vec::new();
    drop(stream.read_to_end(&mut rest).await);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_an_unknown_host() {
    let mut parts = to("no-such-host.invalid", 22);
    parts.ssh.step_timeout = Duration::from_secs(10);
    assert_eq!(failure(parts).await.reason, CloseReason::UnknownHost);
}

#[tokio::test]
async fn a_closed_port_is_refused() {
    let exit = failure(to("127.0.0.1", free_port())).await;
    assert_eq!(exit.reason, CloseReason::Refused);
}

#[tokio::test]
async fn metadata_addresses_are_never_dialled() {
    for host in [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "[fe80::1]",
        "0.0.0.0",
    ] {
        let mut session = Session::dial(to(host, 80));
        let exit = session.end().await;
        assert_eq!(exit.reason, CloseReason::AddressForbidden, "{host}");
        let dialled = session
            .events
            .iter()
            .any(|event| matches!(event, DriverEvent::Step(ConnectStep::Connecting { .. })));
        assert!(!dialled);
    }
}

#[tokio::test]
async fn whatever_else_answers_is_named() {
    let mut servers = JoinSet::new();
    let http = |stream| {
        say(
            stream,
            b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
        )
    };
    let tls = |stream| say(stream, b"\x15\x03\x01\x00\x02\x02\x46");
    let garbage = |stream| say(stream, &[0xa5; 4096]);
    let old = |stream| say(stream, b"SSH-1.5-1.2.27\r\n");
    let broken = |stream| say(stream, b"SSH-2.0-x\r\n\x00\x00\x00\x0c\x05garbage!!!!!!!!");
    let huge = |stream| say(stream, b"SSH-2.0-x\r\n\xff\xff\xff\xff\xff\xff\xff\xff");
    let targets = [
        (serve(&mut servers, http).await, "web server"),
        (serve(&mut servers, tls).await, "TLS"),
        (serve(&mut servers, garbage).await, "not SSH"),
        (serve(&mut servers, old).await, "version 1"),
        (serve(&mut servers, broken).await, "broke the SSH protocol"),
        (serve(&mut servers, huge).await, "broke the SSH protocol"),
    ];
    for (parts, words) in targets {
        let exit = failure(parts).await;
        assert_eq!(exit.reason, CloseReason::ProtocolMismatch, "{exit:?}");
        assert!(exit.text.contains(words), "{}", exit.text);
    }
}

#[tokio::test]
async fn silence_times_out_and_says_so() {
    let mut servers = JoinSet::new();
    let silent = serve(&mut servers, |stream| say(stream, b"")).await;
    let stopped = serve(&mut servers, |stream| say(stream, b"SSH-2.0-x\r\n")).await;

    let silent = failure(silent).await;
    let stopped = failure(stopped).await;

    assert_eq!(silent.reason, CloseReason::TimedOut);
    assert!(silent.text.contains("silent"), "{}", silent.text);
    assert_eq!(stopped.reason, CloseReason::TimedOut);
    assert!(stopped.text.contains("middle"), "{}", stopped.text);
}

#[tokio::test]
async fn a_server_that_leaves_mid_handshake_is_named() {
    let mut servers = JoinSet::new();
    let leaving = serve(&mut servers, |mut stream| async move {
        stream.write_all(b"SSH-2.0-x\r\n").await.unwrap();
        let mut some = [0; 64];
        let _read = stream.read(&mut some).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    let exit = failure(leaving.await).await;
    assert_eq!(exit.reason, CloseReason::TargetLost);
    assert!(exit.text.contains("middle"), "{}", exit.text);
}

#[tokio::test]
async fn a_port_that_closes_at_once_is_tried_again_and_then_reported() {
    let mut servers = JoinSet::new();
    let closing = serve(&mut servers, |stream| async move { drop(stream) }).await;
    let mut session = Session::dial(closing);

    let exit = session.end().await;

    assert_eq!(exit.reason, CloseReason::Refused, "{exit:?}");
    let tries = session
        .events
        .iter()
        .filter(|event| matches!(event, DriverEvent::Step(ConnectStep::Handshaking)));
    assert!(tries.count() > 2);
}

/// A listener whose queue is full drops further connections, like a firewall.
async fn blackhole(waiting: &mut JoinSet<()>) -> (TcpListener, u16) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let port = listener.local_addr().unwrap().port();
    loop {
        let connecting = TcpStream::connect(("127.0.0.1", port));
        match tokio::time::timeout(Duration::from_millis(300), connecting).await {
            Ok(Ok(stream)) => {
                waiting.spawn(async move {
                    let _held = stream;
                    std::future::pending::<()>().await;
                });
            }
            Ok(Err(_)) | Err(_) => return (listener, port),
        }
    }
}

#[tokio::test]
async fn a_blackhole_times_out_and_can_be_cancelled_at_once() {
    let mut waiting = JoinSet::new();
    let (_listener, port) = blackhole(&mut waiting).await;

    let exit = failure(to("127.0.0.1", port)).await;
    assert_eq!(exit.reason, CloseReason::TimedOut, "{exit:?}");

    let mut patient = to("127.0.0.1", port);
    patient.ssh.step_timeout = Duration::from_hours(1);
    let mut session = Session::dial(patient);
    session
        .until("dialling", |event| {
            matches!(event, DriverEvent::Step(ConnectStep::Connecting { .. }))
        })
        .await;
    session.cancel().await;
}

#[tokio::test]
async fn cancelling_mid_handshake_closes_the_connection() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mut patient = to("127.0.0.1", listener.local_addr().unwrap().port());
    patient.ssh.step_timeout = Duration::from_hours(1);
    let session = Session::dial(patient);
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.write_all(b"SSH-2.0-x\r\n").await.unwrap();
    let mut some = [0; 16];
    stream.read_exact(&mut some).await.unwrap();

    session.cancel().await;

    let mut rest = Vec::new();
    drop(stream.read_to_end(&mut rest).await);
}

#[tokio::test]
async fn old_algorithms_need_the_targets_consent() {
    if !can_run_sshd() {
        return;
    }
    let (sshd, account) = (
        Sshd::start("KexAlgorithms diffie-hellman-group14-sha1"),
        Account::create(),
    );
    let exit = failure(sshd.parts(&account)).await;
    assert_eq!(exit.reason, CloseReason::ProtocolMismatch);
    assert!(exit.text.contains("legacy"), "{}", exit.text);

    let mut legacy = sshd.parts(&account);
    legacy.ssh.allow_legacy_algorithms = true;
    Session::live(legacy).await.cancel().await;
}
