//! What every handler reaches: the parts of the node, put together once by the binary.

use std::sync::Arc;

use schema::store::Store;
use shared::id::GroupId;
use shared::time::Clock;
use tokio_util::sync::CancellationToken;

use super::{Hosts, Presence};
use crate::auth::{Auditor, Authoriser, Logins, PasswordRule, Passwords, Setups, SignIn};
use crate::config::{Config, Network, Retention, Sessions};
use crate::session::{Directory, Tickets};

/// The parts, as the binary hands them over.
#[derive(Debug)]
pub struct AppParts {
    /// Which hosts and origins are ours.
    pub hosts: Hosts,
    /// The store.
    pub store: Store,
    /// Signing in.
    pub sign_in: SignIn,
    /// Logins.
    pub logins: Logins,
    /// Setup links.
    pub setups: Setups,
    /// Permission to dial.
    pub authoriser: Authoriser,
    /// The audit trail.
    pub auditor: Auditor,
    /// The password pool.
    pub passwords: Passwords,
    /// Running sessions.
    pub directory: Directory,
    /// Attach tickets.
    pub tickets: Tickets,
    /// Whether this node takes new work.
    pub readiness: Readiness,
    /// Which logins have a viewer attached.
    pub presence: Presence,
    /// Every new user joins this group: it may use the demo target.
    pub demo_group: Option<GroupId>,
}

/// Whether this node takes new work. Clones share the answer.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    drain: CancellationToken,
}

impl Readiness {
    /// From now on the node takes no new work.
    pub fn drain(&self) {
        self.drain.cancel();
        metrics::gauge!(crate::metrics::DRAIN_STATE).set(1.0);
    }

    /// Whether the node takes no new work any more.
    pub fn is_draining(&self) -> bool {
        self.drain.is_cancelled()
    }

    /// Waits until the node drains: whatever runs for as long as the node does ends then.
    pub async fn draining(&self) {
        self.drain.cancelled().await;
    }
}

/// Everything a handler may use. Clones share it.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    parts: AppParts,
    clock: Arc<dyn Clock>,
    trusted_proxies: Vec<Network>,
    rule: PasswordRule,
    sessions: Sessions,
    retention: Retention,
    max_body: usize,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: AppParts, config: &Config, clock: Arc<dyn Clock>) -> Self {
        let inner = Inner {
            parts,
            clock,
            trusted_proxies: config.server.trusted_proxies.clone(),
            rule: PasswordRule {
                least: config.sign_in.password_min_length,
            },
            sessions: config.sessions.clone(),
            retention: config.retention,
            max_body: config.server.max_body,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Which hosts and origins are ours.
    pub fn hosts(&self) -> &Hosts {
        &self.inner.parts.hosts
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.inner.parts.store
    }

    /// Signing in.
    pub fn sign_in(&self) -> &SignIn {
        &self.inner.parts.sign_in
    }

    /// Logins.
    pub fn logins(&self) -> &Logins {
        &self.inner.parts.logins
    }

    /// Setup links.
    pub fn setups(&self) -> &Setups {
        &self.inner.parts.setups
    }

    /// Permission to dial.
    pub fn authoriser(&self) -> &Authoriser {
        &self.inner.parts.authoriser
    }

    /// The audit trail.
    pub fn auditor(&self) -> &Auditor {
        &self.inner.parts.auditor
    }

    /// The password pool.
    pub fn passwords(&self) -> &Passwords {
        &self.inner.parts.passwords
    }

    /// Running sessions.
    pub fn directory(&self) -> &Directory {
        &self.inner.parts.directory
    }

    /// Attach tickets.
    pub fn tickets(&self) -> &Tickets {
        &self.inner.parts.tickets
    }

    /// Whether this node takes new work.
    pub fn readiness(&self) -> &Readiness {
        &self.inner.parts.readiness
    }

    /// Which logins have a viewer attached.
    pub fn presence(&self) -> &Presence {
        &self.inner.parts.presence
    }

    pub(super) fn demo_group(&self) -> Option<GroupId> {
        self.inner.parts.demo_group
    }

    pub(super) fn shared_clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.inner.clock)
    }

    /// Where `now` comes from.
    pub fn clock(&self) -> &dyn Clock {
        self.inner.clock.as_ref()
    }

    /// What a new password must be.
    pub fn password_rule(&self) -> PasswordRule {
        self.inner.rule
    }

    /// Limits of sessions.
    pub fn session_limits(&self) -> &Sessions {
        &self.inner.sessions
    }

    /// How long the past is kept.
    pub fn retention(&self) -> Retention {
        self.inner.retention
    }

    pub(super) fn trusted_proxies(&self) -> &[Network] {
        &self.inner.trusted_proxies
    }

    pub(super) fn max_body(&self) -> usize {
        self.inner.max_body
    }
}
