//! Presence: which logins have a viewer attached. Watching a session is using Baton.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use shared::id::{LoginId, SessionId};

/// Counts attached viewers per login. Clones share the count.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    /// Per login and, for somebody else's session that is only watched, per session.
    attached: Arc<Mutex<HashMap<Seen, u32>>>,
}

/// A login, and the session it watches when that is somebody else's.
type Seen = (LoginId, Option<SessionId>);

/// Who is attached, at one moment.
#[derive(Debug, Default)]
pub(super) struct Attached {
    /// Logins with a viewer.
    pub(super) logins: Vec<LoginId>,
    /// Logins that watch somebody else's session, and which.
    pub(super) watches: Vec<(LoginId, SessionId)>,
}

/// An attached viewer; dropped when it leaves.
#[derive(Debug)]
pub(super) struct Present {
    presence: Presence,
    seen: Seen,
}

impl Presence {
    /// Notes a viewer until the result is dropped; `watched` is the session when it is somebody
    /// else's.
    pub(super) fn enter(&self, login: LoginId, watched: Option<SessionId>) -> Present {
        let seen = (login, watched);
        self.with(|attached| *attached.entry(seen).or_insert(0) += 1);
        Present {
            presence: self.clone(),
            seen,
        }
    }

    /// Who is attached now.
    pub(super) fn now(&self) -> Attached {
        self.with(|attached| {
            let mut now = Attached::default();
            for (login, watched) in attached.keys() {
                now.logins.push(*login);
                now.watches.extend(watched.map(|session| (*login, session)));
            }
            now.logins.sort_unstable();
            now.logins.dedup();
            now
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<Seen, u32>) -> T) -> T {
        act(&mut self.attached.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.presence.with(|attached| {
            if let Some(count) = attached.get_mut(&self.seen) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    attached.remove(&self.seen);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_present_until_its_last_viewer_leaves() {
        let presence = Presence::default();
        let (login, session) = (LoginId::generate(), SessionId::generate());
        let own = presence.enter(login, None);
        let (one, two) = (
            presence.enter(login, Some(session)),
            presence.enter(login, Some(session)),
        );
        drop((own, one));
        assert_eq!(presence.now().logins, [login]);
        assert_eq!(presence.now().watches, [(login, session)]);
        drop(two);
        assert_eq!(presence.now().logins, []);
        assert_eq!(presence.now().watches, []);
    }

    #[test]
    fn ones_own_session_is_not_watched() {
        let presence = Presence::default();
        let login = LoginId::generate();
        let _viewers = (presence.enter(login, None), presence.enter(login, None));
        assert_eq!(presence.now().logins, [login]);
        assert_eq!(presence.now().watches, []);
    }
}
