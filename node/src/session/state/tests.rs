//! One decision per test.

use std::time::{Duration, Instant};

use bytes::Bytes;
use shared::close::{CloseReason, SocketClose};
use shared::desktop::DesktopSize;
use shared::epoch::Epoch;
use shared::frame::server_frame::Body;
use shared::id::{LoginId, SessionId, TargetId, UserId, ViewerId};
use shared::secret::Secret;
use shared::terminal::TerminalSize;
use shared::time::{Clock as _, SystemClock};

use super::*;
use crate::driver::{
    Ask, AskAnswer, AskField, AskId, AskKind, DriverExit, DriverInput, Identity, Protocol,
    TargetAddress,
};
use crate::session::{Phase, SignOut, TicketHolder};

pub(super) const LIMIT: Duration = Duration::from_mins(1);

pub(super) fn setup() -> Setup {
    Setup {
        session: SessionId::generate(),
        title: "web 1".to_owned(),
        protocol: Protocol::Ssh,
        features: vec!["files".to_owned()],
        size: TerminalSize::DEFAULT,
        detached_limit: LIMIT,
        remember_with: Some(TargetId::generate()),
        stored: Vec::new(),
    }
}

pub(super) fn arrival(is_read_only: bool) -> Arrival {
    Arrival {
        viewer: ViewerId::generate(),
        holder: TicketHolder {
            user: UserId::generate(),
            user_name: "ada".to_owned(),
            login: LoginId::generate(),
        },
        is_read_only,
        size: TerminalSize::DEFAULT,
        desktop_size: None,
        is_resuming: false,
    }
}

/// A session under test and the time it lives in.
struct World {
    state: State,
    now: Instant,
}

impl World {
    fn live() -> Self {
        let mut world = Self::claimed();
        world.on(Event::Driver(DriverNews::Live));
        world
    }

    fn claimed() -> Self {
        let now = SystemClock.instant();
        let mut world = Self {
            state: State::new(setup(), now),
            now,
        };
        world.on(Event::Claimed(Epoch::new(3)));
        world
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests read better")]
    fn on(&mut self, event: Event) -> Vec<Effect> {
        self.state.on(&event, self.now)
    }

    fn attach(&mut self, arrival: &Arrival) -> Vec<Effect> {
        self.on(Event::Arrived(arrival.clone()))
    }

    fn typed(&mut self, viewer: ViewerId, offset_bytes: u64, text: &'static [u8]) -> Vec<Effect> {
        let bytes = Bytes::from_static(text);
        self.on(Event::Typed {
            viewer,
            offset_bytes,
            bytes,
        })
    }
}

fn typed_bytes(effects: &[Effect]) -> Vec<u8> {
    let bytes = effects.iter().filter_map(|effect| match effect {
        Effect::Type(bytes) => Some(bytes.to_vec()),
        _ => None,
    });
    bytes.flatten().collect()
}

fn typed_ahead(effects: &[Effect]) -> Vec<u8> {
    let bytes = effects.iter().filter_map(|effect| match effect {
        Effect::TypeAhead(bytes) => Some(bytes.to_vec()),
        _ => None,
    });
    bytes.flatten().collect()
}

fn finish_reason(effects: &[Effect]) -> Option<CloseReason> {
    effects.iter().find_map(|effect| match effect {
        Effect::Finish(ended) | Effect::Abandon(ended) => Some(ended.reason),
        _ => None,
    })
}

fn told(effects: &[Effect]) -> Vec<(Audience, Body)> {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Tell { to, frame } => Some((*to, frame.clone())),
        _ => None,
    });
    told.collect()
}

fn question() -> Ask {
    Ask {
        id: AskId(7),
        kind: AskKind::Credentials,
        title: "Sign in".to_owned(),
        text: String::new(),
        fields: vec![AskField {
            label: "Password".to_owned(),
            is_secret: true,
            value: String::new(),
        }],
    }
}

