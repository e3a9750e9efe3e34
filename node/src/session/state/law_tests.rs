//! The laws, checked over random histories.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use proptest::prelude::*;
use shared::close::CloseReason;
use shared::epoch::Epoch;
use shared::id::ViewerId;
use shared::terminal::TerminalSize;
use shared::time::{Clock as _, SystemClock};

use super::tests::{arrival, setup};
use super::*;
use crate::driver::{Ask, AskAnswer, AskId, AskKind, ConnectStep, DriverExit, DriverInput};
use crate::session::{Phase, SignOut};

/// A step of a history; indexes name viewers that have arrived so far.
#[derive(Clone, Debug)]
enum Step {
    Claimed(u64),
    Arrive {
        read_only: bool,
        resumes: bool,
        cols: u32,
    },
    Leave(usize),
    Type {
        viewer: usize,
        skew: i8,
        bytes: Vec<u8>,
    },
    Resize {
        viewer: usize,
        cols: u32,
    },
    Dialled,
    Live,
    Ask(u64),
    Answer {
        viewer: usize,
        ask: u64,
        cancelled: bool,
    },
    Exit,
    End(usize),
    Fence(u64),
    Broke,
    SignOut(usize),
    Title(String),
    Wait(u16),
}

fn step() -> impl Strategy<Value = Step> {
    let ids = 0_usize..6;
    prop_oneof![
        4 => (1_u64..4).prop_map(Step::Claimed),
        4 => (any::<bool>(), any::<bool>(), 1_u32..400)
            .prop_map(|(read_only, resumes, cols)| Step::Arrive { read_only, resumes, cols }),
        2 => ids.clone().prop_map(Step::Leave),
        12 => (ids.clone(), prop_oneof![8 => Just(0_i8), 1 => any::<i8>()],
            proptest::collection::vec(any::<u8>(), 0..6))
            .prop_map(|(viewer, skew, bytes)| Step::Type { viewer, skew, bytes }),
        2 => (ids.clone(), 0_u32..2000).prop_map(|(viewer, cols)| Step::Resize { viewer, cols }),
        2 => Just(Step::Dialled),
        4 => Just(Step::Live),
        3 => (0_u64..3).prop_map(Step::Ask),
        3 => (ids.clone(), 0_u64..3, any::<bool>())
            .prop_map(|(viewer, ask, cancelled)| Step::Answer { viewer, ask, cancelled }),
        1 => Just(Step::Exit),
        1 => ids.clone().prop_map(Step::End),
        1 => (0_u64..6).prop_map(Step::Fence),
        1 => Just(Step::Broke),
        1 => ids.prop_map(Step::SignOut),
        1 => ".{0,20}".prop_map(Step::Title),
        2 => any::<u16>().prop_map(Step::Wait),
    ]
}

/// What an honest observer knows, apart from the state itself.
struct Observer {
    arrivals: Vec<Arrival>,
    /// Where each viewer's input stands.
    offsets: HashMap<ViewerId, u64>,
    /// Bytes each viewer offered and that were typed.
    typed: u64,
    ends: usize,
    fenced: bool,
    dials: usize,
    now: Instant,
}

fn question(id: u64) -> Ask {
    Ask {
        id: AskId(id),
        kind: AskKind::HostKey,
        title: String::new(),
        text: String::new(),
        fields: Vec::new(),
    }
}

fn reply(is_cancelled: bool) -> AskAnswer {
    if is_cancelled {
        return AskAnswer::Cancelled;
    }
    AskAnswer::Values(Vec::new())
}

fn exit() -> DriverExit {
    DriverExit {
        reason: CloseReason::TargetExited,
        text: String::new(),
        exit_status: None,
    }
}

impl Observer {
    fn arrive(&mut self, read_only: bool, resumes: bool, cols: u32) -> Event {
        let mut arrival = arrival(read_only);
        arrival.is_resuming = resumes;
        arrival.size = TerminalSize::clamped(cols, 24);
        self.offsets.insert(arrival.viewer, 0);
        self.arrivals.push(arrival.clone());
        Event::Arrived(arrival)
    }

