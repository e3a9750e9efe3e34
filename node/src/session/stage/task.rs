//! The stage's loop: receives, and calls what handles it.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::Recipient;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use shared::close::{CloseReason, SocketClose};
use shared::id::ViewerId;
use shared::terminal::TerminalSize;
use shared::time::Clock;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::command::{Command, Dismissal, Outgoing, Pulse};
use super::pacing::{Pace, pace};
use super::reports::{Flush, Reports};
use super::scene::{Scene, SceneNews, Sight};
use super::seat::Seat;
use crate::actor::{Exit, Task};
use crate::driver::{DriverEvent, DriverExit, DriverInput};
use crate::session::actor::Happened;
use crate::session::keeper::Keeper;
use crate::session::state::{Audience, DriverNews, Event};
use crate::session::{Ended, metrics};

/// Output parsed before viewers are served again, in bytes: about a millisecond of work.
const BATCH: usize = 128 * 1024;

/// When a full mailbox of the actor is tried again.
const REPORT_RETRY: Duration = Duration::from_millis(5);

/// How often terminal content is checkpointed at most.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(5);

/// Viewers get this long to take the last output after the end.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a viewer's socket did.
pub(super) enum SocketNews {
    /// Its queue has room.
    Room(mpsc::OwnedPermit<Outgoing>),
    /// It is gone.
    Gone,
}

/// What a stage is made of.
pub(crate) struct Parts {
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) events: mpsc::Receiver<DriverEvent>,
    pub(crate) control: mpsc::Sender<DriverInput>,
    pub(crate) cancel: CancellationToken,
    pub(crate) actor: Recipient<Happened>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) notify: Arc<Notify>,
    pub(crate) keeper: Keeper,
    pub(crate) clock: Arc<dyn Clock>,
}

/// One session's screen and those who watch it.
pub(crate) struct Stage<S: Scene> {
    pub(super) scene: S,
    pub(super) seats: Vec<Seat<S::Feed>>,
    pub(super) sockets: FuturesUnordered<BoxFuture<'static, (ViewerId, SocketNews)>>,
    /// The last words, and when they are cut short.
    pub(super) farewell: Option<(Ended, Instant)>,
    pub(super) clock: Arc<dyn Clock>,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Receiver<DriverEvent>,
    is_driver_silent: bool,
    driver: Option<Task<DriverExit>>,
    control: mpsc::Sender<DriverInput>,
    cancel: CancellationToken,
    reports: Reports,
    pulse: Arc<Pulse>,
    notify: Arc<Notify>,
    keeper: Keeper,
    unsaved_since: Option<Instant>,
    last_output: Instant,
    /// News came last: the target's output gets its turn before more of it.
    had_news: bool,
}

/// What woke the stage.
enum Wake {
    Command(Option<Command>),
    News,
    Socket(ViewerId, SocketNews),
    Event(Option<DriverEvent>),
    DriverExit(Exit<DriverExit>),
    Time,
}

impl<S: Scene> Stage<S> {
    pub(crate) fn new(scene: S, parts: Parts) -> Self {
        let last_output = parts.clock.instant();
        Self {
            scene,
            seats: Vec::new(),
            sockets: FuturesUnordered::new(),
            farewell: None,
            clock: parts.clock,
            commands: parts.commands,
            events: parts.events,
            is_driver_silent: false,
            driver: None,
            control: parts.control,
            cancel: parts.cancel,
            reports: Reports::new(parts.actor),
            pulse: parts.pulse,
            notify: parts.notify,
            keeper: parts.keeper,
            unsaved_since: None,
            last_output,
            had_news: false,
        }
    }

    /// Runs until the session is over and every viewer knows, or has had the time to.
    pub(crate) async fn run(mut self) {
        let cancel = self.cancel.clone().drop_guard();
        loop {
            let now = self.clock.instant();
            if self.is_over(now) {
                break;
            }
            let wake = self.wake(now).await;
            let now = self.clock.instant();
            self.on_wake(wake, now);
            self.settle(now);
        }
        drop(cancel);
    }

    fn is_over(&self, now: Instant) -> bool {
        let farewell = self.farewell.as_ref();
        farewell.is_some_and(|(_, deadline)| self.seats.is_empty() || *deadline <= now)
    }