#[test]
fn a_claim_dials_once() {
    let mut world = World {
        state: State::new(setup(), SystemClock.instant()),
        now: SystemClock.instant(),
    };
    let dials = |effects: &[Effect]| effects.iter().filter(|e| matches!(e, Effect::Dial)).count();
    assert_eq!(dials(&world.on(Event::Claimed(Epoch::new(1)))), 1);
    assert_eq!(dials(&world.on(Event::Claimed(Epoch::new(2)))), 0);
    assert_eq!(world.state.epoch(), Epoch::new(1));
}

#[test]
fn a_gap_or_an_overlap_in_input_dismisses_the_viewer_and_types_nothing() {
    for offset in [0, 2, 4, u64::MAX] {
        let mut world = World::live();
        let viewer = arrival(false);
        world.attach(&viewer);
        assert_eq!(typed_bytes(&world.typed(viewer.viewer, 0, b"abc")), b"abc");

        let effects = world.typed(viewer.viewer, offset, b"def");

        assert!(typed_bytes(&effects).is_empty());
        assert!(effects.iter().any(|effect| matches!(
            effect,
            Effect::Dismiss {
                close: SocketClose::BadFrame,
                ..
            }
        )));
        assert_eq!(world.state.viewer_count(), 0);
    }
}

#[test]
fn a_watcher_is_told_once_that_typing_is_not_forwarded() {
    let mut world = World::live();
    let watcher = arrival(true);
    world.attach(&watcher);
    let notices = |effects: &[Effect]| {
        told(effects)
            .iter()
            .filter(|(_, frame)| matches!(frame, Body::Notice(_)))
            .count()
    };

    let first = world.typed(watcher.viewer, 0, b"rm");
    let second = world.typed(watcher.viewer, 2, b" -rf");

    assert!(typed_bytes(&first).is_empty() && typed_bytes(&second).is_empty());
    assert_eq!((notices(&first), notices(&second)), (1, 0));
}

#[test]
fn keys_before_the_session_is_live_are_typed_when_it_is() {
    let mut world = World::claimed();
    let viewer = arrival(false);
    world.attach(&viewer);
    let early = world.typed(viewer.viewer, 0, b"early");
    assert!(typed_bytes(&early).is_empty());
    let is_acknowledged = |effect: &Effect| matches!(effect, Effect::AckInput(5));
    assert!(early.iter().any(is_acknowledged));
    let live = world.on(Event::Driver(DriverNews::Live));
    assert_eq!(typed_ahead(&live), b"early");
    assert_eq!(
        typed_bytes(&world.typed(viewer.viewer, 5, b"late")),
        b"late"
    );
}

#[test]
fn keys_typed_around_a_question_never_reach_the_target() {
    let mut world = World::claimed();
    let viewer = arrival(false);
    world.attach(&viewer);
    world.typed(viewer.viewer, 0, b"sec");
    world.on(Event::Driver(DriverNews::Ask(question())));
    world.typed(viewer.viewer, 3, b"ret\n");
    let live = world.on(Event::Driver(DriverNews::Live));
    assert!(typed_ahead(&live).is_empty());
}

#[test]
fn the_first_valid_answer_wins() {
    let mut world = World::claimed();
    let (one, two, watcher) = (arrival(false), arrival(false), arrival(true));
    world.attach(&one);
    world.attach(&two);
    world.attach(&watcher);
    let asked = world.on(Event::Driver(DriverNews::Ask(question())));
    assert!(
        told(&asked)
            .iter()
            .any(|(to, frame)| *to == Audience::Writers && matches!(frame, Body::Ask(_)))
    );
    assert_eq!(world.state.phase(), Phase::Asking);
    let answer = |viewer: &Arrival, count: usize| Event::Answered {
        viewer: viewer.viewer,
        ask: AskId(7),
        answer: AskAnswer::Values(vec![Secret::new("pw".to_owned()); count]),
        remember: true,
    };
    let answers = |effects: &[Effect]| {
        effects
            .iter()
            .filter(|e| matches!(e, Effect::Control(DriverInput::Answer { .. })))
            .count()
    };

    assert_eq!(
        answers(&world.on(answer(&watcher, 1))),
        0,
        "watchers may not"
    );
    assert_eq!(answers(&world.on(answer(&one, 2))), 0, "too many values");
    assert_eq!(answers(&world.on(answer(&one, 1))), 1);
    assert_eq!(answers(&world.on(answer(&two, 1))), 0, "already answered");

    let accepted = world.on(Event::Driver(DriverNews::CredentialsAccepted(
        Identity::default(),
    )));
    assert!(
        accepted
            .iter()
            .any(|effect| matches!(effect, Effect::Remember(..)))
    );
}

