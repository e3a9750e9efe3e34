//! The state machine: phases, questions, input, ending.

use std::time::{Duration, Instant};

use bytes::Bytes;
use shared::close::{CloseReason, SocketClose};
use shared::desktop::DesktopSize;
use shared::epoch::Epoch;
use shared::frame::{self, server_frame::Body};
use shared::id::{SessionId, TargetId, ViewerId};
use shared::terminal::TerminalSize;

use super::ahead::TypeAhead;
use super::asks::OpenAsk;
use super::effect::{Audience, Effect};
use super::event::{DriverNews, Event};
use super::viewers::Viewers;
use crate::driver::{
    AskAnswer, AskId, ConnectStep, DriverExit, DriverInput, Identity, Protocol, TargetAddress,
};
use crate::session::{Ended, Phase};

/// Longest title shown, in characters; the terminal model bounds it in bytes.
const MOST_TITLE: usize = 256;

/// Notices kept for the first viewer while nobody watches.
const MOST_UNSEEN: usize = 8;

/// Keys that interrupt at a Unix terminal: ^C, ^Z, ^\.
const INTERRUPTS: [u8; 3] = [0x03, 0x1a, 0x1c];

/// What a session is before anything happens to it.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) session: SessionId,
    pub(crate) title: String,
    pub(crate) protocol: Protocol,
    pub(crate) features: Vec<String>,
    pub(crate) size: TerminalSize,
    pub(crate) detached_limit: Duration,
    /// Where remembered credentials go, where the user may.
    pub(crate) remember_with: Option<TargetId>,
    /// Stored targets of the dial, by address, for their host keys.
    pub(crate) stored: Vec<(TargetAddress, TargetId)>,
}

/// A session's state.
///
/// INVARIANT: after `Finish` or `Abandon` no event has any effect but refusing seats
/// (`law_tests::laws_hold_for_every_history`).
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(super) setup: Setup,
    pub(super) phase: Phase,
    pub(super) epoch: Epoch,
    pub(super) viewers: Viewers,
    pub(super) ask: OpenAsk,
    ahead: TypeAhead,
    pub(super) size: TerminalSize,
    pub(super) desktop_wish: Option<DesktopSize>,
    pub(super) title: String,
    pub(super) status: String,
    pub(super) unseen: Vec<frame::Notice>,
    pub(super) detached_since: Option<Instant>,
    is_remembering: bool,
}

impl State {
    /// A session that waits for its claim.
    pub(crate) fn new(setup: Setup, now: Instant) -> Self {
        Self {
            phase: Phase::Claiming,
            epoch: Epoch::UNOWNED,
            viewers: Viewers::default(),
            ask: OpenAsk::default(),
            ahead: TypeAhead::default(),
            size: setup.size,
            desktop_wish: None,
            title: setup.title.clone(),
            status: String::new(),
            unseen: Vec::new(),
            detached_since: Some(now),
            is_remembering: false,
            setup,
        }
    }

    pub(crate) const fn phase(&self) -> Phase {
        self.phase
    }

    pub(crate) const fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(crate) const fn size(&self) -> TerminalSize {
        self.size
    }

    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    pub(crate) const fn viewer_count(&self) -> usize {
        self.viewers.len()
    }

    /// Since when nobody is attached.
    pub(crate) const fn detached_since(&self) -> Option<Instant> {
        self.detached_since
    }

    /// Ends a session whose actor broke half-way; none when it has ended before.
    pub(crate) fn on_broken(&mut self, what: &str) -> Option<Ended> {
        if self.phase == Phase::Ended {
            return None;
        }
        self.phase = Phase::Ended;
        Some(broken(what))
    }

