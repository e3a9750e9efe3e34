//! Who owns what at which epoch.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::epoch::Epoch;
use shared::id::{AttemptId, IncarnationId, NodeId, SessionId};
use shared::registry::{Claim, Refusal};
use shared::time::UnixMicros;

use super::{Command, Reply};

/// Sessions remembered at most, ended ones included: 200 bytes each.
const MOST_SESSIONS: usize = 1_000_000;

/// How long an ended session is remembered, so that a late claim of it is still refused.
const REMEMBER_ENDED: Duration = Duration::from_mins(10);

/// Whether a node may own sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeState {
    /// It runs.
    Up,
    /// It is gone, or said goodbye.
    Down,
}

/// What is known of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeEntry {
    /// Its newest start.
    pub incarnation: IncarnationId,
    /// Whether that start runs.
    pub state: NodeState,
    /// When this was last said.
    pub since: UnixMicros,
}

/// What is known of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEntry {
    /// The last node that owned it.
    pub owner: NodeId,
    /// Which start of it.
    pub incarnation: IncarnationId,
    /// The fence.
    pub epoch: Epoch,
    /// The try that was granted.
    pub attempt: AttemptId,
    /// Its owner gave it up.
    pub is_released: bool,
    /// When it ended, if it has.
    pub ended_at: Option<UnixMicros>,
}

/// The registry.
///
/// INVARIANT: a session's epoch never falls, and each epoch was granted to one attempt
/// (`law_tests::laws_hold_for_every_log`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    nodes: BTreeMap<NodeId, NodeEntry>,
    sessions: BTreeMap<SessionId, SessionEntry>,
    /// Ended sessions by when they may be forgotten.
    ended: BTreeSet<(UnixMicros, SessionId)>,
}

impl State {
    /// Applies one entry of the log.
    pub fn apply(&mut self, command: &Command) -> Reply {
        match command {
            Command::NodeUp {
                node,
                incarnation,
                at,
            } => self.node_up(*node, *incarnation, *at),
            Command::NodeDown {
                node,
                incarnation,
                at,
            } => self.node_down(*node, *incarnation, *at),
            Command::Claim { claim, at } => {
                self.forget(*at);
                self.claim(claim)
            }
            Command::Release { session, epoch, .. } => self.release(*session, *epoch),
            Command::End { session, epoch, at } => {
                self.forget(*at);
                self.end(*session, *epoch, *at)
            }
        }
    }

    /// A session, as long as it is remembered.
    pub fn session(&self, id: SessionId) -> Option<&SessionEntry> {
        self.sessions.get(&id)
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> Option<&NodeEntry> {
        self.nodes.get(&id)
    }

    /// How many sessions are remembered.
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    fn node_up(&mut self, node: NodeId, incarnation: IncarnationId, since: UnixMicros) -> Reply {
        let state = NodeState::Up;
        let entry = NodeEntry {
            incarnation,
            state,
            since,
        };
        match self.nodes.get_mut(&node) {
            // A start that was declared gone never comes back; the node must start anew.
            Some(known) if known.incarnation == incarnation && known.state == NodeState::Down => {
                Reply::Refused(Refusal::NodeNotUp)
            }
            Some(known) => {
                *known = entry;
                Reply::Done
            }
            None => {
                self.nodes.insert(node, entry);
                Reply::Done
            }
        }
    }

    fn node_down(&mut self, node: NodeId, incarnation: IncarnationId, since: UnixMicros) -> Reply {
        if let Some(known) = self.nodes.get_mut(&node)
            && known.incarnation == incarnation
        {
            known.state = NodeState::Down;
            known.since = since;
        }
        Reply::Done
    }

    fn claim(&mut self, claim: &Claim) -> Reply {
        if !self.is_up(claim.node, claim.incarnation) {
            return Reply::Refused(Refusal::NodeNotUp);
        }
        let Some(entry) = self.sessions.get(&claim.session) else {
            return self.claim_new(claim);
        };
        if entry.ended_at.is_some() {
            return Reply::Refused(Refusal::Ended);
        }
        let current = entry.epoch;
        if entry.attempt == claim.attempt {
            return Reply::Owned(current);
        }
        if claim.seen != current {
            return Reply::Refused(Refusal::Stale { current });
        }
        if !entry.is_released && self.is_up(entry.owner, entry.incarnation) {
            return Reply::Refused(Refusal::Owned { current });
        }
        self.grant(claim, current.next())
    }

    fn claim_new(&mut self, claim: &Claim) -> Reply {
        if self.sessions.len() >= MOST_SESSIONS {
            return Reply::Refused(Refusal::Full);
        }
        // The registry may have forgotten a session whose checkpoint is still there: its epoch
        // goes on from what the claimant has seen, and never falls.
        self.grant(claim, claim.seen.next())
    }

    fn grant(&mut self, claim: &Claim, epoch: Epoch) -> Reply {
        let entry = SessionEntry {
            owner: claim.node,
            incarnation: claim.incarnation,
            epoch,
            attempt: claim.attempt,
            is_released: false,
            ended_at: None,
        };
        self.sessions.insert(claim.session, entry);
        Reply::Owned(epoch)
    }

    fn release(&mut self, session: SessionId, epoch: Epoch) -> Reply {
        match self.owned_at(session, epoch) {
            Ok(Some(entry)) => {
                entry.is_released = true;
                Reply::Done
            }
            Ok(None) => Reply::Done,
            Err(refusal) => Reply::Refused(refusal),
        }
    }

    fn end(&mut self, session: SessionId, epoch: Epoch, at: UnixMicros) -> Reply {
        match self.owned_at(session, epoch) {
            Ok(Some(entry)) => {
                entry.ended_at = Some(at);
                self.ended.insert((at, session));
                Reply::Done
            }
            Ok(None) => Reply::Done,
            Err(refusal) => Reply::Refused(refusal),
        }
    }

    /// The entry to change; none when it has ended or was never known.
    fn owned_at(
        &mut self,
        session: SessionId,
        epoch: Epoch,
    ) -> Result<Option<&mut SessionEntry>, Refusal> {
        let Some(entry) = self.sessions.get_mut(&session) else {
            return Ok(None);
        };
        if entry.epoch != epoch {
            let current = entry.epoch;
            return Err(Refusal::Stale { current });
        }
        Ok(entry.ended_at.is_none().then_some(entry))
    }

    fn is_up(&self, node: NodeId, incarnation: IncarnationId) -> bool {
        self.nodes
            .get(&node)
            .is_some_and(|known| known.incarnation == incarnation && known.state == NodeState::Up)
    }

    /// Forgets sessions that ended long ago. A log whose time jumps back forgets later, no more.
    fn forget(&mut self, now: UnixMicros) {
        let before = now.minus(REMEMBER_ENDED);
        while let Some((at, session)) = self.ended.first() {
            if *at >= before {
                return;
            }
            self.sessions.remove(session);
            self.ended.pop_first();
        }
    }
}