    fn event(&mut self, step: &Step) -> Option<Event> {
        let viewer = |index: usize| self.arrivals.get(index).map(|arrival| arrival.viewer);
        Some(match step {
            Step::Claimed(epoch) => Event::Claimed(Epoch::new(*epoch)),
            Step::Arrive {
                read_only,
                resumes,
                cols,
            } => self.arrive(*read_only, *resumes, *cols),
            Step::Leave(index) => Event::Left(viewer(*index)?),
            Step::Type {
                viewer: index,
                skew,
                bytes,
            } => {
                let viewer = viewer(*index)?;
                let offset_bytes = self.offsets[&viewer].saturating_add_signed((*skew).into());
                let bytes = Bytes::copy_from_slice(bytes);
                Event::Typed {
                    viewer,
                    offset_bytes,
                    bytes,
                }
            }
            Step::Resize {
                viewer: index,
                cols,
            } => Event::Resized {
                viewer: viewer(*index)?,
                size: TerminalSize::clamped(*cols, 10),
            },
            Step::Dialled => Event::Driver(DriverNews::Step(ConnectStep::Handshaking)),
            Step::Live => Event::Driver(DriverNews::Live),
            Step::Ask(id) => Event::Driver(DriverNews::Ask(question(*id))),
            Step::Answer {
                viewer: index,
                ask,
                cancelled,
            } => Event::Answered {
                viewer: viewer(*index)?,
                ask: AskId(*ask),
                answer: reply(*cancelled),
                remember: true,
            },
            Step::Exit => Event::DriverExited(exit()),
            Step::End(index) => Event::EndAsked(viewer(*index)?),
            Step::Fence(epoch) => Event::FenceSeen(Epoch::new(*epoch)),
            Step::Broke => Event::Broke("test"),
            Step::SignOut(index) => {
                Event::SignedOut(SignOut::Login(self.arrivals.get(*index)?.holder.login))
            }
            Step::Title(title) => Event::Title(title.clone()),
            Step::Wait(seconds) => {
                self.now += Duration::from_millis(u64::from(*seconds));
                Event::Tick
            }
        })
    }

    fn check(
        &mut self,
        event: &Event,
        before: Phase,
        effects: &[Effect],
    ) -> Result<(), TestCaseError> {
        for effect in effects {
            match effect {
                Effect::Type(bytes) => self.check_typed(event, before, bytes)?,
                Effect::TypeAhead(bytes) => {
                    prop_assert!(matches!(event, Event::Driver(DriverNews::Live)));
                    prop_assert!(before != Phase::Live);
                    self.typed += bytes.len() as u64;
                }
                Effect::Control(DriverInput::Bytes(_)) => {
                    return Err(TestCaseError::fail("input on the control lane"));
                }
                Effect::Control(_) | Effect::Checkpoint | Effect::Record => {
                    prop_assert!(before != Phase::Ended, "{effect:?} after the end");
                }
                Effect::Dial => self.dials += 1,
                Effect::Finish(_) => self.ends += 1,
                Effect::Abandon(_) => {
                    self.ends += 1;
                    self.fenced = true;
                    prop_assert_eq!(effects.len(), 1, "a fenced session writes nothing");
                }
                _ => {}
            }
        }
        prop_assert!(self.ends <= 1, "exactly one end");
        prop_assert!(self.dials <= 1, "never redials");
        if before == Phase::Ended {
            let only_refuses = effects
                .iter()
                .all(|effect| matches!(effect, Effect::Refuse(_)));
            prop_assert!(only_refuses, "an ended session acted");
        }
        Ok(())
    }

    fn check_typed(
        &mut self,
        event: &Event,
        before: Phase,
        bytes: &Bytes,
    ) -> Result<(), TestCaseError> {
        prop_assert_eq!(before, Phase::Live);
        let Event::Typed {
            viewer,
            offset_bytes,
            bytes: offered,
        } = event
        else {
            return Err(TestCaseError::fail("typed without a key"));
        };
        prop_assert_eq!(bytes, offered);
        prop_assert_eq!(
            *offset_bytes,
            self.offsets[viewer],
            "a gap or an overlap was typed"
        );
        let arrival = self
            .arrivals
            .iter()
            .find(|arrival| arrival.viewer == *viewer);
        prop_assert!(arrival.is_some_and(|arrival| !arrival.is_read_only));
        self.typed += bytes.len() as u64;
        Ok(())
    }

    /// Moves the honest offset when the state accepted the bytes.
    fn note_accepted(&mut self, event: &Event, effects: &[Effect]) {
        let Event::Typed { viewer, bytes, .. } = event else {
            return;
        };
        let is_acknowledged = effects
            .iter()
            .any(|effect| matches!(effect, Effect::AckInput(_)));
        if is_acknowledged {
            *self.offsets.get_mut(viewer).expect("known") += bytes.len() as u64;
        }
    }
}

proptest! {
    #[test]
    fn laws_hold_for_every_history(steps in proptest::collection::vec(step(), 1..120)) {
        let now = SystemClock.instant();
        let mut state = State::new(setup(), now);
        let mut observer = Observer {
            arrivals: Vec::new(),
            offsets: HashMap::new(),
            typed: 0,
            ends: 0,
            fenced: false,
            dials: 0,
            now,
        };
        for step in steps {
            let Some(event) = observer.event(&step) else { continue };
            let before = state.phase();
            let effects = state.on(&event, observer.now);
            observer.check(&event, before, &effects)?;
            observer.note_accepted(&event, &effects);
            let accepted: u64 = observer.offsets.values().sum();
            prop_assert!(observer.typed <= accepted, "something was typed twice");
            prop_assert_eq!(state.phase() == Phase::Ended, observer.ends == 1);
            prop_assert_eq!(state.viewer_count() == 0 || state.phase() == Phase::Ended,
                state.detached_since().is_some() || state.phase() == Phase::Ended);
        }
    }
}
