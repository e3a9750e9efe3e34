//! Socket ⇄ frames, nothing else: no decision about a session is taken here.
//!
//! ```text
//! reader: frames in ─▶ Hands (input lane, acks, control)      the first of both to end
//! writer: Frames, pings ─▶ frames out                         closes the socket
//! ```

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode};
use metrics::counter;
use shared::close::{CloseReason, SocketClose};
use shared::desktop::DesktopSize;
use shared::frame::client_frame::Body as FromViewer;
use shared::frame::server_frame::Body;
use shared::frame::{self, ServerFrame, decode_client, encode};
use shared::time::Clock;
use tokio::time::timeout;

use super::operation::operation;
use super::viewer::{Budget, Pending};
use crate::driver::{AskAnswer, AskId};
use crate::metrics::WS_CLOSE;
use crate::session::{Ended, Hands, Seat, Turn, ended_frame};

/// The first frame must come within this time.
const FIRST_FRAME: Duration = Duration::from_secs(5);

/// How often a viewer is pinged; it declares the link lost after three silent ones.
const PING_EVERY: Duration = Duration::from_millis(500);

/// A viewer that says nothing for this long, not even to pings, is gone.
const SILENCE: Duration = Duration::from_secs(15);

/// A frame that the peer does not take for this long closes the socket.
const WRITE_LIMIT: Duration = Duration::from_secs(30);

/// How long saying goodbye may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Pings whose answers are awaited at most.
const MOST_PINGS: usize = 16;

/// How a socket ends.
#[derive(Debug)]
pub(super) struct Closing {
    /// Sent before the close, if the socket still takes it.
    last: Option<Box<Body>>,
    /// None when the peer has left.
    reason: Option<(CloseCode, String)>,
}

impl Closing {
    /// Closes with one of our codes.
    pub(super) fn with(close: SocketClose, text: impl Into<String>) -> Self {
        let reason = Some((CloseCode::Other(close.code()), text.into()));
        Self { last: None, reason }
    }

    /// Closes with "try again later" (RFC 6455 §7.4.2 registry, 1013).
    pub(super) fn again(text: &str) -> Self {
        let reason = Some((CloseCode::Again, text.to_owned()));
        Self { last: None, reason }
    }

    /// Says how the session ended, then closes.
    pub(super) fn ended(ended: &Ended) -> Self {
        Self::after(Some(Body::Ended(ended_frame(ended))))
    }

    fn after(last: Option<Body>) -> Self {
        let code = match &last {
            Some(Body::Ended(ended)) => CloseReason::from_code(&ended.code),
            _ => None,
        };
        let mut closing = Self::over(code);
        closing.last = last.map(Box::new);
        closing
    }

    /// Closes after the last words; those of a session that may run elsewhere say so.
    fn over(reason: Option<CloseReason>) -> Self {
        match reason {
            Some(CloseReason::NodeStopping | CloseReason::Fenced) => {
                Self::with(SocketClose::NodeStopping, "try again, perhaps elsewhere")
            }
            Some(_) | None => Self::with(SocketClose::SessionEnded, "the session is over"),
        }
    }

    fn bad(text: impl Into<String>) -> Self {
        Self::with(SocketClose::BadFrame, text)
    }

    const fn left() -> Self {
        Self {
            last: None,
            reason: None,
        }
    }
}

/// One viewer's socket.
pub(super) struct Socket {
    session: actix_ws::Session,
    stream: AggregatedMessageStream,
    clock: Arc<dyn Clock>,
}

/// What reader and writer of one socket tell each other.
#[derive(Default)]
struct Between {
    /// Pings sent and not answered.
    pings: Cell<VecDeque<(u64, Instant)>>,
    viewer_rtt: Cell<Duration>,
    /// Input that the viewer has been told was taken.
    input_acked: Cell<u64>,
}

