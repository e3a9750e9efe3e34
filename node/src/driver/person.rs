//! The person behind a dial: told how it goes, asked what only a person knows.
//!
//! In a session the person answers through the control lane. In a probe nobody is there: steps
//! are still told, and a question ends the probe as "would ask".

use shared::close::CloseReason;
use shared::secret::Secret;
use shared::terminal::TerminalSize;
use tokio::sync::mpsc;

use super::failure::Failure;
use super::{
    Ask, AskAnswer, AskField, AskId, AskKind, ConnectStep, DriverEnds, DriverEvent, DriverInput,
};

#[derive(Debug)]
enum Line<'a> {
    Session(&'a mut DriverEnds),
    Probe(&'a mpsc::Sender<ConnectStep>),
}

/// Who a dial talks to.
#[derive(Debug)]
pub(crate) struct Person<'a> {
    line: Line<'a>,
    asked: u64,
    size: TerminalSize,
    /// The host key last presented, one line; probes report it.
    pub(crate) host_key: Option<String>,
}

/// A question before it has its number.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) kind: AskKind,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) fields: Vec<AskField>,
}

impl<'a> Person<'a> {
    pub(crate) const fn in_session(ends: &'a mut DriverEnds, size: TerminalSize) -> Self {
        Self::new(Line::Session(ends), size)
    }

    pub(crate) const fn absent(steps: &'a mpsc::Sender<ConnectStep>) -> Self {
        Self::new(Line::Probe(steps), TerminalSize::DEFAULT)
    }

    const fn new(line: Line<'a>, size: TerminalSize) -> Self {
        Self {
            line,
            asked: 0,
            size,
            host_key: None,
        }
    }

    /// The newest size that any viewer has said.
    pub(crate) const fn size(&self) -> TerminalSize {
        self.size
    }

    /// Tells an event; probes hear only of steps.
    pub(crate) async fn tell(&mut self, event: DriverEvent) -> Result<(), Failure> {
        let told = match (&mut self.line, event) {
            (Line::Session(ends), event) => ends.events.send(event).await.is_ok(),
            (Line::Probe(steps), DriverEvent::Step(step)) => steps.send(step).await.is_ok(),
            (Line::Probe(_), _) => true,
        };
        told.then_some(()).ok_or_else(Failure::unwanted)
    }

    pub(crate) async fn tell_step(&mut self, step: ConnectStep) -> Result<(), Failure> {
        self.tell(DriverEvent::Step(step)).await
    }

    /// Asks and waits, for as long as the person needs.
    ///
    /// # Errors
    /// `Cancelled` when the person refuses; `WouldAsk` when nobody is there.
    pub(crate) async fn ask(&mut self, question: Question) -> Result<Vec<Secret<String>>, Failure> {
        if matches!(self.line, Line::Probe(_)) {
            return Err(Failure::WouldAsk(question.kind));
        }
        self.asked = self.asked.saturating_add(1);
        let id = AskId(self.asked);
        let Question {
            kind,
            title,
            text,
            fields,
        } = question;
        self.tell(DriverEvent::Ask(Ask {
            id,
            kind,
            title,
            text,
            fields,
        }))
        .await?;
        loop {
            match self.hear().await {
                Some((ask, AskAnswer::Values(values))) if ask == id => return Ok(values),
                Some((ask, AskAnswer::Cancelled)) if ask == id => {
                    return Err(Failure::new(
                        CloseReason::Cancelled,
                        "The sign-in was cancelled.",
                    ));
                }
                Some(_) => {}
                None => return Err(Failure::unwanted()),
            }
        }
    }

    /// Keeps the control lane moving while nothing is asked; ends only when the session is gone.
    pub(crate) async fn attend(&mut self) {
        while self.hear().await.is_some() {}
    }

    /// The next answer; sizes are remembered on the way. `None` when the session is gone.
    async fn hear(&mut self) -> Option<(AskId, AskAnswer)> {
        let Line::Session(ends) = &mut self.line else {
            return std::future::pending().await;
        };
        loop {
            match ends.control.recv().await? {
                DriverInput::Resize(size) => self.size = size,
                DriverInput::Answer { ask, answer } => return Some((ask, answer)),
                DriverInput::Bytes(_)
                | DriverInput::Reply(_)
                | DriverInput::Key(_)
                | DriverInput::ReleaseKeys
                | DriverInput::Pointer(_)
                | DriverInput::SetClipboard(_)
                | DriverInput::ResizeDesktop(_) => {}
            }
        }
    }
}
