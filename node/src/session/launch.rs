//! Puts one session together: lanes, stage, keeper, actor, handle.

use std::sync::Arc;

use actix::{Actor as _, ArbiterHandle};
use shared::epoch::Epoch;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::actor::{ActorParts, Companions, Dialling, Facts, SessionActor};
use super::directory::{Registration, Services};
use super::handle::{Card, Shared};
use super::keeper::{Desk, Keeper};
use super::lane::{INPUT_LANE, Lane};
use super::stage::{DesktopScene, Parts, Pulse, Stage, TerminalScene};
use super::state::{Setup, State};
use super::{OpenSession, Phase, SessionHandle};
use crate::checkpoint::Body;
use crate::driver::{DriverLink, Protocol, TargetAddress, TargetGrant, link};

/// Commands in flight to a stage: a burst of everything that viewers can cause at once.
const COMMANDS: usize = 512;

/// What is needed beside the wish itself.
pub(crate) struct Launch<'a> {
    pub(crate) services: &'a Services,
    pub(crate) scrollback_lines: usize,
    pub(crate) arbiter: &'a ArbiterHandle,
    pub(crate) epoch: Epoch,
}

/// The channels between the parts of one session.
struct Lanes {
    link: DriverLink,
    commands: mpsc::Receiver<super::stage::Command>,
    stage: mpsc::Sender<super::stage::Command>,
    pulse: Arc<Pulse>,
    notify: Arc<Notify>,
    keeper: Keeper,
}