    async fn wake(&mut self, now: Instant) -> Wake {
        let pace = self.pace(now);
        let reads = !self.is_driver_silent && self.reports.has_room() && pace == Pace::Run;
        let wakes_at = self.wakes_at(pace, now);
        let news_wait = std::mem::take(&mut self.had_news) && reads && !self.events.is_empty();
        let time = async {
            match wakes_at {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => pending().await,
            }
        };
        let driver = async {
            match self.driver.as_mut() {
                Some(driver) if self.is_driver_silent => driver.await,
                Some(_) | None => pending().await,
            }
        };
        tokio::select! {
            biased;
            command = self.commands.recv() => Wake::Command(command),
            () = self.notify.notified(), if !news_wait => Wake::News,
            Some((viewer, news)) = self.sockets.next(), if !self.sockets.is_empty() => {
                Wake::Socket(viewer, news)
            }
            event = self.events.recv(), if reads => Wake::Event(event),
            exit = driver => Wake::DriverExit(exit),
            () = time => Wake::Time,
        }
    }

    fn wakes_at(&self, pace: Pace, now: Instant) -> Option<Instant> {
        let hold = match pace {
            Pace::Hold { until } => Some(until),
            Pace::Run => None,
        };
        let report = (!self.reports.is_empty()).then(|| now + REPORT_RETRY);
        let farewell = self.farewell.as_ref().map(|(_, deadline)| *deadline);
        let scene = self.scene.wakes_at();
        let save = self.unsaved_since.map(|since| since + CHECKPOINT_EVERY);
        let seats = self.seats.iter().filter_map(Seat::wakes_at).min();
        [hold, report, farewell, scene, save, seats]
            .into_iter()
            .flatten()
            .min()
    }

    fn pace(&self, now: Instant) -> Pace {
        if self.scene.is_hurrying() {
            return Pace::Run;
        }
        let viewers = self.seats.iter();
        pace(viewers.filter_map(|seat| self.scene.progress(seat)), now)
    }

    fn on_wake(&mut self, wake: Wake, now: Instant) {
        match wake {
            Wake::Command(Some(command)) => self.on_command(command, now),
            Wake::Command(None) => self.on_actor_gone(now),
            Wake::News => {
                self.had_news = true;
                self.take_news(now);
            }
            Wake::Socket(viewer, news) => self.on_socket(viewer, news, now),
            Wake::Event(Some(event)) => self.on_events(event, now),
            Wake::Event(None) => self.is_driver_silent = true,
            Wake::DriverExit(exit) => self.on_driver_exit(exit),
            Wake::Time => {}
        }
    }

    /// What follows every wake: timers, reports, viewers.
    fn settle(&mut self, now: Instant) {
        let has_more = !self.events.is_empty();
        self.scene.settle(&mut self.seats, has_more, now);
        self.dismiss_stalled(now);
        self.save_when_due(now);
        if self.reports.flush() == Flush::Gone {
            self.on_actor_gone(now);
        }
        self.serve(now);
    }

    fn on_command(&mut self, command: Command, now: Instant) {
        match command {
            Command::Dialled(driver) => self.driver = Some(driver),
            Command::Seat(new) => self.seat(*new, now),
            Command::Dismiss { viewer, dismissal } => self.unseat(viewer, Some(dismissal)),
            Command::Tell { to, frame } => self.tell(to, &frame),
            Command::Resize(size) => self.resize(size),
            Command::Interrupt => {
                let queued = self.events.len();
                self.scene.interrupt(&self.seats, queued, now);
            }
            Command::End(ended) => self.farewell = Some((ended, now + FAREWELL)),
            Command::Abandon(ended) => self.abandon(ended, now),
        }
    }

    /// The actor broke without a word: viewers must not be left guessing.
    fn on_actor_gone(&mut self, now: Instant) {
        if self.farewell.is_none() {
            let ended = Ended {
                reason: CloseReason::Internal,
                text: "The session ended because of an error inside Baton.".to_owned(),
                exit_status: None,
            };
            self.abandon(ended, now);
        }
        // A closed channel is ready for ever; leaving now keeps the loop from spinning.
        self.serve(now);
        self.farewell = self.farewell.take().map(|(ended, _)| (ended, now));
    }

    fn abandon(&mut self, ended: Ended, now: Instant) {
        self.cancel.cancel();
        for seat in &mut self.seats {
            seat.outbox.clear();
            self.scene.skip(&mut seat.feed);
        }
        self.farewell = Some((ended, now + FAREWELL));
    }

    /// Takes everything that is ready, up to a batch, before viewers are served: fewer, fuller
    /// frames under load, and no wait at all for a single echo.
    fn on_events(&mut self, first: DriverEvent, now: Instant) {
        let mut taken = self.on_event(first, now);
        while taken < BATCH && self.reports.has_room() {
            match self.events.try_recv() {
                Ok(event) => taken = taken.saturating_add(self.on_event(event, now)),
                Err(_empty_or_closed) => break,
            }
        }
        if taken > 0 {
            self.after_output(taken, now);
        }
    }