    /// Decides what an event means.
    pub(crate) fn on(&mut self, event: &Event, now: Instant) -> Vec<Effect> {
        if self.phase == Phase::Ended {
            return Self::on_after_end(event);
        }
        match event {
            Event::Claimed(epoch) => self.on_claimed(*epoch),
            Event::Driver(news) => self.on_driver(news),
            Event::DriverExited(exit) => self.on_exit(exit),
            Event::Title(title) => self.on_title(title),
            Event::Clipboard(text) => self.on_clipboard(text),
            Event::Arrived(arrival) => self.on_arrival(arrival),
            Event::Left(viewer) => self.on_left(*viewer, now),
            Event::Typed {
                viewer,
                offset_bytes,
                bytes,
            } => self.on_typed(*viewer, *offset_bytes, bytes, now),
            Event::Operated { viewer, input } => self.on_operated(*viewer, input),
            Event::DesktopWished { viewer, size } => self.on_desktop_wished(*viewer, *size),
            Event::Resized { viewer, size } => self.on_resized(*viewer, *size),
            Event::Answered {
                viewer,
                ask,
                answer,
                remember,
            } => self.on_answer(*viewer, *ask, answer, *remember),
            Event::EndAsked(viewer) => self.on_end_asked(*viewer),
            Event::EndRequested(reason) => self.finish(ended_by(*reason)),
            Event::SignedOut(who) => self.on_signed_out(*who, now),
            Event::FenceSeen(theirs) => self.on_fence(*theirs),
            Event::Broke(what) => self.finish(broken(what)),
            Event::Tick => self.on_tick(now),
        }
    }

    fn on_claimed(&mut self, epoch: Epoch) -> Vec<Effect> {
        if self.phase != Phase::Claiming {
            return Vec::new();
        }
        self.epoch = epoch;
        self.phase = Phase::Connecting;
        let mut effects = vec![Effect::Dial];
        effects.extend(self.after_transition());
        effects.extend(self.wake());
        effects
    }

    fn on_driver(&mut self, news: &DriverNews) -> Vec<Effect> {
        match news {
            DriverNews::Step(step) => self.on_step(step),
            DriverNews::Ask(ask) => {
                self.ahead.clear();
                let replaced = self.ask.open(ask.clone());
                let mut effects: Vec<_> = replaced.map(ask_closed).into_iter().collect();
                effects.extend(self.enter(Phase::Asking));
                effects.extend(self.ask_frame().map(|frame| tell(Audience::Writers, frame)));
                effects
            }
            DriverNews::HostKeyTrusted {
                host,
                port,
                public_key,
            } => {
                let is_at =
                    |address: &TargetAddress| address.host == *host && address.port == *port;
                let stored = self.setup.stored.iter().find(|(address, _)| is_at(address));
                let store = |(_, target): &(TargetAddress, TargetId)| Effect::TrustHostKey {
                    target: *target,
                    public_key: public_key.clone(),
                };
                stored.map(store).into_iter().collect()
            }
            DriverNews::CredentialsAccepted(identity) => self.on_accepted(identity),
            DriverNews::Live => self.on_live(),
            DriverNews::Notice { code, text } => self.notice(code, text),
        }
    }

    fn on_step(&mut self, step: &ConnectStep) -> Vec<Effect> {
        self.status = describe(step);
        let mut effects: Vec<_> = self.ask.close().map(ask_closed).into_iter().collect();
        if self.phase == Phase::Asking {
            effects.extend(self.enter(Phase::Connecting));
        } else {
            effects.push(tell(Audience::All, self.status_frame()));
        }
        effects
    }

    fn on_accepted(&mut self, identity: &Identity) -> Vec<Effect> {
        match self.setup.remember_with {
            Some(target) if self.is_remembering => {
                self.is_remembering = false;
                vec![Effect::Remember(target, identity.clone())]
            }
            Some(_) | None => Vec::new(),
        }
    }

    fn on_live(&mut self) -> Vec<Effect> {
        self.status = String::new();
        let mut effects: Vec<_> = self.ask.close().map(ask_closed).into_iter().collect();
        effects.extend(self.enter(Phase::Live));
        if self.size != self.setup.size && !self.setup.protocol.is_desktop() {
            effects.push(Effect::Control(DriverInput::Resize(self.size)));
        }
        effects.extend(self.pass_on_wish());
        effects.extend(self.ahead.take().map(Effect::TypeAhead));
        effects
    }

