//! Servers that die, say nothing, speak something else, or stop reading.

use std::time::Duration;

use node::driver::{DriverInput, TargetAddress};
use shared::close::CloseReason;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::server::{Xvnc, can_run_xvnc, target};
use super::session::{Session, failure};

/// A server of the test's own.
async fn served<F>(serve: impl FnOnce(TcpStream) -> F) -> (TargetAddress, impl Future<Output = ()>)
where
    F: Future<Output = ()>,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = TargetAddress {
        host: "127.0.0.1".to_owned(),
        port: listener.local_addr().unwrap().port(),
    };
    let serving = async move {
        let (stream, _) = listener.accept().await.unwrap();
        serve(stream).await;
    };
    (address, serving)
}

/// Greets and opens a desktop of 100 by 50 pixels without any security.
async fn greet(stream: &mut TcpStream) {
    stream.write_all(b"RFB 003.008\n").await.unwrap();
    stream.read_exact(&mut [0; 12]).await.unwrap();
    stream.write_all(&[1, 1]).await.unwrap();
    stream.read_exact(&mut [0; 1]).await.unwrap();
    stream.write_all(&[0, 0, 0, 0]).await.unwrap();
    stream.read_exact(&mut [0; 1]).await.unwrap();
    let mut init = vec![0, 100, 0, 50];
    init.extend([0; 16]);
    init.extend([0, 0, 0, 1, b'x']);
    stream.write_all(&init).await.unwrap();
}

/// An update of one black pixel.
const UPDATE: [u8; 20] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_ends_the_session_with_its_reason() {
    if !can_run_xvnc() {
        return;
    }
    let mut server = Xvnc::start("None", &[]);
    let mut session = Session::shown(server.target()).await;
    server.kill();
    let exit = session.end().await;
    assert_eq!(exit.reason, CloseReason::TargetLost, "{}", exit.text);
}

#[tokio::test]
async fn whatever_is_not_vnc_is_named() {
    for (greeting, reason, part) in [
        (
            &b"SSH-2.0-OpenSSH\r\n"[..],
            CloseReason::ProtocolMismatch,
            "SSH",
        ),
        (
            b"HTTP/1.1 400 no\r\n",
            CloseReason::ProtocolMismatch,
            "HTTP",
        ),
        (b"", CloseReason::Refused, "closed it at once"),
    ] {
        let (address, serving) = served(async move |mut stream: TcpStream| {
            stream.write_all(greeting).await.unwrap();
        })
        .await;
        let (exit, ()) = tokio::join!(failure(target(address)), serving);
        assert_eq!(exit.reason, reason, "{}", exit.text);
        assert!(exit.text.contains(part), "{}", exit.text);
    }
}

#[tokio::test]
async fn silence_is_given_a_limit_before_and_after_the_greeting() {
    for (greeting, part) in [(&b""[..], "silent"), (b"RFB 003.008\n", "middle")] {
        let (address, serving) = served(async move |mut stream: TcpStream| {
            stream.write_all(greeting).await.unwrap();
            drop(stream.read_to_end(&mut Vec::new()).await);
        })
        .await;
        let mut target = target(address);
        target.settings.step_timeout = Duration::from_millis(200);
        let (exit, ()) = tokio::join!(failure(target), serving);
        assert_eq!(exit.reason, CloseReason::TimedOut, "{}", exit.text);
        assert!(exit.text.contains(part), "{}", exit.text);
    }
}

#[tokio::test]
async fn a_desktop_without_a_picture_is_no_desktop() {
    let (address, serving) = served(async |mut stream: TcpStream| {
        greet(&mut stream).await;
        drop(stream.read_to_end(&mut Vec::new()).await);
    })
    .await;
    let mut target = target(address);
    target.settings.step_timeout = Duration::from_millis(300);
    let (exit, ()) = tokio::join!(failure(target), serving);
    assert_eq!(exit.reason, CloseReason::TimedOut, "{}", exit.text);
    assert!(exit.text.contains("no picture"), "{}", exit.text);
}

#[tokio::test]
async fn a_pixel_outside_of_the_desktop_ends_the_session() {
    let (address, serving) = served(async |mut stream: TcpStream| {
        greet(&mut stream).await;
        let mut update = UPDATE;
        update[5] = 100;
        stream.write_all(&update).await.unwrap();
        drop(stream.read_to_end(&mut Vec::new()).await);
    })
    .await;
    let (exit, ()) = tokio::join!(failure(target(address)), serving);
    assert_eq!(exit.reason, CloseReason::ProtocolMismatch);
    assert!(exit.text.contains("outside"), "{}", exit.text);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_reading_blocks_nothing_and_is_left() {
    let (address, serving) = served(async |mut stream: TcpStream| {
        greet(&mut stream).await;
        stream.write_all(&UPDATE).await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let mut tasks = JoinSet::new();
    tasks.spawn(serving);
    let mut session = Session::shown(target(address)).await;
    let input = session.link.input.clone();
    // More than any socket buffer takes; the lane is full in the end, and nobody minds.
    tasks.spawn(async move {
        let text = "x".repeat(1024 * 1024);
        while input
            .send(DriverInput::SetClipboard(text.clone()))
            .await
            .is_ok()
        {}
    });
    let exit = session.end().await;
    assert_eq!(exit.reason, CloseReason::TimedOut, "{}", exit.text);
    assert!(exit.text.contains("stopped reading"), "{}", exit.text);
}
