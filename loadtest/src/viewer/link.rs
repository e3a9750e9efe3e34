//! One attached viewer: frames in, frames out, and what it has learnt from them.

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use shared::frame::{
    Ack, Answer, Ask, Attached, ClientFrame, CursorShape, End, Ended, FrameAck, INPUT_WINDOW,
    Input, Notice, Pong, Redraw, Resize, Snapshot, Viewer as OtherViewer, client_frame,
    decode_server, encode, server_frame,
};
use shared::terminal::TerminalSize;
use tokio_tungstenite::tungstenite::Message;

use super::Canvas;
use super::attach::{Acks, AttachOptions, Position, Socket, open_socket, take_seat, ticket_bytes};
use crate::api::{Api, text};

/// Output remembered for waiting, in bytes; older output is forgotten.
const MEMORY: usize = 4 * 1024 * 1024;

/// Largest piece of input sent in one frame, in bytes.
const INPUT_PIECE: usize = 16 * 1024;

/// An attached viewer. It reads only while something waits on it.
#[derive(Debug)]
pub struct Viewer {
    socket: Socket,
    acks: Acks,
    /// The node's answer to the first frame.
    pub attached: Attached,
    /// Everything printed since the last wait that succeeded (bounded).
    pub output: Vec<u8>,
    /// The last snapshot, with its place in the output.
    pub snapshot: Option<Snapshot>,
    /// Snapshots received.
    pub snapshots: u64,
    /// Bytes of `Output` received.
    pub received: u64,
    /// Output consumed: where a page would resume.
    pub offset: u64,
    /// The terminal's size as last announced.
    pub size: TerminalSize,
    /// Questions not yet answered.
    pub asks: Vec<Ask>,
    /// The last phase and sentence of the banner.
    pub status: Option<(i32, String)>,
    /// Things the node told.
    pub notices: Vec<Notice>,
    /// Who else is here, as last announced.
    pub viewers: Vec<OtherViewer>,
    /// The title as last announced.
    pub title: String,
    /// What a desktop shows.
    pub canvas: Canvas,
    /// What its pointer looks like.
    pub cursor: Option<CursorShape>,
    /// What the target last put into the clipboard.
    pub clipboard: Option<String>,
    /// How the session ended.
    pub ended: Option<Ended>,
    /// How the node closed the socket: code and text.
    pub closed: Option<(u16, String)>,
    acked: u64,
    pub(super) typed: u64,
    pub(super) typed_acked: u64,
}

impl Viewer {
    /// Opens a session on `target` and attaches to it; the session's id too.
    ///
    /// # Errors
    /// The node refuses.
    pub async fn open(
        api: &Api,
        target: &str,
        options: AttachOptions,
    ) -> anyhow::Result<(String, Self)> {
        let body = json!({
            "target": target, "cols": options.size.cols(), "rows": options.size.rows(),
        });
        let answer = api.post("/sessions", body).await?;
        Self::follow(api, &answer, options).await
    }

    /// Attaches with the answer of `POST /sessions`.
    ///
    /// # Errors
    /// The node refuses.
    pub async fn follow(
        api: &Api,
        answer: &Value,
        options: AttachOptions,
    ) -> anyhow::Result<(String, Self)> {
        let session = text(answer, "session")?.to_owned();
        let viewer = Self::with_ticket(api, text(answer, "ticket")?, options).await?;
        Ok((session, viewer))
    }

    /// Attaches to a running session with a ticket of its own.
    ///
    /// # Errors
    /// The node refuses.
    pub async fn attach(api: &Api, session: &str, options: AttachOptions) -> anyhow::Result<Self> {
        let body = json!({"read_only": options.read_only});
        let answer = api
            .post(&format!("/sessions/{session}/ticket"), body)
            .await?;
        Self::with_ticket(api, text(&answer, "ticket")?, options).await
    }