impl Launch<'_> {
    /// Starts the session's tasks and its actor.
    pub(crate) fn start(self, wanted: OpenSession, registration: Registration) -> SessionHandle {
        let (link, ends) = link();
        let (stage, commands) = mpsc::channel(COMMANDS);
        let (typed_to, typed) = mpsc::channel(INPUT_LANE);
        let lanes = Lanes {
            link,
            commands,
            stage,
            pulse: Arc::default(),
            notify: Arc::default(),
            keeper: Keeper::new(self.body_of(&wanted)),
        };
        let now = self.services.clock.instant();
        let state = State::new(setup_of(&wanted), now);
        let facts = watch::Sender::new(self.first_facts(&wanted));
        let ended = watch::Sender::new(None);
        let (facts_seen, ended_seen) = (facts.subscribe(), ended.subscribe());
        let card = self.card_of(&wanted);
        let (files, pulse) = (lanes.link.files.clone(), Arc::clone(&lanes.pulse));
        let notify = Arc::clone(&lanes.notify);
        let lane = Lane::new(typed, lanes.link.input.clone());
        let (control, cancel) = (lanes.link.control.clone(), lanes.link.cancel.clone());
        let (stage, keeper) = (lanes.stage.clone(), lanes.keeper.clone());
        let (actor_known, actor_awaited) = oneshot::channel();
        let companions = self.companions(&wanted, lanes, actor_awaited);
        let parts = ActorParts {
            session: wanted.id,
            state,
            epoch: self.epoch,
            opened_at: now,
            clock: Arc::clone(&self.services.clock),
            workers: self.services.workers.clone(),
            dial: Arc::clone(&self.services.dial),
            dialling: Some(Dialling {
                grant: wanted.grant,
                ends,
            }),
            companions: Some(companions),
            lane: Some(lane),
            stage,
            control,
            cancel,
            keeper,
            ownership: self.services.ownership.clone(),
            facts,
            ended,
            pulse: Arc::clone(&pulse),
            registration,
        };
        let actor = SessionActor::start_in_arbiter(self.arbiter, |_| SessionActor::new(parts));
        // The stage waits for this; it ends at once if the actor is gone already.
        let _unheard = actor_known.send(actor.clone().recipient());
        SessionHandle::new(Shared {
            card,
            actor,
            typed: typed_to,
            facts: facts_seen,
            files,
            ended: ended_seen,
            pulse,
            stage: notify,
        })
    }

    fn first_facts(&self, wanted: &OpenSession) -> Facts {
        Facts {
            phase: Phase::Claiming,
            title: wanted.title.clone(),
            viewers: 0,
            detached_since: Some(self.services.clock.wall()),
        }
    }

    fn companions(
        &self,
        wanted: &OpenSession,
        lanes: Lanes,
        actor: oneshot::Receiver<actix::Recipient<super::actor::Happened>>,
    ) -> Companions {
        let desk = Desk {
            keeper: lanes.keeper.clone(),
            session: wanted.id,
            epoch: self.epoch,
            records: Arc::clone(&self.services.records),
            checkpoints: Arc::clone(&self.services.checkpoints),
        };
        let (size, scrollback_lines) = (wanted.size, self.scrollback_lines);
        let is_desktop = wanted.grant.protocol().is_desktop();
        let clock = Arc::clone(&self.services.clock);
        let stage = async move {
            let Ok(actor) = actor.await else { return };
            let parts = Parts {
                commands: lanes.commands,
                events: lanes.link.events,
                control: lanes.link.control,
                cancel: lanes.link.cancel,
                actor,
                pulse: lanes.pulse,
                notify: lanes.notify,
                keeper: lanes.keeper,
                clock,
            };
            if is_desktop {
                Stage::new(DesktopScene::new(), parts).run().await;
            } else {
                let scene = TerminalScene::new(size, scrollback_lines);
                Stage::new(scene, parts).run().await;
            }
        };
        let workers = &self.services.workers;
        Companions {
            stage: workers.spawn("stage", stage),
            keeper: workers.spawn("keeper", desk.run()),
        }
    }

    fn card_of(&self, wanted: &OpenSession) -> Card {
        let address = wanted.grant.address();
        Card {
            id: wanted.id,
            user: wanted.user,
            user_name: wanted.user_name.clone(),
            target: wanted.grant.target(),
            protocol: wanted.grant.protocol(),
            address: address.to_string(),
            epoch: self.epoch,
            opened_at: self.services.clock.wall(),
            detached_limit: wanted.detached_limit,
        }
    }

    fn body_of(&self, wanted: &OpenSession) -> Body {
        let address = wanted.grant.address();
        Body {
            user: wanted.user.to_string(),
            target: wanted
                .grant
                .target()
                .map(|target| target.to_string())
                .unwrap_or_default(),
            protocol: wanted.grant.protocol().name().to_owned(),
            host: address.host.clone(),
            port: address.port.into(),
            title: wanted.title.clone(),
            phase: Phase::Claiming.code().to_owned(),
            cols: wanted.size.cols().into(),
            rows: wanted.size.rows().into(),
            opened_at_us: self.services.clock.wall().as_i64(),
            ..Body::default()
        }
    }
}

fn setup_of(wanted: &OpenSession) -> Setup {
    let grant = &wanted.grant;
    let mut features = vec!["clipboard".to_owned()];
    if grant.protocol() == Protocol::Ssh && grant.ssh().files {
        features.push("files".to_owned());
    }
    // With a jump host the question may have come from there; its answer is not the target's.
    let may_remember = wanted.may_remember && grant.jump().is_none();
    Setup {
        session: wanted.id,
        title: wanted.title.clone(),
        protocol: grant.protocol(),
        features,
        size: wanted.size,
        detached_limit: wanted.detached_limit,
        remember_with: grant.target().filter(|_| may_remember),
        stored: stored_targets(grant),
    }
}

/// Stored targets of a dial, by address: the target itself and every jump before it.
fn stored_targets(grant: &TargetGrant) -> Vec<(TargetAddress, shared::id::TargetId)> {
    let chain = std::iter::successors(Some(grant), |grant| grant.jump());
    let stored = chain.filter_map(|grant| Some((grant.address().clone(), grant.target()?)));
    stored.collect()
}