#[test]
fn later_writers_see_the_open_question_and_watchers_do_not() {
    let mut world = World::claimed();
    world.on(Event::Driver(DriverNews::Ask(question())));
    let asks = |effects: &[Effect]| {
        effects.iter().any(|effect| match effect {
            Effect::Seat { frames, .. } => frames.iter().any(|frame| matches!(frame, Body::Ask(_))),
            _ => false,
        })
    };
    assert!(asks(&world.attach(&arrival(false))));
    assert!(!asks(&world.attach(&arrival(true))));
}

#[test]
fn a_notice_that_nobody_saw_waits_for_the_first_viewer() {
    let mut world = World::claimed();
    let code = "host_key_stored".to_owned();
    let text = "Stored.".to_owned();
    world.on(Event::Driver(DriverNews::Notice { code, text }));
    let notices = |effects: &[Effect]| {
        effects.iter().any(|effect| match effect {
            Effect::Seat { frames, .. } => frames.iter().any(|f| matches!(f, Body::Notice(_))),
            _ => false,
        })
    };
    assert!(notices(&world.attach(&arrival(false))));
    assert!(!notices(&world.attach(&arrival(false))));
}

#[test]
fn the_writer_that_acted_last_decides_the_size() {
    let mut world = World::live();
    let mut one = arrival(false);
    one.size = TerminalSize::clamped(100, 30);
    let mut two = arrival(false);
    two.size = TerminalSize::clamped(120, 40);
    let mut watcher = arrival(true);
    watcher.size = TerminalSize::clamped(50, 10);

    world.attach(&one);
    assert_eq!(world.state.size(), one.size);
    world.attach(&two);
    assert_eq!(world.state.size(), two.size);
    world.attach(&watcher);
    assert_eq!(world.state.size(), two.size);
    world.typed(one.viewer, 0, b"x");
    assert_eq!(world.state.size(), one.size);
    world.on(Event::Left(one.viewer));
    assert_eq!(world.state.size(), two.size);
}

#[test]
fn a_tab_that_comes_back_does_not_pull_the_size() {
    let mut world = World::live();
    let mut one = arrival(false);
    one.size = TerminalSize::clamped(100, 30);
    world.attach(&one);
    let mut back = arrival(false);
    back.size = TerminalSize::clamped(40, 10);
    back.is_resuming = true;
    world.attach(&back);
    assert_eq!(world.state.size(), one.size);
}

#[test]
fn a_detached_session_ends_when_its_time_is_over() {
    let mut world = World::live();
    let viewer = arrival(false);
    world.attach(&viewer);
    world.now += LIMIT * 2;
    assert_eq!(
        finish_reason(&world.on(Event::Tick)),
        None,
        "somebody watches"
    );
    world.on(Event::Left(viewer.viewer));
    world.now += LIMIT.saturating_sub(Duration::from_millis(1));
    assert_eq!(finish_reason(&world.on(Event::Tick)), None);
    world.now += Duration::from_millis(1);
    assert_eq!(
        finish_reason(&world.on(Event::Tick)),
        Some(CloseReason::DetachedTooLong)
    );
}

#[test]
fn newer_epoch_abandons_without_a_checkpoint() {
    let mut world = World::live();
    assert!(world.on(Event::FenceSeen(Epoch::new(3))).is_empty());
    let effects = world.on(Event::FenceSeen(Epoch::new(4)));
    assert!(
        matches!(effects.as_slice(), [Effect::Abandon(ended)] if ended.reason == CloseReason::Fenced)
    );
}

#[test]
fn an_interrupt_is_typed_and_announced() {
    let mut world = World::live();
    let viewer = arrival(false);
    world.attach(&viewer);
    let effects = world.typed(viewer.viewer, 0, b"\x03");
    assert_eq!(typed_bytes(&effects), b"\x03");
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Interrupt))
    );
}

