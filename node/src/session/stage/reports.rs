//! What the actor must hear: kept until its mailbox has room, never piling up.

use std::collections::VecDeque;

use actix::Recipient;
use actix::prelude::SendError;

use crate::session::actor::Happened;
use crate::session::state::Event;

/// Reports waiting for the actor at most before the stage stops reading the target. Departures of
/// viewers may exceed it, by as many as there are viewers.
const MOST: usize = 64;

/// Reports on their way to the actor, in order.
pub(super) struct Reports {
    actor: Recipient<Happened>,
    waiting: VecDeque<Event>,
}

/// Whether the actor still listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flush {
    /// Everything was taken.
    Done,
    /// The mailbox is full; try again soon.
    Full,
    /// The actor is gone.
    Gone,
}

impl Reports {
    pub(super) const fn new(actor: Recipient<Happened>) -> Self {
        let waiting = VecDeque::new();
        Self { actor, waiting }
    }

    /// Adds a report; a newer title or clipboard takes the place of one not yet told.
    pub(super) fn push(&mut self, event: Event) {
        let replaceable = matches!(event, Event::Title(_) | Event::Clipboard(_));
        let same = std::mem::discriminant(&event);
        let older = self
            .waiting
            .iter_mut()
            .find(|waiting| replaceable && std::mem::discriminant(*waiting) == same);
        match older {
            Some(older) => *older = event,
            None => self.waiting.push_back(event),
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < MOST
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Hands over what the actor's mailbox has room for.
    pub(super) fn flush(&mut self) -> Flush {
        while let Some(event) = self.waiting.pop_front() {
            match self.actor.try_send(Happened(event)) {
                Ok(()) => {}
                Err(SendError::Full(Happened(event))) => {
                    self.waiting.push_front(event);
                    return Flush::Full;
                }
                Err(SendError::Closed(_)) => return Flush::Gone,
            }
        }
        Flush::Done
    }
}
