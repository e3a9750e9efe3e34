//! The actor: receives, asks the state, runs the effects. Sole owner of a session.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::fut::wrap_future;
use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, Handler, Message,
    SpawnHandle, StreamHandler,
};
use shared::id::SessionId;
use shared::time::{Clock, UnixMicros};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use super::directory::Dial;
use super::directory::Registration;
use super::keeper::{Keeper, Kept};
use super::lane::{Admitted, Deed, Lane, Permit};
use super::metrics::{self, Share};
use super::records::RecordChange;
use super::stage::{Ack, Command, Dismissal, NewSeat, Pulse};
use super::state::{Arrival, Effect, Event, SeatRefusal, State};
use super::{Ended, Phase};
use crate::actor::{Exit, Task, Workers, catch};
use crate::driver::{DriverEnds, DriverInput, TargetGrant};
use crate::ownership::Ownership;

/// Control messages in flight; each sender awaits its own, so this is about who waits where.
const MAILBOX: usize = 64;

/// Control inputs kept for a driver that is slow to take them.
const MOST_CONTROL: usize = 16;

/// When a driver that was slow is tried again.
const CONTROL_RETRY: Duration = Duration::from_millis(10);

/// Something happened that the session must decide about.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Happened(pub(crate) Event);

/// A browser asks for a seat.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), SeatRefusal>")]
pub(crate) struct Attach {
    pub(crate) arrival: Arrival,
    /// Its ends; the rest of the seat comes from the state.
    pub(crate) seat: Box<NewSeat>,
    /// Epoch that the offset in `seat.resume` belongs to.
    pub(crate) resume_epoch: u64,
}

/// What the session publishes about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) phase: Phase,
    pub(crate) title: String,
    pub(crate) viewers: usize,
    pub(crate) detached_since: Option<UnixMicros>,
}

/// What is needed to dial, spent by the dial.
pub(crate) struct Dialling {
    pub(crate) grant: TargetGrant,
    pub(crate) ends: DriverEnds,
}

/// The tasks beside the actor; it waits for both.
pub(crate) struct Companions {
    pub(crate) stage: Task<()>,
    pub(crate) keeper: Task<Kept>,
}

/// What an actor is made of.
pub(crate) struct ActorParts {
    pub(crate) session: SessionId,
    pub(crate) state: State,
    pub(crate) epoch: shared::epoch::Epoch,
    pub(crate) opened_at: Instant,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) workers: Workers,
    pub(crate) dial: Arc<dyn Dial>,
    /// Spent by the dial.
    pub(crate) dialling: Option<Dialling>,
    /// Taken when the actor starts.
    pub(crate) companions: Option<Companions>,
    /// Taken when the actor starts.
    pub(crate) lane: Option<Lane>,
    pub(crate) stage: mpsc::Sender<Command>,
    pub(crate) control: mpsc::Sender<DriverInput>,
    pub(crate) cancel: CancellationToken,
    pub(crate) keeper: Keeper,
    pub(crate) ownership: Ownership,
    pub(crate) facts: watch::Sender<Facts>,
    pub(crate) ended: watch::Sender<Option<Ended>>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) registration: Registration,
}

/// One session's actor.
pub(crate) struct SessionActor {
    parts: ActorParts,
    waiting_control: VecDeque<DriverInput>,
    control_timer: Option<SpawnHandle>,
    timer: Option<SpawnHandle>,
    /// The seat that the state is deciding about.
    seat: Option<Box<NewSeat>>,
    refusal: Option<SeatRefusal>,
    /// The place in the driver's lane for what the state is deciding about.
    permit: Option<Permit>,
    /// Where the viewer that typed it learns that it was taken.
    typing: Option<Arc<Ack>>,
    share: Share,
    /// Stops a stage that does not keep up.
    stage: Option<AbortHandle>,
    /// Companions that still run.
    companions: u8,
}

impl SessionActor {
    pub(crate) fn new(parts: ActorParts) -> Self {
        Self {
            parts,
            waiting_control: VecDeque::new(),
            control_timer: None,
            timer: None,
            seat: None,
            refusal: None,
            permit: None,
            typing: None,
            share: Share::default(),
            stage: None,
            companions: 0,
        }
    }

    /// Lets the state decide, and runs what it decided. A panic ends this session and nothing
    /// else.
    fn step(&mut self, event: &Event, ctx: &mut Context<Self>) {
        let stepped = catch(|| {
            let now = self.parts.clock.instant();
            for effect in self.parts.state.on(event, now) {
                self.run(effect, now, ctx);
            }
        });
        if let Err(panic) = stepped {
            tracing::error!(session = %self.parts.session, panic, "Session broke");
            if let Some(ended) = self.parts.state.on_broken("session") {
                self.finish(ended);
            }
        }
    }

