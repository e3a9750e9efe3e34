//! How many transfers a person may have under way: each holds a megabyte or two.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use shared::id::UserId;

use crate::http::ApiError;

/// Transfers at once per user: several tabs of a browser that opens six connections each.
const MOST: usize = 24;

/// Transfers under way. Locked for a moment at a time, never across an await.
static BUSY: LazyLock<Mutex<HashMap<UserId, usize>>> = LazyLock::new(Mutex::default);

fn busy() -> MutexGuard<'static, HashMap<UserId, usize>> {
    BUSY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The right to one transfer; dropped, it is free again.
#[derive(Debug)]
pub(super) struct Slot {
    user: UserId,
}

impl Slot {
    /// Takes one, or says that there are enough.
    pub(super) fn take(user: UserId) -> Result<Self, ApiError> {
        let mut busy = busy();
        let count = busy.entry(user).or_default();
        if *count >= MOST {
            return Err(ApiError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_transfers",
                format!("{MOST} transfers are under way already; wait for one to end."),
            )
            .after(Duration::from_secs(2)));
        }
        *count += 1;
        Ok(Self { user })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut busy = busy();
        let left = busy.get_mut(&self.user).map(|count| {
            *count = count.saturating_sub(1);
            *count
        });
        if left == Some(0) {
            busy.remove(&self.user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_that_is_dropped_is_free_again() {
        let user = UserId::generate();
        let mut slots: Vec<_> = (0..MOST).map(|_| Slot::take(user).unwrap()).collect();

        let refused = Slot::take(user).unwrap_err();
        assert_eq!(refused.code(), "too_many_transfers");
        assert!(Slot::take(UserId::generate()).is_ok());

        slots.pop();
        assert!(Slot::take(user).is_ok());
        drop(slots);
        assert!(!busy().contains_key(&user));
    }
}