#[test]
fn signing_out_dismisses_only_the_viewers_behind_that_login() {
    let mut world = World::live();
    let (leaving, staying) = (arrival(false), arrival(false));
    world.attach(&leaving);
    world.attach(&staying);
    let effects = world.on(Event::SignedOut(SignOut::Login(leaving.holder.login)));
    let dismissed: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Dismiss { viewer, close, .. } => Some((*viewer, *close)),
            _ => None,
        })
        .collect();
    assert_eq!(dismissed, [(leaving.viewer, SocketClose::SignedOut)]);
}

#[test]
fn after_the_end_a_seat_is_refused() {
    let mut world = World::live();
    let exit = DriverExit {
        reason: CloseReason::TargetExited,
        text: "Bye.".to_owned(),
        exit_status: Some(0),
    };
    assert_eq!(
        finish_reason(&world.on(Event::DriverExited(exit))),
        Some(CloseReason::TargetExited)
    );
    let effects = world.attach(&arrival(false));
    assert!(matches!(
        effects.as_slice(),
        [Effect::Refuse(SeatRefusal::Ended)]
    ));
}

#[test]
fn a_host_key_is_stored_with_the_target_at_that_address() {
    let target = TargetId::generate();
    let mut setup = setup();
    setup.stored = vec![(
        TargetAddress {
            host: "jump".to_owned(),
            port: 22,
        },
        target,
    )];
    let now = SystemClock.instant();
    let mut state = State::new(setup, now);
    state.on(&Event::Claimed(Epoch::new(1)), now);
    let mut trusted = |host: &str| {
        let news = DriverNews::HostKeyTrusted {
            host: host.to_owned(),
            port: 22,
            public_key: "ssh-ed25519 AAAA".to_owned(),
        };
        state.on(&Event::Driver(news), now)
    };
    assert!(
        matches!(trusted("jump").as_slice(), [Effect::TrustHostKey { target: t, .. }] if *t == target)
    );
    assert!(trusted("elsewhere").is_empty());
}

#[test]
fn an_absurd_title_is_cut_and_an_empty_one_falls_back() {
    let mut world = World::live();
    world.on(Event::Title("é".repeat(100_000)));
    assert_eq!(world.state.title().chars().count(), 256);
    world.on(Event::Title("  ".to_owned()));
    assert_eq!(world.state.title(), "web 1");
}

#[test]
fn a_full_room_refuses_the_next_viewer() {
    let mut world = World::live();
    for _ in 0..viewers::MOST_VIEWERS {
        world.attach(&arrival(true));
    }
    let effects = world.attach(&arrival(false));
    assert!(matches!(
        effects.as_slice(),
        [Effect::Refuse(SeatRefusal::Full)]
    ));
}

#[test]
fn a_desktop_is_operated_only_while_live_and_only_by_writers() {
    let mut world = World::claimed();
    let (writer, watcher) = (arrival(false), arrival(true));
    world.attach(&writer);
    world.attach(&watcher);
    let used = |viewer: &Arrival, world: &mut World| {
        let effects = world.on(Event::Operated {
            viewer: viewer.viewer,
            input: DriverInput::ReleaseKeys,
        });
        let is_use = |effect: &&Effect| matches!(effect, Effect::Operate(_));
        effects.iter().filter(is_use).count()
    };
    assert_eq!(used(&writer, &mut world), 0, "nothing is kept for later");
    world.on(Event::Driver(DriverNews::Live));
    assert_eq!(used(&writer, &mut world), 1);
    assert_eq!(used(&watcher, &mut world), 0);
}

#[test]
fn a_wish_for_a_size_waits_until_the_desktop_is_live() {
    let wish = DesktopSize::clamped(1000, 700);
    let passed_on = |effects: &[Effect]| {
        let is_it = |effect: &Effect| matches!(effect, Effect::Control(DriverInput::ResizeDesktop(size)) if *size == wish);
        effects.iter().any(is_it)
    };
    let mut world = World::claimed();
    let viewer = Arrival {
        desktop_size: Some(wish),
        ..arrival(false)
    };
    assert!(!passed_on(&world.attach(&viewer)));
    assert!(passed_on(&world.on(Event::Driver(DriverNews::Live))));
}