    fn run(&mut self, effect: Effect, now: Instant, ctx: &mut Context<Self>) {
        match effect {
            Effect::Dial => self.dial(),
            Effect::Seat {
                attached,
                is_read_only,
                frames,
            } => {
                if let Some(mut seat) = self.seat.take() {
                    seat.attached = attached;
                    seat.is_read_only = is_read_only;
                    seat.frames = frames;
                    self.tell_stage(Command::Seat(seat));
                }
            }
            Effect::Refuse(refusal) => self.refusal = Some(refusal),
            Effect::Dismiss {
                viewer,
                close,
                text,
            } => {
                let dismissal = Dismissal { close, text };
                self.tell_stage(Command::Dismiss { viewer, dismissal });
            }
            Effect::Tell { to, frame } => {
                let frame = Box::new(frame);
                self.tell_stage(Command::Tell { to, frame });
            }
            Effect::AckInput(offset) => {
                if let Some(ack) = &self.typing {
                    ack.set_input(offset);
                }
            }
            Effect::Type(bytes) => {
                if let Some(permit) = self.permit.take() {
                    drop(permit.send(DriverInput::Bytes(bytes)));
                }
            }
            Effect::Operate(input) => {
                if let Some(permit) = self.permit.take() {
                    drop(permit.send(input));
                }
            }
            Effect::TypeAhead(bytes) => self.control(DriverInput::Bytes(bytes), ctx),
            Effect::Control(input) => self.control(input, ctx),
            Effect::ResizeScreen(size) => self.tell_stage(Command::Resize(size)),
            Effect::Interrupt => self.tell_stage(Command::Interrupt),
            Effect::Checkpoint => self.checkpoint(),
            Effect::Record => self.record(),
            Effect::TrustHostKey { target, public_key } => {
                self.parts.keeper.trust_host_key(target, public_key);
            }
            Effect::Remember(target, identity) => self.parts.keeper.remember(target, identity),
            Effect::Publish => self.publish(now),
            Effect::WakeAt(at) => self.wake_at(at, now, ctx),
            Effect::Finish(ended) => self.finish(ended),
            Effect::Abandon(ended) => self.abandon(ended),
        }
    }

    fn dial(&mut self) {
        if let Some(Dialling { grant, ends }) = self.parts.dialling.take() {
            let dialled = self.parts.dial.dial(grant, ends);
            let driver = self.parts.workers.spawn("driver", dialled);
            self.tell_stage(Command::Dialled(driver));
        }
    }

    /// The stage takes commands promptly or is broken; nothing is queued for it here.
    fn tell_stage(&self, command: Command) {
        if let Err(error) = self.parts.stage.try_send(command) {
            let is_full = matches!(error, mpsc::error::TrySendError::Full(_));
            if is_full {
                tracing::error!(session = %self.parts.session, "Stage does not keep up");
                // Its end comes back as a broken companion.
                self.stage.as_ref().inspect(|stage| stage.abort());
            }
        }
    }

    /// Sends on the control lane, in order; a newer size takes the place of a waiting one.
    fn control(&mut self, input: DriverInput, ctx: &mut Context<Self>) {
        if matches!(
            input,
            DriverInput::Resize(_) | DriverInput::ResizeDesktop(_)
        ) {
            let same = std::mem::discriminant(&input);
            self.waiting_control
                .retain(|waiting| std::mem::discriminant(waiting) != same);
        }
        if self.waiting_control.len() < MOST_CONTROL {
            self.waiting_control.push_back(input);
        }
        self.flush_control(ctx);
    }

