//! Viewers come and go: seats, sizes, sign-outs.

use std::time::Instant;

use shared::close::SocketClose;
use shared::frame::{self, PROTOCOL_VERSION, server_frame::Body};
use shared::id::ViewerId;
use shared::terminal::TerminalSize;

use super::effect::{Audience, Effect, SeatRefusal};
use super::event::{Arrival, Event};
use super::machine::{State, tell};
use super::viewers::MOST_VIEWERS;
use crate::driver::DriverInput;
use crate::session::{Phase, SignOut};

impl State {
    /// After the end only one thing needs an answer: someone who wants a seat.
    pub(super) fn on_after_end(event: &Event) -> Vec<Effect> {
        match event {
            Event::Arrived(_) => vec![Effect::Refuse(SeatRefusal::Ended)],
            _ => Vec::new(),
        }
    }

    pub(super) fn on_arrival(&mut self, arrival: &Arrival) -> Vec<Effect> {
        if self.viewers.len() >= MOST_VIEWERS {
            return vec![Effect::Refuse(SeatRefusal::Full)];
        }
        // A tab that comes back after an outage must not pull the size from the one in use.
        let leads = !arrival.is_read_only && (!arrival.is_resuming || !self.viewers.has_writer());
        self.viewers.add(arrival, leads);
        self.detached_since = None;
        let mut effects = self.follow_leader();
        if let Some(size) = arrival.desktop_size.filter(|_| leads) {
            effects.extend(self.on_desktop_wished(arrival.viewer, size));
        }
        effects.push(self.seat(arrival));
        effects.push(tell(Audience::All, Body::Viewers(self.viewers.to_frame())));
        effects.push(Effect::Publish);
        effects
    }

    fn seat(&mut self, arrival: &Arrival) -> Effect {
        let attached = frame::Attached {
            protocol: PROTOCOL_VERSION,
            session: self.setup.session.to_string(),
            viewer: arrival.viewer.to_string(),
            epoch: self.epoch.count(),
            read_only: arrival.is_read_only,
            cols: self.size.cols().into(),
            rows: self.size.rows().into(),
            resumed: false,
            features: self.setup.features.clone(),
            title: self.title.clone(),
            protocol_name: self.setup.protocol.name().to_owned(),
            is_desktop: self.setup.protocol.is_desktop(),
        };
        let mut frames = vec![self.status_frame()];
        if !arrival.is_read_only {
            frames.extend(self.ask_frame());
        }
        frames.extend(self.unseen.drain(..).map(Body::Notice));
        Effect::Seat {
            attached: Box::new(attached),
            is_read_only: arrival.is_read_only,
            frames,
        }
    }

    pub(super) fn on_left(&mut self, viewer: ViewerId, now: Instant) -> Vec<Effect> {
        if !self.viewers.remove(viewer) {
            return Vec::new();
        }
        let mut effects = self.follow_leader();
        if self.phase == Phase::Live && self.setup.protocol.is_desktop() {
            // Whoever left cannot let go any more.
            effects.push(Effect::Control(DriverInput::ReleaseKeys));
        }
        if self.viewers.is_empty() {
            self.detached_since = Some(now);
            effects.extend(self.wake());
        }
        effects.push(tell(Audience::All, Body::Viewers(self.viewers.to_frame())));
        effects.push(Effect::Publish);
        effects
    }

    pub(super) fn dismiss(
        &mut self,
        viewer: ViewerId,
        close: SocketClose,
        text: String,
        now: Instant,
    ) -> Vec<Effect> {
        let mut effects = vec![Effect::Dismiss {
            viewer,
            close,
            text,
        }];
        effects.extend(self.on_left(viewer, now));
        effects
    }

    pub(super) fn on_signed_out(&mut self, who: SignOut, now: Instant) -> Vec<Effect> {
        let leaving = self.viewers.behind(who);
        let dismiss = |viewer| {
            let text = "the login behind this page has ended".to_owned();
            self.dismiss(viewer, SocketClose::SignedOut, text, now)
        };
        leaving.into_iter().flat_map(dismiss).collect()
    }

    pub(super) fn on_resized(&mut self, id: ViewerId, size: TerminalSize) -> Vec<Effect> {
        let Some(viewer) = self.viewers.find(id) else {
            return Vec::new();
        };
        viewer.size = size;
        if viewer.is_read_only {
            return Vec::new();
        }
        self.viewers.note_activity(id);
        self.follow_leader()
    }

    /// Takes the size of the writer that typed or resized last.
    pub(super) fn follow_leader(&mut self) -> Vec<Effect> {
        let Some(size) = self
            .viewers
            .leading_size()
            .filter(|size| *size != self.size)
        else {
            return Vec::new();
        };
        self.size = size;
        let mut effects = vec![Effect::ResizeScreen(size), Effect::Checkpoint];
        if self.phase == Phase::Live && !self.setup.protocol.is_desktop() {
            effects.push(Effect::Control(DriverInput::Resize(size)));
        }
        effects
    }
}