impl Socket {
    pub(super) fn new(
        session: actix_ws::Session,
        stream: AggregatedMessageStream,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            session,
            stream,
            clock,
        }
    }

    /// The first frame, which must be `Attach` and come soon.
    pub(super) async fn first_frame(&mut self) -> Result<frame::Attach, Closing> {
        let late = || Closing::with(SocketClose::NoFirstFrame, "no frame within five seconds");
        let first = async {
            loop {
                if let Some(frame) = next_frame(&mut self.stream, &mut self.session).await? {
                    return Ok(frame);
                }
            }
        };
        match timeout(FIRST_FRAME, first).await {
            Ok(Ok(FromViewer::Attach(attach))) => Ok(attach),
            Ok(Ok(_)) => Err(Closing::bad("the first frame must be Attach")),
            Ok(Err(closing)) => Err(closing),
            Err(_elapsed) => Err(late()),
        }
    }

    /// Serves the seat until either side is done.
    pub(super) async fn run(&mut self, seat: Seat) -> Closing {
        let between = Between::default();
        let hands = seat.hands.clone();
        let writer = Writer {
            session: self.session.clone(),
            clock: Arc::clone(&self.clock),
            between: &between,
        };
        let reader = Reader {
            session: self.session.clone(),
            stream: &mut self.stream,
            clock: Arc::clone(&self.clock),
            between: &between,
            budget: Budget::new(self.clock.instant()),
            pending: Pending::default(),
            hands,
        };
        tokio::select! {
            closing = writer.run(seat) => closing,
            closing = reader.run() => closing,
        }
    }

    /// Says goodbye, as far as the peer still listens.
    pub(super) async fn close(mut self, closing: Closing) {
        let Closing {
            last,
            reason: Some((code, text)),
        } = closing
        else {
            counter!(WS_CLOSE, "code" => "1006").increment(1);
            return;
        };
        counter!(WS_CLOSE, "code" => u16::from(code).to_string()).increment(1);
        let description = Some(text);
        let goodbye = async {
            if let Some(body) = last {
                self.session.binary(encoded(*body)).await?;
            }
            let reason = actix_ws::CloseReason { code, description };
            self.session.close(Some(reason)).await
        };
        if !matches!(timeout(FAREWELL, goodbye).await, Ok(Ok(()))) {
            tracing::debug!("Viewer was gone before it was told why");
        }
    }
}

/// The next frame; none for what the WebSocket protocol handles by itself.
async fn next_frame(
    stream: &mut AggregatedMessageStream,
    session: &mut actix_ws::Session,
) -> Result<Option<FromViewer>, Closing> {
    let message = match stream.recv().await {
        None => return Err(Closing::left()),
        Some(Err(error)) => return Err(Closing::bad(error.to_string())),
        Some(Ok(message)) => message,
    };
    match message {
        AggregatedMessage::Binary(bytes) => match decode_client(bytes) {
            Ok(frame) => Ok(Some(frame)),
            Err(error) => Err(Closing::bad(error.to_string())),
        },
        AggregatedMessage::Text(_) => Err(Closing::bad("frames are binary")),
        AggregatedMessage::Ping(bytes) => match session.pong(&bytes).await {
            Ok(()) => Ok(None),
            Err(_closed) => Err(Closing::left()),
        },
        AggregatedMessage::Pong(_) => Ok(None),
        AggregatedMessage::Close(_) => Err(Closing::with(SocketClose::SessionEnded, "")),
    }
}

fn encoded(body: Body) -> bytes::Bytes {
    encode(&ServerFrame { body: Some(body) })
}

/// Frames out.
struct Writer<'a> {
    session: actix_ws::Session,
    clock: Arc<dyn Clock>,
    between: &'a Between,
}

impl Writer<'_> {
    async fn run(mut self, seat: Seat) -> Closing {
        let Seat {
            mut frames,
            mut dismissed,
            hands,
            ..
        } = seat;
        let mut ticks = tokio::time::interval(PING_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut nonce = 0_u64;
        let mut reason = None;
        // The first frame is `Attached`; a ping before it would be out of turn.
        let mut is_greeted = false;
        loop {
            let body = tokio::select! {
                biased;
                Ok(dismissal) = &mut dismissed, if !dismissed.is_terminated() => {
                    return Closing::with(dismissal.close, dismissal.text);
                }
                turn = frames.next() => match turn {
                    Turn::Frame(body) => body,
                    Turn::Over(None) => return Closing::over(reason),
                    Turn::Over(last) => return Closing::after(last),
                },
                _ = ticks.tick(), if is_greeted => {
                    nonce += 1;
                    self.ping(nonce, &hands)
                }
            };
            match &body {
                Body::InputAck(ack) => self.between.input_acked.set(ack.offset_bytes),
                Body::Ended(ended) => reason = CloseReason::from_code(&ended.code),
                _ => {}
            }
            match timeout(WRITE_LIMIT, self.session.binary(encoded(body))).await {
                Ok(Ok(())) => is_greeted = true,
                Ok(Err(_closed)) => return Closing::left(),
                Err(_elapsed) => {
                    let text = "the page takes nothing it is sent";
                    return Closing::with(SocketClose::ViewerSilent, text);
                }
            }
        }
    }

    fn ping(&self, nonce: u64, hands: &Hands) -> Body {
        let mut pings = self.between.pings.take();
        if pings.len() >= MOST_PINGS {
            pings.pop_front();
        }
        pings.push_back((nonce, self.clock.instant()));
        self.between.pings.set(pings);
        let rtt = self.between.viewer_rtt.get().as_micros();
        Body::Ping(frame::Ping {
            nonce,
            epoch: hands.epoch().count(),
            viewer_rtt_us: u32::try_from(rtt).unwrap_or(u32::MAX),
            target_rtt_us: hands.target_rtt_us(),
        })
    }
}

