//! A browser in a test: one socket that speaks frames.

use futures_util::{SinkExt as _, StreamExt as _};
use shared::frame::client_frame::Body as FromViewer;
use shared::frame::server_frame::Body;
use shared::frame::{self, ClientFrame, PROTOCOL_VERSION, decode_server, encode};
use shared::id::SessionId;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::world::{OURS, World, within};

/// One socket.
pub(crate) struct Viewer {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Everything before this offset has been received.
    pub(crate) offset: u64,
    pub(crate) acks: bool,
    typed: u64,
}

/// How a viewer attaches.
#[derive(Clone, Debug, Default)]
pub(crate) struct How {
    pub(crate) read_only: bool,
    pub(crate) resume: Option<(u64, u64)>,
    pub(crate) size: Option<(u32, u32)>,
}

/// What a socket gave.
#[derive(Debug)]
pub(crate) enum Got {
    Frame(Body),
    Closed(Option<u16>, String),
}

impl Viewer {
    /// Opens a socket and says nothing.
    pub(crate) async fn connect(world: &World) -> Self {
        Self::connect_from(world, OURS).await.unwrap()
    }

    pub(crate) async fn connect_from(
        world: &World,
        origin: &str,
    ) -> Result<Self, tungstenite::Error> {
        let url = format!("ws://{}/api/v1/attach", world.address);
        let mut request = url.into_client_request()?;
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
        let (socket, _response) = within(
            "a socket",
            // A page's browser turns Nagle's algorithm off as well.
            Box::pin(connect_async_with_config(request, None, true)),
        )
        .await?;
        Ok(Self {
            socket,
            offset: 0,
            acks: true,
            typed: 0,
        })
    }

    /// Opens a socket and asks for a seat.
    pub(crate) async fn ask(world: &World, session: SessionId, how: &How) -> Self {
        let mut viewer = Self::connect(world).await;
        let ticket = world.ticket(session, false);
        viewer.send(attach_frame(ticket, how)).await;
        viewer
    }

    /// Attaches and gives what the node said first.
    pub(crate) async fn attach(
        world: &World,
        session: SessionId,
        how: How,
    ) -> (Self, frame::Attached) {
        let mut viewer = Self::ask(world, session, &how).await;
        match viewer.next().await {
            Got::Frame(Body::Attached(attached)) => {
                if let Some((_, offset)) = how.resume.filter(|_| attached.resumed) {
                    viewer.offset = offset;
                }
                (viewer, attached)
            }
            other => panic!("expected Attached, got {other:?}"),
        }
    }

    pub(crate) async fn send(&mut self, body: FromViewer) {
        let bytes = encode(&ClientFrame { body: Some(body) });
        self.send_raw(Message::Binary(bytes)).await.unwrap();
    }

    pub(crate) async fn send_raw(&mut self, message: Message) -> Result<(), tungstenite::Error> {
        within("the socket takes a message", self.socket.send(message)).await
    }

    pub(crate) async fn types(&mut self, text: &'static [u8]) {
        let offset_bytes = self.typed;
        self.typed += text.len() as u64;
        let data = bytes::Bytes::from_static(text);
        self.send(FromViewer::Input(frame::Input { offset_bytes, data }))
            .await;
    }

    /// The next frame but pings, which are answered; output is acknowledged.
    pub(crate) async fn next(&mut self) -> Got {
        loop {
            let got = within("a frame", self.next_any()).await;
            if let Got::Frame(body) = &got {
                self.answer(body).await;
                if matches!(body, Body::Ping(_)) {
                    continue;
                }
            }
            return got;
        }
    }

    async fn answer(&mut self, body: &Body) {
        let offset_bytes = match body {
            Body::Ping(ping) => {
                let nonce = ping.nonce;
                let bytes = encode(&ClientFrame {
                    body: Some(FromViewer::Pong(frame::Pong { nonce })),
                });
                drop(self.socket.send(Message::Binary(bytes)).await);
                return;
            }
            Body::Output(output) => {
                assert_eq!(output.offset_bytes, self.offset, "output is contiguous");
                self.offset + output.data.len() as u64
            }
            Body::Snapshot(snapshot) => snapshot.offset_bytes,
            _ => return,
        };
        self.offset = offset_bytes;
        if self.acks {
            let bytes = encode(&ClientFrame {
                body: Some(FromViewer::Ack(frame::Ack { offset_bytes })),
            });
            drop(self.socket.send(Message::Binary(bytes)).await);
        }
    }

    async fn next_any(&mut self) -> Got {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    return Got::Frame(decode_server(bytes).expect("the node speaks frames"));
                }
                Some(Ok(Message::Close(Some(close)))) => {
                    return Got::Closed(Some(close.code.into()), close.reason.to_string());
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => {
                    return Got::Closed(None, String::new());
                }
                Some(Ok(_)) => {}
            }
        }
    }

    /// Reads until a frame fits.
    pub(crate) async fn until<T>(&mut self, what: &str, fits: impl Fn(Body) -> Option<T>) -> T {
        loop {
            match self.next().await {
                Got::Frame(body) => {
                    if let Some(found) = fits(body) {
                        return found;
                    }
                }
                Got::Closed(code, text) => panic!("closed ({code:?} {text}) before {what}"),
            }
        }
    }

    /// Reads until everything before `offset` was received; gives the bytes shown, snapshots
    /// included.
    pub(crate) async fn read_to(&mut self, offset: u64) -> Vec<u8> {
        let mut shown = Vec::new();
        while self.offset < offset {
            match self.next().await {
                Got::Frame(Body::Output(output)) => shown.extend_from_slice(&output.data),
                Got::Frame(Body::Snapshot(snapshot)) => shown.extend_from_slice(&snapshot.data),
                Got::Frame(_) => {}
                Got::Closed(code, text) => panic!("closed ({code:?} {text}) at {}", self.offset),
            }
        }
        shown
    }

    /// Reads until the socket closes; gives the code, the reason, and the last frame.
    pub(crate) async fn until_closed(&mut self) -> (Option<u16>, String, Option<Body>) {
        let mut last = None;
        loop {
            match self.next().await {
                Got::Frame(body) => last = Some(body),
                Got::Closed(code, text) => return (code, text, last),
            }
        }
    }
}

pub(crate) fn attach_frame(ticket: [u8; 32], how: &How) -> FromViewer {
    let (cols, rows) = how.size.unwrap_or((80, 24));
    FromViewer::Attach(frame::Attach {
        protocol: PROTOCOL_VERSION,
        ticket: bytes::Bytes::copy_from_slice(&ticket),
        resume_offset_bytes: how.resume.map(|(_, offset)| offset),
        epoch: how.resume.map_or(0, |(epoch, _)| epoch),
        cols,
        rows,
        read_only: how.read_only,
        ..frame::Attach::default()
    })
}