    fn flush_control(&mut self, ctx: &mut Context<Self>) {
        while let Some(input) = self.waiting_control.pop_front() {
            match self.parts.control.try_send(input) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(input)) => {
                    self.waiting_control.push_front(input);
                    if self.control_timer.is_none() {
                        let retry = ctx.run_later(CONTROL_RETRY, |actor, ctx| {
                            actor.control_timer = None;
                            actor.flush_control(ctx);
                        });
                        self.control_timer = Some(retry);
                    }
                    return;
                }
                Err(mpsc::error::TrySendError::Closed(_)) => return self.waiting_control.clear(),
            }
        }
    }

    fn checkpoint(&self) {
        let state = &self.parts.state;
        let keeper = &self.parts.keeper;
        keeper.set_facts(state.phase(), state.title(), state.size());
    }

    fn record(&self) {
        self.parts.keeper.set_record(RecordChange {
            title: self.parts.state.title().to_owned(),
            phase: self.parts.state.phase(),
            at: self.parts.clock.wall(),
        });
    }

    fn publish(&mut self, now: Instant) {
        let state = &self.parts.state;
        let since = state.detached_since().map(|since| {
            let span = now.saturating_duration_since(since);
            self.parts.clock.wall().minus(span)
        });
        let facts = Facts {
            phase: state.phase(),
            title: state.title().to_owned(),
            viewers: state.viewer_count(),
            detached_since: since,
        };
        self.share.set(facts.phase, facts.viewers);
        self.parts.facts.send_replace(facts);
    }

    fn wake_at(&mut self, at: Instant, now: Instant, ctx: &mut Context<Self>) {
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        let span = at.saturating_duration_since(now);
        let timer = ctx.run_later(span, |actor, ctx| {
            actor.timer = None;
            actor.step(&Event::Tick, ctx);
        });
        self.timer = Some(timer);
    }

    fn finish(&mut self, ended: Ended) {
        self.parts.keeper.end(ended.clone());
        self.tell_stage(Command::End(ended.clone()));
        self.close(ended);
    }

    fn abandon(&mut self, ended: Ended) {
        self.parts.keeper.abandon();
        self.tell_stage(Command::Abandon(ended.clone()));
        self.close(ended);
    }

    fn close(&mut self, ended: Ended) {
        self.parts.cancel.cancel();
        self.permit = None;
        self.waiting_control.clear();
        let now = self.parts.clock.instant();
        let lasted = now.saturating_duration_since(self.parts.opened_at);
        metrics::count_end(ended.reason.code(), lasted);
        let reason = ended.reason.code();
        tracing::info!(session = %self.parts.session, reason, "Session ended");
        self.share = Share::default();
        self.parts.facts.send_modify(|facts| {
            facts.phase = Phase::Ended;
            facts.viewers = 0;
        });
        self.parts.ended.send_replace(Some(ended));
        self.parts.registration.close();
    }

    fn on_companion<T>(&mut self, name: &'static str, exit: &Exit<T>, ctx: &mut Context<Self>) {
        self.companions = self.companions.saturating_sub(1);
        match exit {
            Exit::Finished(_) => {}
            Exit::Panicked(_) | Exit::Cancelled => self.step(&Event::Broke(name), ctx),
        }
        if self.companions == 0 {
            ctx.stop();
        }
    }
}

impl Actor for SessionActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        if let Some(lane) = self.parts.lane.take() {
            ctx.add_stream(lane);
        }
        if let Some(Companions { stage, keeper }) = self.parts.companions.take() {
            self.companions = 2;
            self.stage = Some(stage.abort_handle());
            ctx.spawn(wrap_future(stage).map(|exit, actor: &mut Self, ctx| {
                actor.on_companion("screen", &exit, ctx);
            }));
            ctx.spawn(wrap_future(keeper).map(|exit, actor: &mut Self, ctx| {
                if let Exit::Finished(Kept::Fenced(theirs)) = exit {
                    actor.step(&Event::FenceSeen(theirs), ctx);
                }
                actor.on_companion("keeper", &exit, ctx);
            }));
        }
        self.step(&Event::Claimed(self.parts.epoch), ctx);
    }

    fn stopped(&mut self, _ctx: &mut Self::Context) {
        let (ownership, session) = (self.parts.ownership.clone(), self.parts.session);
        let (epoch, workers) = (self.parts.epoch, self.parts.workers.clone());
        workers
            .spawn(
                "release",
                async move { ownership.end(session, epoch).await },
            )
            .detach();
    }
}

impl Handler<Happened> for SessionActor {
    type Result = ();

    fn handle(&mut self, Happened(event): Happened, ctx: &mut Self::Context) {
        self.step(&event, ctx);
    }
}

impl Handler<Attach> for SessionActor {
    type Result = Result<(), SeatRefusal>;

    fn handle(&mut self, attach: Attach, ctx: &mut Self::Context) -> Self::Result {
        let mut seat = attach.seat;
        if attach.resume_epoch != self.parts.state.epoch().count() {
            seat.resume = None;
        }
        self.seat = Some(seat);
        self.refusal = None;
        self.step(&Event::Arrived(attach.arrival), ctx);
        match (self.refusal.take(), self.seat.take()) {
            (Some(refusal), _) => Err(refusal),
            // The state broke before it decided.
            (None, Some(_)) => Err(SeatRefusal::Ended),
            (None, None) => Ok(()),
        }
    }
}

impl StreamHandler<Admitted> for SessionActor {
    fn handle(&mut self, admitted: Admitted, ctx: &mut Self::Context) {
        let Admitted {
            typed,
            permit,
            waiting,
        } = admitted;
        self.parts.pulse.note_input(self.parts.clock.wall());
        self.permit = Some(permit);
        self.typing = Some(typed.ack);
        let viewer = typed.viewer;
        let event = match typed.deed {
            Deed::Typed {
                offset_bytes,
                bytes,
            } => {
                metrics::count_input(bytes.len());
                Event::Typed {
                    viewer,
                    offset_bytes,
                    bytes,
                }
            }
            Deed::Operated(input) => Event::Operated { viewer, input },
        };
        self.step(&event, ctx);
        // What was not typed gives its place back.
        self.permit = None;
        self.typing = None;
        let now = self.parts.clock.instant();
        metrics::note_input(now.saturating_duration_since(typed.received_at), waiting);
    }

    /// The driver is gone; its exit comes by another way.
    fn finished(&mut self, _ctx: &mut Self::Context) {}
}
