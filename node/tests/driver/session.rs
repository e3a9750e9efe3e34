//! The session's side of a dial, for tests.

use std::time::Duration;

use bytes::Bytes;
use node::driver::{
    Ask, AskAnswer, DriverEvent, DriverExit, DriverInput, DriverLink, FilesHandle, GrantParts,
    dial, link,
};
use shared::close::CloseReason;
use shared::secret::Secret;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::harness::grant;

/// Longest wait for anything; a wrong password alone takes four seconds.
const PATIENCE: Duration = Duration::from_secs(40);

/// A dial under way.
pub(crate) struct Session {
    pub(crate) link: DriverLink,
    dialling: JoinSet<DriverExit>,
    /// What the terminal has shown.
    pub(crate) output: String,
    /// Every event but output.
    pub(crate) events: Vec<DriverEvent>,
}

impl Session {
    pub(crate) fn dial(parts: GrantParts) -> Self {
        let (link, ends) = link();
        let mut dialling = JoinSet::new();
        dialling.spawn(dial(grant(parts), ends));
        Self {
            link,
            dialling,
            output: String::new(),
            events: Vec::new(),
        }
    }

    /// Dials and waits for the program to be open.
    pub(crate) async fn live(parts: GrantParts) -> Self {
        let mut session = Self::dial(parts);
        session.until_live().await;
        session
    }

    pub(crate) async fn until_live(&mut self) {
        self.until("live", |event| matches!(event, DriverEvent::Live))
            .await;
    }

    pub(crate) async fn next(&mut self) -> Option<DriverEvent> {
        let next = timeout(PATIENCE, self.link.events.recv()).await;
        let event = next.unwrap_or_else(|_| panic!("nothing happens: {self:?}"));
        match &event {
            Some(DriverEvent::Output(bytes)) => {
                self.output.push_str(&String::from_utf8_lossy(bytes));
            }
            Some(other) => self.events.push(other.clone()),
            None => {}
        }
        event
    }

    pub(crate) async fn until(&mut self, what: &str, is_it: impl Fn(&DriverEvent) -> bool) {
        loop {
            match self.next().await {
                Some(event) if is_it(&event) => return,
                Some(_) => {}
                None => panic!("ended before {what}: {:?}: {self:?}", self.ended().await),
            }
        }
    }

    /// Waits until the terminal shows `text`.
    pub(crate) async fn see(&mut self, text: &str) {
        while !self.output.contains(text) {
            match self.next().await {
                Some(_) => {}
                None => panic!("ended before {text:?}: {:?}: {self:?}", self.ended().await),
            }
        }
    }

    pub(crate) async fn send(&self, text: &str) {
        let bytes = Bytes::from(text.to_owned());
        self.link
            .input
            .send(DriverInput::Bytes(bytes))
            .await
            .unwrap();
    }

    /// Waits for the next question.
    pub(crate) async fn asked(&mut self) -> Ask {
        loop {
            match self.next().await {
                Some(DriverEvent::Ask(ask)) => return ask,
                Some(_) => {}
                None => panic!("ended unasked: {:?}: {self:?}", self.ended().await),
            }
        }
    }

    pub(crate) async fn answer(&self, ask: &Ask, values: &[&str]) {
        let values = values.iter().map(|value| Secret::new((*value).to_owned()));
        self.reply(ask, AskAnswer::Values(values.collect())).await;
    }

    pub(crate) async fn reply(&self, ask: &Ask, answer: AskAnswer) {
        let input = DriverInput::Answer {
            ask: ask.id,
            answer,
        };
        self.link.control.send(input).await.unwrap();
    }

    /// Drains what is left and returns how the dial ended.
    pub(crate) async fn end(&mut self) -> DriverExit {
        while self.next().await.is_some() {}
        self.ended().await
    }

    async fn ended(&mut self) -> DriverExit {
        let ended = timeout(PATIENCE, self.dialling.join_next()).await;
        ended.unwrap().unwrap().unwrap()
    }

    /// Ends the dial as a session does.
    pub(crate) async fn cancel(mut self) {
        self.link.cancel.cancel();
        let exit = self.end().await;
        assert_eq!(exit.reason, CloseReason::Cancelled);
    }

    pub(crate) async fn files(&mut self) -> FilesHandle {
        let published = timeout(PATIENCE, self.link.files.wait_for(Option::is_some)).await;
        published.unwrap().unwrap().clone().unwrap()
    }

    pub(crate) fn notices(&self) -> Vec<String> {
        let notices = self.events.iter().filter_map(|event| match event {
            DriverEvent::Notice { code, text } => Some(format!("{code}: {text}")),
            _ => None,
        });
        notices.collect()
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let start = self.output.len().saturating_sub(2000);
        let tail: String = self.output.chars().skip(start).collect();
        write!(f, "events {:?}, output {tail:?}", self.events)
    }
}

/// Dials something that must fail, and returns how.
pub(crate) async fn failure(parts: GrantParts) -> DriverExit {
    Session::dial(parts).end().await
}
