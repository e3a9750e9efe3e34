//! Taking a seat: the WebSocket, the first frame, and what the node answers.

use std::time::Duration;

use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use shared::frame::{
    Attach, Attached, ClientFrame, PROTOCOL_VERSION, client_frame, decode_server, encode,
    server_frame,
};
use shared::terminal::TerminalSize;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::api::Api;

pub(super) type Socket = WebSocketStream<TcpStream>;

/// How a viewer acknowledges output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acks {
    /// After at least this many bytes, and at once when the node seems to wait.
    Every(u64),
    /// Never: what a frozen page looks like.
    Never,
}

/// Where a page stopped reading, to go on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Epoch the offset belongs to.
    pub epoch: u64,
    /// Output consumed, in bytes.
    pub offset: u64,
}

/// How to attach.
#[derive(Clone, Copy, Debug)]
pub struct AttachOptions {
    /// Size of the page's terminal.
    pub size: TerminalSize,
    /// Go on from here.
    pub resume: Option<Position>,
    /// Watch only.
    pub read_only: bool,
    /// How to acknowledge.
    pub acks: Acks,
}

impl Default for AttachOptions {
    fn default() -> Self {
        Self {
            size: TerminalSize::DEFAULT,
            resume: None,
            read_only: false,
            acks: Acks::Every(shared::frame::ACK_EVERY),
        }
    }
}

/// Opens the WebSocket of a node, as its own page would; nothing is sent yet.
///
/// # Errors
/// The node does not answer or refuses the upgrade.
pub async fn open_socket(api: &Api) -> anyhow::Result<Socket> {
    let address = api.base().strip_prefix("http://").context("not http")?;
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut request = format!("ws://{address}/api/v1/attach").into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("origin", api.base().parse()?);
    if let Some(cookie) = api.cookie() {
        headers.insert("cookie", cookie.parse()?);
    }
    let (socket, _) = client_async_with_config(request, stream, None).await?;
    Ok(socket)
}

/// Sends the first frame and waits for the node's.
pub(super) async fn take_seat(
    socket: &mut Socket,
    ticket: &[u8],
    options: &AttachOptions,
) -> anyhow::Result<Attached> {
    let frame = ClientFrame {
        body: Some(client_frame::Body::Attach(Attach {
            protocol: PROTOCOL_VERSION,
            ticket: ticket.to_vec().into(),
            resume_offset_bytes: options.resume.map(|position| position.offset),
            epoch: options.resume.map_or(0, |position| position.epoch),
            cols: options.size.cols().into(),
            rows: options.size.rows().into(),
            read_only: options.read_only,
            ..Attach::default()
        })),
    };
    socket.send(Message::Binary(encode(&frame))).await?;
    let first = tokio::time::timeout(Duration::from_secs(20), socket.next())
        .await
        .context("no answer to the first frame")?
        .context("the socket closed instead of an answer")??;
    match first {
        Message::Binary(bytes) => match decode_server(bytes)? {
            server_frame::Body::Attached(attached) => Ok(attached),
            other => anyhow::bail!("the first answer is {other:?}"),
        },
        other => anyhow::bail!("the first answer is {other:?}"),
    }
}

/// The bytes of a ticket as the API hands it out (base64url without padding).
///
/// # Errors
/// It is not base64url.
pub fn ticket_bytes(ticket: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(ticket.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for c in ticket.bytes().filter(|c| *c != b'=') {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => anyhow::bail!("not base64url: {ticket:?}"),
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff)?);
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_base64url() {
        assert_eq!(ticket_bytes("_-8BAg").unwrap(), [0xff, 0xef, 1, 2]);
        assert!(ticket_bytes("not a ticket").is_err());
    }
}