    /// Attaches with a ticket.
    ///
    /// # Errors
    /// The node refuses.
    pub async fn with_ticket(
        api: &Api,
        ticket: &str,
        options: AttachOptions,
    ) -> anyhow::Result<Self> {
        let mut socket = open_socket(api).await?;
        let attached = take_seat(&mut socket, &ticket_bytes(ticket)?, &options).await?;
        let offset = match options.resume {
            Some(position) if attached.resumed => position.offset,
            _ => 0,
        };
        Ok(Self {
            socket,
            acks: options.acks,
            size: TerminalSize::clamped(attached.cols, attached.rows),
            title: attached.title.clone(),
            attached,
            output: Vec::new(),
            snapshot: None,
            snapshots: 0,
            received: 0,
            offset,
            asks: Vec::new(),
            status: None,
            notices: Vec::new(),
            viewers: Vec::new(),
            canvas: Canvas::new()?,
            cursor: None,
            clipboard: None,
            ended: None,
            closed: None,
            acked: offset,
            typed: 0,
            typed_acked: 0,
        })
    }

    /// Where a page would resume.
    pub const fn position(&self) -> Position {
        Position {
            epoch: self.attached.epoch,
            offset: self.offset,
        }
    }

    /// Receives one frame and learns from it. `None`: the node closed the socket.
    ///
    /// # Errors
    /// The link broke, or the node broke the protocol (a gap, an unknown frame).
    pub async fn next(&mut self) -> anyhow::Result<Option<server_frame::Body>> {
        loop {
            match self.socket.next().await {
                None => return Ok(None),
                Some(Ok(Message::Binary(bytes))) => {
                    let body = decode_server(bytes)?;
                    self.learn(&body)?;
                    self.reply(&body).await;
                    return Ok(Some(body));
                }
                Some(Ok(Message::Close(frame))) => {
                    self.closed =
                        frame.map(|frame| (u16::from(frame.code), frame.reason.to_string()));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) if self.closed.is_some() => {
                    tracing::debug!(%error, "the link broke after its close");
                    return Ok(None);
                }
                Some(Err(error)) => return Err(error).context("the link broke"),
            }
        }
    }

    fn learn(&mut self, body: &server_frame::Body) -> anyhow::Result<()> {
        use server_frame::Body;
        match body {
            Body::Output(output) => {
                anyhow::ensure!(
                    output.offset_bytes == self.offset,
                    "output at {} continues at {}",
                    self.offset,
                    output.offset_bytes
                );
                self.remember(&output.data);
            }
            Body::Snapshot(snapshot) => {
                self.snapshots += 1;
                self.offset = snapshot.offset_bytes;
                self.output.clear();
                self.output.extend_from_slice(&snapshot.data);
                self.size = TerminalSize::clamped(snapshot.cols, snapshot.rows);
                self.snapshot = Some(snapshot.clone());
            }
            Body::DesktopFrame(frame) => self.canvas.draw(frame)?,
            other => self.note(other),
        }
        Ok(())
    }

    /// What a page says by itself. A node that hangs up is found out by reading on, not here.
    async fn reply(&mut self, body: &server_frame::Body) {
        use server_frame::Body;
        let _or_hung_up = match body {
            Body::Output(_) => self.acknowledge(1).await,
            Body::Snapshot(_) => self.acknowledge(0).await,
            Body::DesktopFrame(frame) => {
                let (seq, draw_us) = (frame.seq, 0);
                self.send(client_frame::Body::FrameAck(FrameAck { seq, draw_us }))
                    .await
            }
            Body::Ping(ping) => {
                let nonce = ping.nonce;
                let pong = self.send(client_frame::Body::Pong(Pong { nonce })).await;
                // A page draws what little came since and says so; it is never silent for long.
                match pong {
                    Ok(()) if self.offset != self.acked => self.acknowledge(0).await,
                    outcome => outcome,
                }
            }
            _ => Ok(()),
        };
    }