    fn on_exit(&mut self, exit: &DriverExit) -> Vec<Effect> {
        self.finish(Ended {
            reason: exit.reason,
            text: exit.text.clone(),
            exit_status: exit.exit_status,
        })
    }

    fn on_title(&mut self, title: &str) -> Vec<Effect> {
        let title: String = title.chars().take(MOST_TITLE).collect();
        let title = if title.trim().is_empty() {
            self.setup.title.clone()
        } else {
            title
        };
        if title == self.title {
            return Vec::new();
        }
        self.title.clone_from(&title);
        let frame = Body::Title(frame::Title { title });
        vec![tell(Audience::All, frame), Effect::Record, Effect::Publish]
    }

    fn on_clipboard(&self, text: &str) -> Vec<Effect> {
        if self.phase != Phase::Live {
            return Vec::new();
        }
        let text = text.to_owned();
        let frame = Body::Clipboard(frame::Clipboard { text });
        vec![tell(Audience::Writers, frame)]
    }

    /// INVARIANT: the offset moves before anything is typed, so that no byte is typed twice.
    fn on_typed(
        &mut self,
        id: ViewerId,
        offset_bytes: u64,
        bytes: &Bytes,
        now: Instant,
    ) -> Vec<Effect> {
        let Some(viewer) = self.viewers.find(id) else {
            return Vec::new();
        };
        if offset_bytes != viewer.input_offset {
            let text = format!(
                "input at offset {offset_bytes} where {} was expected",
                viewer.input_offset
            );
            return self.dismiss(id, SocketClose::BadFrame, text, now);
        }
        viewer.input_offset = viewer.input_offset.saturating_add(bytes.len() as u64);
        let mut effects = vec![Effect::AckInput(viewer.input_offset)];
        if !self.may_operate(id, &mut effects) {
            return effects;
        }
        match self.phase {
            _ if bytes.is_empty() => return effects,
            Phase::Claiming | Phase::Connecting => self.ahead.push(bytes),
            Phase::Asking | Phase::Ended => {}
            Phase::Live => {
                self.viewers.note_activity(id);
                effects.extend(self.follow_leader());
                effects.push(Effect::Type(bytes.clone()));
                if bytes.iter().any(|byte| INTERRUPTS.contains(byte)) {
                    effects.push(Effect::Interrupt);
                }
            }
        }
        effects
    }

    fn on_answer(
        &mut self,
        viewer: ViewerId,
        ask: AskId,
        answer: &AskAnswer,
        remember: bool,
    ) -> Vec<Effect> {
        let is_writer = self
            .viewers
            .find(viewer)
            .is_some_and(|viewer| !viewer.is_read_only);
        if !is_writer || !self.ask.accept(ask, answer) {
            return Vec::new();
        }
        self.is_remembering = remember && matches!(answer, AskAnswer::Values(_));
        let answer = answer.clone();
        let mut effects = vec![
            ask_closed(ask),
            Effect::Control(DriverInput::Answer { ask, answer }),
        ];
        effects.extend(self.enter(Phase::Connecting));
        effects
    }

    fn on_end_asked(&mut self, viewer: ViewerId) -> Vec<Effect> {
        let is_writer = self
            .viewers
            .find(viewer)
            .is_some_and(|viewer| !viewer.is_read_only);
        if is_writer {
            self.finish(ended_by(CloseReason::EndedByUser))
        } else {
            Vec::new()
        }
    }

    fn on_fence(&mut self, theirs: Epoch) -> Vec<Effect> {
        if theirs <= self.epoch {
            return Vec::new();
        }
        self.phase = Phase::Ended;
        vec![Effect::Abandon(ended_by(CloseReason::Fenced))]
    }

    fn on_tick(&mut self, now: Instant) -> Vec<Effect> {
        match self.detached_deadline() {
            Some(deadline) if deadline <= now => {
                self.finish(ended_by(CloseReason::DetachedTooLong))
            }
            Some(_) => self.wake(),
            None => Vec::new(),
        }
    }

    /// When the session ends unless somebody attaches.
    fn detached_deadline(&self) -> Option<Instant> {
        self.detached_since?.checked_add(self.setup.detached_limit)
    }

