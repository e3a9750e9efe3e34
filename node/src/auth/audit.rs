//! The audit trail: what was done, by whom, from where, and how it went. Never a secret.

use std::net::IpAddr;

use metrics::counter;
use schema::store::{NewAudit, Outcome, Store};
use serde_json::Value;
use shared::id::{SessionId, TargetId, UserId};

use super::Caller;
use crate::metrics::{AUDIT_EVENTS, AUDIT_LOST};
use crate::telemetry::chain;

/// One event, `noun.verb`.
#[derive(Clone, Debug)]
#[must_use = "an event counts once it is recorded"]
pub struct Event(NewAudit);

impl Event {
    /// An event that went well.
    pub fn new(code: &'static str) -> Self {
        Self(NewAudit {
            code,
            actor: None,
            actor_name: String::new(),
            address: None,
            session: None,
            target: None,
            outcome: Outcome::Ok,
            detail: Value::Null,
        })
    }

    /// Who did it, and from where.
    pub fn by(mut self, caller: &Caller) -> Self {
        self.0.actor = Some(caller.user);
        self.0.actor_name.clone_from(&caller.name);
        self.0.address = caller.address.map(|address| address.to_string());
        self
    }

    /// Who tried it, when nobody is signed in. The name is theirs to choose: it is cut.
    pub fn by_stranger(mut self, user: Option<UserId>, name: &str, address: IpAddr) -> Self {
        self.0.actor = user;
        self.0.actor_name = name.chars().filter(|c| !c.is_control()).take(128).collect();
        self.0.address = Some(address.to_string());
        self
    }

    /// Done at the machine itself, by whoever may run the binary there.
    pub fn by_operator(mut self) -> Self {
        "operator".clone_into(&mut self.0.actor_name);
        self
    }

    /// Which target it concerns.
    pub const fn target(mut self, target: TargetId) -> Self {
        self.0.target = Some(target);
        self
    }

    /// Which session it concerns.
    pub const fn session(mut self, session: SessionId) -> Self {
        self.0.session = Some(session);
        self
    }

    /// The rest.
    pub fn detail(mut self, detail: Value) -> Self {
        self.0.detail = detail;
        self
    }

    /// It was not allowed.
    pub const fn denied(mut self) -> Self {
        self.0.outcome = Outcome::Denied;
        self
    }

    /// It was allowed and did not work.
    pub const fn failed(mut self) -> Self {
        self.0.outcome = Outcome::Failed;
        self
    }
}

/// Writes events down. Clones share the store.
#[derive(Clone, Debug)]
pub struct Auditor {
    store: Store,
}

impl Auditor {
    /// Writes into `store`.
    pub const fn new(store: Store) -> Self {
        Self { store }
    }

    /// Records an event. A store that does not answer loses no more than the row: the event is in
    /// the log and in a counter, and what was done stays done (LAW 3).
    pub async fn record(&self, event: Event) {
        let Event(event) = event;
        let code = event.code;
        tracing::info!(
            target: "audit",
            code,
            actor = %event.actor_name,
            address = event.address.as_deref().unwrap_or_default(),
            outcome = event.outcome.code(),
            "Audit"
        );
        counter!(AUDIT_EVENTS, "event" => code).increment(1);
        if let Err(error) = self.store.audit().record(event).await {
            counter!(AUDIT_LOST).increment(1);
            tracing::error!(code, error = %chain(&error), "Audit row could not be written");
        }
    }
}
