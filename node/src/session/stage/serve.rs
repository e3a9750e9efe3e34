//! Serving viewers: what each is sent next, for as long as its socket has room.

use std::time::Instant;

use shared::frame::{self, server_frame::Body};
use shared::id::ViewerId;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::command::{Dismissal, NewSeat, Outgoing};
use super::scene::Scene;
use super::seat::Seat;
use super::task::{SocketNews, Stage};
use crate::session::Ended;
use crate::session::state::Audience;

/// What one look at a viewer came to.
enum Step {
    /// Send this, then look again.
    Send(Outgoing),
    /// Nothing to send now.
    Wait,
}

impl<S: Scene> Stage<S> {
    pub(super) fn seat(&mut self, mut new: NewSeat, now: Instant) {
        let (viewer, socket) = (new.viewer, new.frames_to.clone());
        let (feed, is_resumed) = self.scene.open(new.resume, now);
        new.frames.extend(self.scene.greeting());
        self.seats.push(Seat::new(new, feed, is_resumed, now));
        let gone = async move {
            socket.closed().await;
            (viewer, SocketNews::Gone)
        };
        self.sockets.push(Box::pin(gone));
    }

    pub(super) fn unseat(&mut self, viewer: ViewerId, dismissal: Option<Dismissal>) {
        let Some(place) = self.seats.iter().position(|seat| seat.viewer == viewer) else {
            return;
        };
        let mut seat = self.seats.swap_remove(place);
        if let Some(dismissal) = dismissal {
            seat.dismiss(dismissal);
        }
    }

    pub(super) fn tell(&mut self, to: Audience, frame: &Body) {
        for seat in &mut self.seats {
            let is_meant = match to {
                Audience::One(viewer) => seat.viewer == viewer,
                Audience::All => true,
                Audience::Writers => !seat.is_read_only,
            };
            if is_meant {
                seat.outbox.push(frame.clone());
            }
        }
    }

    pub(super) fn on_room(
        &mut self,
        viewer: ViewerId,
        permit: mpsc::OwnedPermit<Outgoing>,
        now: Instant,
    ) {
        let Some(place) = self.seats.iter().position(|seat| seat.viewer == viewer) else {
            return;
        };
        if let Some(seat) = self.seats.get_mut(place) {
            seat.blocked_since = None;
        }
        match self.step(place, now) {
            Step::Send(outgoing) => drop(permit.send(outgoing)),
            Step::Wait => drop(permit),
        }
    }

    /// Sends every viewer what it has room for.
    pub(super) fn serve(&mut self, now: Instant) {
        for place in 0..self.seats.len() {
            self.serve_one(place, now);
        }
        self.seats.retain(|seat| !seat.is_done);
    }

    fn serve_one(&mut self, place: usize, now: Instant) {
        loop {
            let Some(seat) = self.seats.get_mut(place) else {
                return;
            };
            if seat.blocked_since.is_some() || seat.is_done {
                return;
            }
            let socket = seat.frames_to.clone();
            match socket.try_reserve_owned() {
                Ok(permit) => match self.step(place, now) {
                    Step::Send(outgoing) => drop(permit.send(outgoing)),
                    Step::Wait => return,
                },
                Err(TrySendError::Full(socket)) => {
                    seat.blocked_since = Some(now);
                    self.await_room(place, socket);
                    return;
                }
                // Its `Gone` is on the way.
                Err(TrySendError::Closed(_)) => return,
            }
        }
    }

    fn await_room(&self, place: usize, socket: mpsc::Sender<Outgoing>) {
        let Some(viewer) = self.seats.get(place).map(|seat| seat.viewer) else {
            return;
        };
        let room = async move {
            match socket.reserve_owned().await {
                Ok(permit) => (viewer, SocketNews::Room(permit)),
                Err(_closed) => (viewer, SocketNews::Gone),
            }
        };
        self.sockets.push(Box::pin(room));
    }

    /// Decides what a viewer is sent next: news first, then the picture, then the last words.
    fn step(&mut self, place: usize, now: Instant) -> Step {
        let Some(seat) = self.seats.get_mut(place) else {
            return Step::Wait;
        };
        if let Some(frame) = seat.outbox.pop() {
            return Step::Send(Outgoing::Frame(frame));
        }
        if let Some(frame) = self.scene.next(seat, now) {
            return Step::Send(Outgoing::Frame(frame));
        }
        let Some((ended, _)) = &self.farewell else {
            return Step::Wait;
        };
        if !self.scene.is_drained(&seat.feed) {
            return Step::Wait;
        }
        if seat.is_told {
            seat.is_done = true;
            return Step::Send(Outgoing::Over);
        }
        seat.is_told = true;
        Step::Send(Outgoing::Frame(Body::Ended(ended_frame(ended))))
    }
}

/// The last frame of a session.
pub(crate) fn ended_frame(ended: &Ended) -> frame::Ended {
    frame::Ended {
        code: ended.reason.code().to_owned(),
        text: ended.text.clone(),
        exit_status: ended.exit_status,
    }
}
