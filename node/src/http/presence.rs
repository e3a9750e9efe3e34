//! Presence: which logins have a viewer attached. Watching a session is using Baton.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use shared::id::LoginId;

/// Counts attached viewers per login. Clones share the count.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    attached: Arc<Mutex<HashMap<LoginId, u32>>>,
}

/// An attached viewer; dropped when it leaves.
#[derive(Debug)]
pub(super) struct Present {
    presence: Presence,
    login: LoginId,
}

impl Presence {
    /// Notes a viewer until the result is dropped.
    pub(super) fn enter(&self, login: LoginId) -> Present {
        self.with(|attached| *attached.entry(login).or_insert(0) += 1);
        Present {
            presence: self.clone(),
            login,
        }
    }

    /// Logins with a viewer now.
    pub(super) fn logins(&self) -> Vec<LoginId> {
        self.with(|attached| attached.keys().copied().collect())
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<LoginId, u32>) -> T) -> T {
        act(&mut self.attached.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.presence.with(|attached| {
            if let Some(count) = attached.get_mut(&self.login) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    attached.remove(&self.login);
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
        let login = LoginId::generate();
        let (one, two) = (presence.enter(login), presence.enter(login));
        drop(one);
        assert_eq!(presence.logins(), [login]);
        drop(two);
        assert_eq!(presence.logins(), []);
    }
}