    fn note(&mut self, body: &server_frame::Body) {
        use server_frame::Body;
        match body.clone() {
            Body::InputAck(ack) => self.typed_acked = ack.offset_bytes,
            Body::Resized(resized) => {
                self.size = TerminalSize::clamped(resized.cols, resized.rows);
            }
            Body::Ask(ask) => self.asks.push(ask),
            Body::AskClosed(closed) => self.asks.retain(|ask| ask.ask != closed.ask),
            Body::Status(status) => self.status = Some((status.phase, status.text)),
            Body::Title(title) => self.title = title.title,
            Body::Viewers(viewers) => self.viewers = viewers.viewers,
            Body::Notice(notice) => self.notices.push(notice),
            Body::Ended(ended) => self.ended = Some(ended),
            Body::Clipboard(clipboard) => self.clipboard = Some(clipboard.text),
            Body::CursorShape(shape) => self.cursor = Some(shape),
            Body::DesktopFrame(_)
            | Body::Leds(_)
            | Body::Attached(_)
            | Body::Output(_)
            | Body::Snapshot(_)
            | Body::Ping(_) => {}
        }
    }

    fn remember(&mut self, data: &Bytes) {
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        self.offset += length;
        self.received += length;
        if self.output.len() + data.len() > MEMORY {
            self.output.clear();
        }
        self.output.extend_from_slice(data);
    }

    /// Acknowledges when that is due; after how many bytes is multiplied by `factor`.
    async fn acknowledge(&mut self, factor: u64) -> anyhow::Result<()> {
        match self.acks {
            Acks::Every(bytes) if self.offset.saturating_sub(self.acked) >= bytes * factor => {
                self.acknowledge_now().await
            }
            Acks::Every(_) | Acks::Never => Ok(()),
        }
    }

    /// Acknowledges everything consumed so far.
    ///
    /// # Errors
    /// The link broke.
    pub async fn acknowledge_now(&mut self) -> anyhow::Result<()> {
        self.acked = self.offset;
        let offset_bytes = self.offset;
        self.send(client_frame::Body::Ack(Ack { offset_bytes }))
            .await
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// The link broke.
    pub async fn send(&mut self, body: client_frame::Body) -> anyhow::Result<()> {
        let frame = encode(&ClientFrame { body: Some(body) });
        self.send_raw(frame).await
    }

    /// Sends bytes as one frame, whatever they are.
    ///
    /// # Errors
    /// The link broke.
    pub async fn send_raw(&mut self, frame: Bytes) -> anyhow::Result<()> {
        Ok(self.socket.send(Message::Binary(frame)).await?)
    }

    /// Types, within the window of unacknowledged input.
    ///
    /// # Errors
    /// The link broke.
    pub async fn type_text(&mut self, text: impl AsRef<[u8]>) -> anyhow::Result<()> {
        for piece in text.as_ref().chunks(INPUT_PIECE) {
            let length = u64::try_from(piece.len())?;
            while self.typed + length > self.typed_acked + INPUT_WINDOW {
                self.next()
                    .await?
                    .context("the socket closed while typing")?;
            }
            let offset_bytes = self.typed;
            self.typed += length;
            self.send(client_frame::Body::Input(Input {
                offset_bytes,
                data: Bytes::copy_from_slice(piece),
            }))
            .await?;
        }
        Ok(())
    }

    /// Says the page's new size.
    ///
    /// # Errors
    /// The link broke.
    pub async fn resize(&mut self, cols: u32, rows: u32) -> anyhow::Result<()> {
        self.send(client_frame::Body::Resize(Resize { cols, rows }))
            .await
    }

    /// Answers a question.
    ///
    /// # Errors
    /// The link broke.
    pub async fn answer(&mut self, ask: u64, values: &[&str]) -> anyhow::Result<()> {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        self.send(client_frame::Body::Answer(Answer {
            ask,
            cancelled: false,
            values,
            remember: false,
        }))
        .await
    }

    /// Asks for a fresh snapshot.
    ///
    /// # Errors
    /// The link broke.
    pub async fn redraw(&mut self) -> anyhow::Result<()> {
        self.send(client_frame::Body::Redraw(Redraw {})).await
    }

    /// Ends the session.
    ///
    /// # Errors
    /// The link broke.
    pub async fn end(&mut self) -> anyhow::Result<()> {
        self.send(client_frame::Body::End(End {})).await
    }

    /// Closes the tab.
    ///
    /// # Errors
    /// The link broke before.
    pub async fn close(mut self) -> anyhow::Result<Position> {
        self.socket.close(None).await?;
        Ok(self.position())
    }
}