/// Frames in.
struct Reader<'a> {
    session: actix_ws::Session,
    stream: &'a mut AggregatedMessageStream,
    clock: Arc<dyn Clock>,
    between: &'a Between,
    budget: Budget,
    pending: Pending,
    hands: Hands,
}

impl Reader<'_> {
    async fn run(mut self) -> Closing {
        loop {
            let has_input = !self.pending.is_empty();
            let frame = tokio::select! {
                biased;
                place = self.hands.place(), if has_input => {
                    // Without a place the session is over, and the writer says so.
                    let Some(place) = place else { std::future::pending().await };
                    if let Some((deed, at)) = self.pending.take() {
                        self.hands.did(place, deed, at);
                    }
                    continue;
                }
                frame = timeout(SILENCE, next_frame(self.stream, &mut self.session)) => frame,
            };
            let handled = match frame {
                Ok(Ok(Some(frame))) => self.handle(frame).await,
                Ok(Ok(None)) => Ok(()),
                Ok(Err(closing)) => Err(closing),
                Err(_elapsed) => {
                    let text = "the page answers no pings";
                    Err(Closing::with(SocketClose::ViewerSilent, text))
                }
            };
            if let Err(closing) = handled {
                return closing;
            }
        }
    }

    async fn handle(&mut self, frame: FromViewer) -> Result<(), Closing> {
        match frame {
            FromViewer::Input(input) => self.handle_input(input),
            FromViewer::Ack(ack) => {
                self.hands.ack(ack.offset_bytes);
                Ok(())
            }
            FromViewer::Pong(pong) => {
                self.handle_pong(pong.nonce);
                Ok(())
            }
            FromViewer::FrameAck(ack) => {
                self.hands.ack(ack.seq);
                Ok(())
            }
            FromViewer::Pointer(_)
            | FromViewer::Key(_)
            | FromViewer::SetClipboard(_)
            | FromViewer::ReleaseKeys(_) => self.handle_operation(frame),
            FromViewer::Attach(_) => Err(Closing::bad("already attached")),
            FromViewer::ResizeDesktop(_)
            | FromViewer::Resize(_)
            | FromViewer::Answer(_)
            | FromViewer::End(_)
            | FromViewer::Redraw(_) => self.handle_control(frame).await,
        }
    }

    fn handle_input(&mut self, input: frame::Input) -> Result<(), Closing> {
        let (acked, now) = (self.between.input_acked.get(), self.clock.instant());
        self.pending
            .push(input.offset_bytes, input.data, acked, now)
            .map_err(|error| Closing::bad(error.to_string()))
    }

    fn handle_operation(&mut self, frame: FromViewer) -> Result<(), Closing> {
        let Some(input) = operation(frame) else {
            return Ok(());
        };
        let pushed = self.pending.operate(input, self.clock.instant());
        pushed.map_err(|error| Closing::bad(error.to_string()))
    }

    fn handle_pong(&self, nonce: u64) {
        let mut pings = self.between.pings.take();
        if let Some(place) = pings.iter().position(|(sent, _)| *sent == nonce)
            && let Some((_, sent_at)) = pings.remove(place)
        {
            let rtt = self.clock.instant().saturating_duration_since(sent_at);
            self.between.viewer_rtt.set(rtt);
        }
        self.between.pings.set(pings);
    }

    async fn handle_control(&mut self, frame: FromViewer) -> Result<(), Closing> {
        if !self.budget.spend(self.clock.instant()) {
            return Err(Closing::bad("too many control frames"));
        }
        match frame {
            FromViewer::Resize(size) => {
                let size = shared::terminal::TerminalSize::clamped(size.cols, size.rows);
                self.hands.resize(size).await;
            }
            FromViewer::ResizeDesktop(wish) => {
                let size = DesktopSize::clamped(wish.width, wish.height);
                self.hands.wish_desktop(size).await;
            }
            FromViewer::Answer(answer) => {
                let ask = AskId(answer.ask);
                let values = answer.values.into_iter().map(Into::into).collect();
                let reply = if answer.cancelled {
                    AskAnswer::Cancelled
                } else {
                    AskAnswer::Values(values)
                };
                self.hands.answer(ask, reply, answer.remember).await;
            }
            FromViewer::End(_) => self.hands.end().await,
            FromViewer::Redraw(_) => self.hands.redraw(),
            FromViewer::Attach(_)
            | FromViewer::Input(_)
            | FromViewer::Ack(_)
            | FromViewer::FrameAck(_)
            | FromViewer::Pointer(_)
            | FromViewer::Key(_)
            | FromViewer::SetClipboard(_)
            | FromViewer::ReleaseKeys(_)
            | FromViewer::Pong(_) => {}
        }
        Ok(())
    }
}