    /// Handles one event; answers how many bytes of output it was.
    fn on_event(&mut self, event: DriverEvent, now: Instant) -> usize {
        let news = match event {
            DriverEvent::Output(bytes) => return self.show(Sight::Output(bytes), now),
            DriverEvent::Desktop(event) => return self.show(Sight::Desktop(event), now),
            DriverEvent::TargetRtt(rtt) => {
                self.pulse.note_target_rtt(rtt);
                return 0;
            }
            DriverEvent::Step(step) => DriverNews::Step(step),
            DriverEvent::Ask(ask) => DriverNews::Ask(ask),
            DriverEvent::HostKeyTrusted {
                host,
                port,
                public_key,
            } => DriverNews::HostKeyTrusted {
                host,
                port,
                public_key,
            },
            DriverEvent::CredentialsAccepted(identity) => DriverNews::CredentialsAccepted(identity),
            DriverEvent::Live => DriverNews::Live,
            DriverEvent::Notice { code, text } => {
                let code = code.to_owned();
                DriverNews::Notice { code, text }
            }
        };
        self.reports.push(Event::Driver(news));
        0
    }

    fn show(&mut self, sight: Sight, now: Instant) -> usize {
        self.scene.show(sight, &mut self.seats, now)
    }

    fn after_output(&mut self, count: usize, now: Instant) {
        metrics::count_output(count);
        self.last_output = now;
        self.unsaved_since.get_or_insert(now);
        self.pulse.note_output(self.clock.wall());
        let mut replies = Vec::new();
        for news in self.scene.take_news() {
            match news {
                SceneNews::Title(title) => self.reports.push(Event::Title(title)),
                SceneNews::Clipboard(text) => self.reports.push(Event::Clipboard(text)),
                SceneNews::Reply(bytes) => replies.extend_from_slice(&bytes),
                SceneNews::Tell(frame) => self.tell(Audience::All, &frame),
            }
        }
        if !replies.is_empty() {
            // A target that asks and never reads gets no answers; nothing waits for it.
            let _unread = self.control.try_send(DriverInput::Reply(replies.into()));
        }
    }

    fn on_driver_exit(&mut self, exit: Exit<DriverExit>) {
        self.driver = None;
        let exit = match exit {
            Exit::Finished(exit) => exit,
            Exit::Panicked(_) | Exit::Cancelled => DriverExit {
                reason: CloseReason::Internal,
                text: "The session ended because of an error inside Baton (driver).".to_owned(),
                exit_status: None,
            },
        };
        self.reports.push(Event::DriverExited(exit));
    }

    fn take_news(&mut self, now: Instant) {
        let mut broken = Vec::new();
        for seat in &mut self.seats {
            if let Err(error) = seat.take_news(now) {
                broken.push((seat.viewer, error.to_string()));
            }
        }
        for (viewer, text) in broken {
            let close = SocketClose::BadFrame;
            self.unseat(viewer, Some(Dismissal { close, text }));
            self.reports.push(Event::Left(viewer));
        }
    }

    fn on_socket(&mut self, viewer: ViewerId, news: SocketNews, now: Instant) {
        match news {
            SocketNews::Room(permit) => self.on_room(viewer, permit, now),
            SocketNews::Gone => {
                if self.seats.iter().any(|seat| seat.viewer == viewer) {
                    self.unseat(viewer, None);
                    self.reports.push(Event::Left(viewer));
                }
            }
        }
    }

    fn dismiss_stalled(&mut self, now: Instant) {
        let stalled = |seat: &&Seat<S::Feed>| seat.stalls_at().is_some_and(|at| at <= now);
        let stalled: Vec<_> = self
            .seats
            .iter()
            .filter(stalled)
            .map(|seat| seat.viewer)
            .collect();
        for viewer in stalled {
            let text = "the page takes nothing it is sent".to_owned();
            let close = SocketClose::ViewerSilent;
            self.unseat(viewer, Some(Dismissal { close, text }));
            self.reports.push(Event::Left(viewer));
        }
    }

    fn resize(&mut self, size: TerminalSize) {
        self.unsaved_since.get_or_insert(self.last_output);
        if let Some(frame) = self.scene.resize(size) {
            self.tell(Audience::All, &frame);
        }
    }

    fn save_when_due(&mut self, now: Instant) {
        let is_due = |since: Instant| since + CHECKPOINT_EVERY <= now;
        if self.unsaved_since.is_some_and(is_due) && self.farewell.is_none() {
            self.unsaved_since = None;
            if let Some((size, picture)) = self.scene.checkpoint() {
                self.keeper.set_terminal(size, picture);
            }
        }
    }
}
