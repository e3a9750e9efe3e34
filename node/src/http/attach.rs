//! Takes a seat: the first frame, the ticket, the session. Then the socket is `ws`'s.
//!
//! Decides nothing about sessions; refuses what has no ticket, early and cheaply.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::BoxFuture;
use metrics::gauge;
use shared::close::SocketClose;
use shared::desktop::DesktopSize;
use shared::epoch::Epoch;
use shared::frame::{self, MAX_CLIENT_FRAME, PROTOCOL_VERSION};
use shared::id::{LoginId, SessionId};
use shared::terminal::TerminalSize;
use shared::time::Clock;

use super::ws::{Closing, Socket};
use super::{ApiError, Presence};
use crate::actor;
use crate::metrics::WS_CONNECTIONS;
use crate::session::{AttachError, AttachRequest, Directory, Pass, Seat, Tickets};

/// Sockets of one address that have shown no ticket yet, at most: a page opens one at a time, an
/// office behind one address a few at once.
const MOST_WAITING: u32 = 32;

/// Whether a request for a socket comes from one of our own pages.
pub type OriginPolicy = Arc<dyn Fn(&HttpRequest) -> bool + Send + Sync>;

/// Whose request it is, as far as that can be known.
pub type AddressOf = Arc<dyn Fn(&HttpRequest) -> IpAddr + Send + Sync>;

/// Whether a login still counts, and, for somebody else's session, still may watch it.
pub type Verify = Arc<dyn Fn(LoginId, Option<SessionId>) -> BoxFuture<'static, bool> + Send + Sync>;

/// What a socket needs of the node.
#[derive(Clone)]
pub struct Sockets {
    /// Where sessions are found.
    pub directory: Directory,
    /// Where tickets are redeemed.
    pub tickets: Tickets,
    /// Which pages may open one.
    pub origins: OriginPolicy,
    /// Whose request it is.
    pub address_of: AddressOf,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Counts sockets that have shown no ticket.
    pub doorkeeper: Doorkeeper,
    /// Counts attached viewers as activity of their logins.
    pub presence: Presence,
    /// Asks about the login once more when a ticket is redeemed.
    pub verify: Verify,
}

impl std::fmt::Debug for Sockets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sockets").finish_non_exhaustive()
    }
}

/// Counts sockets per address until they show a ticket.
#[derive(Clone, Debug, Default)]
pub struct Doorkeeper {
    waiting: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

/// A socket's place at the door; dropped when it has shown its ticket, or left.
#[derive(Debug)]
pub(super) struct Doorstep {
    keeper: Doorkeeper,
    address: IpAddr,
}

impl Doorkeeper {
    fn admit(&self, address: IpAddr) -> Option<Doorstep> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.entry(address).or_insert(0);
        if *count >= MOST_WAITING {
            return None;
        }
        *count += 1;
        let keeper = self.clone();
        Some(Doorstep { keeper, address })
    }
}

impl Drop for Doorstep {
    fn drop(&mut self) {
        let mut waiting = self
            .keeper
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = waiting.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                waiting.remove(&self.address);
            }
        }
    }
}

/// `GET /api/v1/attach`: opens a viewer's socket.
///
/// # Errors
/// What is not a WebSocket handshake.
pub async fn attach(
    request: HttpRequest,
    payload: Payload,
    sockets: Data<Sockets>,
) -> Result<HttpResponse, actix_web::Error> {
    if !(sockets.origins)(&request) {
        let text = "This page may not open a session here.";
        return Err(ApiError::forbidden("bad_origin", text).into());
    }
    let address = (sockets.address_of)(&request);
    let Some(doorstep) = sockets.doorkeeper.admit(address) else {
        let text = "Too many sockets from this address are waiting to attach.";
        return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "throttled", text).into());
    };
    let (response, session, stream) = actix_ws::handle(&request, payload)?;
    let stream = stream
        .max_frame_size(MAX_CLIENT_FRAME)
        .aggregate_continuations()
        .max_continuation_size(MAX_CLIENT_FRAME);
    let socket = Socket::new(session, stream, Arc::clone(&sockets.clock));
    actor::spawn_local("viewer", serve(socket, sockets, doorstep)).detach();
    Ok(response)
}

async fn serve(mut socket: Socket, sockets: Data<Sockets>, doorstep: Doorstep) {
    let _counted = Counted::new();
    let closing = match socket.first_frame().await {
        Ok(first) => match take_seat(first, &sockets).await {
            Ok((seat, login, watched)) => {
                drop(doorstep);
                let _present = sockets.presence.enter(login, watched);
                // Asked with the seat taken: a login that ends later finds it and takes it away.
                if (sockets.verify)(login, watched).await {
                    socket.run(seat).await
                } else {
                    drop(seat);
                    signed_out()
                }
            }
            Err(closing) => closing,
        },
        Err(closing) => closing,
    };
    socket.close(closing).await;
}

/// Counts an open socket for as long as it lives.
struct Counted;

impl Counted {
    fn new() -> Self {
        gauge!(WS_CONNECTIONS, "state" => "open").increment(1.0);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        gauge!(WS_CONNECTIONS, "state" => "open").decrement(1.0);
    }
}

fn signed_out() -> Closing {
    Closing::with(
        SocketClose::SignedOut,
        "the login behind this page has ended",
    )
}

/// A seat, whose login it is for, and the session when it is somebody else's.
type Taken = (Seat, LoginId, Option<SessionId>);

async fn take_seat(first: frame::Attach, sockets: &Sockets) -> Result<Taken, Closing> {
    if first.protocol != PROTOCOL_VERSION {
        let text = format!(
            "this node speaks version {PROTOCOL_VERSION}, the page {}; reload it",
            first.protocol
        );
        return Err(Closing::with(SocketClose::WrongVersion, text));
    }
    let bad_ticket = || Closing::with(SocketClose::BadTicket, "ticket is unknown, used or expired");
    let pass = sockets
        .tickets
        .redeem(&first.ticket)
        .ok_or_else(bad_ticket)?;
    let over = || Closing::with(SocketClose::SessionEnded, "the session is over");
    let handle = sockets.directory.find(pass.session).ok_or_else(over)?;
    let login = pass.holder.login;
    let watched = (handle.user() != pass.holder.user).then_some(pass.session);
    let request = request_of(&first, pass);
    let seat = handle.attach(request).await.map_err(|error| match error {
        AttachError::Ended => handle
            .ended()
            .map_or_else(over, |ended| Closing::ended(&ended)),
        AttachError::Full => Closing::again("the session has as many viewers as it may"),
    });
    Ok((seat?, login, watched))
}

fn request_of(first: &frame::Attach, pass: Pass) -> AttachRequest {
    let epoch = Epoch::new(first.epoch);
    AttachRequest {
        holder: pass.holder,
        is_read_only: pass.is_read_only || first.read_only,
        size: TerminalSize::clamped(first.cols, first.rows),
        desktop_size: (first.width > 0 && first.height > 0)
            .then(|| DesktopSize::clamped(first.width, first.height)),
        resume: first.resume_offset_bytes.map(|offset| (epoch, offset)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_fill_the_door_and_leaving_makes_room() {
        let keeper = Doorkeeper::default();
        let (busy, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut steps: Vec<_> = (0..MOST_WAITING)
            .map(|_| keeper.admit(busy).unwrap())
            .collect();
        assert!(keeper.admit(busy).is_none());
        assert!(keeper.admit(other).is_some());
        steps.pop();
        steps.push(keeper.admit(busy).unwrap());
        drop(steps);
        assert!(keeper.waiting.lock().unwrap().is_empty(), "nothing is kept");
    }
}