    pub(super) fn wake(&self) -> Vec<Effect> {
        self.detached_deadline()
            .map(Effect::WakeAt)
            .into_iter()
            .collect()
    }

    pub(super) fn finish(&mut self, ended: Ended) -> Vec<Effect> {
        self.phase = Phase::Ended;
        vec![Effect::Finish(ended)]
    }

    fn enter(&mut self, phase: Phase) -> Vec<Effect> {
        if self.phase == phase {
            return Vec::new();
        }
        self.phase = phase;
        self.after_transition()
    }

    fn after_transition(&self) -> Vec<Effect> {
        vec![
            tell(Audience::All, self.status_frame()),
            Effect::Checkpoint,
            Effect::Record,
            Effect::Publish,
        ]
    }

    pub(super) fn status_frame(&self) -> Body {
        Body::Status(frame::Status {
            phase: self.phase.to_frame().into(),
            text: self.status.clone(),
        })
    }

    pub(super) fn ask_frame(&self) -> Option<Body> {
        let may_remember = self.setup.remember_with.is_some();
        self.ask.to_frame(may_remember).map(Body::Ask)
    }

    fn notice(&mut self, code: &str, text: &str) -> Vec<Effect> {
        let notice = frame::Notice {
            code: code.to_owned(),
            text: text.to_owned(),
        };
        if self.viewers.is_empty() {
            if self.unseen.len() < MOST_UNSEEN {
                self.unseen.push(notice);
            }
            return Vec::new();
        }
        vec![tell(Audience::All, Body::Notice(notice))]
    }
}

pub(super) const fn tell(to: Audience, frame: Body) -> Effect {
    Effect::Tell { to, frame }
}

fn ask_closed(ask: AskId) -> Effect {
    let frame = Body::AskClosed(frame::AskClosed { ask: ask.0 });
    tell(Audience::Writers, frame)
}

pub(super) fn read_only_notice() -> Body {
    Body::Notice(frame::Notice {
        code: "read_only".to_owned(),
        text: "You are watching; typing is not forwarded.".to_owned(),
    })
}

fn broken(what: &str) -> Ended {
    Ended {
        reason: CloseReason::Internal,
        text: format!("The session ended because of an error inside Baton ({what})."),
        exit_status: None,
    }
}

/// How an end that we decide reads to a person.
fn ended_by(reason: CloseReason) -> Ended {
    let text = match reason {
        CloseReason::EndedByUser => "The session was ended.",
        CloseReason::EndedByAdmin => "An administrator ended the session.",
        CloseReason::DetachedTooLong => {
            "The session ended because nobody was attached for too long."
        }
        CloseReason::AccessRevoked => "Access to the target was withdrawn.",
        CloseReason::Fenced => "Another node has taken the session over; reattaching leads there.",
        CloseReason::NodeStopping => "The node is shutting down.",
        CloseReason::NodeLost => "The node that ran the session was lost.",
        CloseReason::Internal => "The session ended because of an error inside Baton.",
        CloseReason::Cancelled => "The session was cancelled.",
        CloseReason::TargetExited
        | CloseReason::TargetLost
        | CloseReason::TargetUnreachable
        | CloseReason::UnknownHost
        | CloseReason::Refused
        | CloseReason::TimedOut
        | CloseReason::ProtocolMismatch
        | CloseReason::HostKeyChanged
        | CloseReason::HostKeyUnknown
        | CloseReason::AuthenticationFailed
        | CloseReason::AddressForbidden => "The target ended the session.",
    };
    Ended {
        reason,
        text: text.to_owned(),
        exit_status: None,
    }
}

fn describe(step: &ConnectStep) -> String {
    match step {
        ConnectStep::Resolving { host } => format!("Looking up {host}…"),
        ConnectStep::Connecting { address } => format!("Connecting to {address}…"),
        ConnectStep::Handshaking => "Agreeing on encryption…".to_owned(),
        ConnectStep::Authenticating { user } => format!("Authenticating as {user}…"),
        ConnectStep::Opening => "Opening the session…".to_owned(),
    }
}
