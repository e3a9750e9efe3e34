//! Attach tickets: proof, good once and for half a minute, that a login may watch a session.
//!
//! Only hashes are kept. A ticket never appears in a URL; it travels in the first frame.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use shared::id::{LoginId, SessionId, UserId};
use shared::time::Clock;

use super::SignOut;

/// How long a ticket is good for: the page attaches at once, a slow phone within seconds.
const LIFETIME: Duration = Duration::from_secs(30);

/// Unused tickets at most: one per session start within a lifetime, far above any real rate.
const MOST: usize = 16_384;

/// Unused tickets of one user at most; the oldest gives way (tabs reload in bursts).
const MOST_PER_USER: usize = 64;

/// Who a ticket was issued to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketHolder {
    /// The user.
    pub user: UserId,
    /// Name as other viewers see it.
    pub user_name: String,
    /// The login that asked; when it ends, so does the viewer.
    pub login: LoginId,
}

/// What a redeemed ticket permits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The session to attach to.
    pub session: SessionId,
    /// Who attaches.
    pub holder: TicketHolder,
    /// May only watch.
    pub is_read_only: bool,
}

/// Too many unused tickets.
#[derive(Debug, thiserror::Error)]
#[error("too many unused tickets")]
pub struct TicketsFull;

/// Unused tickets, by hash.
type Book = HashMap<[u8; 32], Entry>;

struct Entry {
    pass: Pass,
    issued_at: Instant,
}

/// Issues and redeems attach tickets; clones share one book.
#[derive(Clone)]
pub struct Tickets {
    book: Arc<Mutex<Book>>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Tickets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tickets").finish_non_exhaustive()
    }
}

impl Tickets {
    /// An empty book.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            book: Arc::default(),
            clock,
        }
    }

    /// Issues a ticket: 32 random bytes that permit one attach within 30 s.
    ///
    /// # Errors
    /// Too many unused tickets, or the system has no randomness.
    pub fn issue(
        &self,
        session: SessionId,
        holder: TicketHolder,
        is_read_only: bool,
    ) -> Result<[u8; 32], TicketsFull> {
        let mut ticket = [0_u8; 32];
        getrandom::fill(&mut ticket).map_err(|_no_randomness| TicketsFull)?;
        let now = self.clock.instant();
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if book.len() >= MOST {
            book.retain(|_, entry| is_fresh(entry, now));
        }
        if book.len() >= MOST {
            return Err(TicketsFull);
        }
        make_room_for(&mut book, holder.user);
        let pass = Pass {
            session,
            holder,
            is_read_only,
        };
        let issued_at = now;
        book.insert(hash(&ticket), Entry { pass, issued_at });
        Ok(ticket)
    }

    /// Redeems a ticket; a second try with the same one finds nothing.
    pub fn redeem(&self, ticket: &[u8]) -> Option<Pass> {
        let now = self.clock.instant();
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = book.remove(&hash(ticket))?;
        is_fresh(&entry, now).then_some(entry.pass)
    }

    /// Forgets the unused tickets of a login or user that signed out.
    pub fn revoke(&self, who: SignOut) {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.retain(|_, entry| match who {
            SignOut::Login(login) => entry.pass.holder.login != login,
            SignOut::User(user) => entry.pass.holder.user != user,
        });
    }
}

fn hash(ticket: &[u8]) -> [u8; 32] {
    Sha256::digest(ticket).into()
}

fn is_fresh(entry: &Entry, now: Instant) -> bool {
    now.saturating_duration_since(entry.issued_at) <= LIFETIME
}

/// Drops the user's oldest ticket when there are too many.
fn make_room_for(book: &mut Book, user: UserId) {
    let mut count = 0_usize;
    let mut oldest: Option<([u8; 32], Instant)> = None;
    for (key, entry) in book
        .iter()
        .filter(|(_, entry)| entry.pass.holder.user == user)
    {
        count += 1;
        if oldest.is_none_or(|(_, at)| entry.issued_at < at) {
            oldest = Some((*key, entry.issued_at));
        }
    }
    if count >= MOST_PER_USER
        && let Some((key, _)) = oldest
    {
        book.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use shared::time::UnixMicros;

    use super::*;

    /// A clock that stands until moved.
    struct Stopped(Mutex<Instant>);

    impl Stopped {
        fn start() -> Arc<Self> {
            Arc::new(Self(Mutex::new(shared::time::SystemClock.instant())))
        }

        fn advance(&self, span: Duration) {
            *self.0.lock().unwrap() += span;
        }
    }

    impl Clock for Stopped {
        fn wall(&self) -> UnixMicros {
            UnixMicros::new(0)
        }

        fn instant(&self) -> Instant {
            *self.0.lock().unwrap()
        }
    }

    fn holder() -> TicketHolder {
        TicketHolder {
            user: UserId::generate(),
            user_name: "ada".to_owned(),
            login: LoginId::generate(),
        }
    }

    #[test]
    fn a_ticket_is_good_once() {
        let tickets = Tickets::new(Stopped::start());
        let session = SessionId::generate();
        let ticket = tickets.issue(session, holder(), true).unwrap();

        let pass = tickets.redeem(&ticket).unwrap();

        assert_eq!(pass.session, session);
        assert!(pass.is_read_only);
        assert_eq!(tickets.redeem(&ticket), None);
    }

    #[test]
    fn a_ticket_expires_after_half_a_minute() {
        let clock = Stopped::start();
        let tickets = Tickets::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let early = tickets
            .issue(SessionId::generate(), holder(), false)
            .unwrap();
        let late = tickets
            .issue(SessionId::generate(), holder(), false)
            .unwrap();

        clock.advance(LIFETIME);
        assert!(tickets.redeem(&early).is_some());
        clock.advance(Duration::from_micros(1));
        assert_eq!(tickets.redeem(&late), None);
    }

    #[test]
    fn guesses_and_cut_tickets_are_refused() {
        let tickets = Tickets::new(Stopped::start());
        let ticket = tickets
            .issue(SessionId::generate(), holder(), false)
            .unwrap();
        assert_eq!(tickets.redeem(&[0; 32]), None);
        assert_eq!(tickets.redeem(&ticket[..31]), None);
        assert_eq!(tickets.redeem(&[]), None);
        assert!(tickets.redeem(&ticket).is_some());
    }

    #[test]
    fn the_oldest_ticket_of_a_busy_user_gives_way() {
        let clock = Stopped::start();
        let tickets = Tickets::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let (busy, other) = (holder(), holder());
        let untouched = tickets.issue(SessionId::generate(), other, false).unwrap();
        let first = tickets
            .issue(SessionId::generate(), busy.clone(), false)
            .unwrap();
        for _ in 0..MOST_PER_USER {
            clock.advance(Duration::from_micros(1));
            tickets
                .issue(SessionId::generate(), busy.clone(), false)
                .unwrap();
        }
        assert_eq!(tickets.redeem(&first), None);
        assert!(tickets.redeem(&untouched).is_some());
    }

    #[test]
    fn signing_out_revokes_unused_tickets() {
        let tickets = Tickets::new(Stopped::start());
        let (leaving, staying) = (holder(), holder());
        let gone = tickets
            .issue(SessionId::generate(), leaving.clone(), false)
            .unwrap();
        let kept = tickets
            .issue(SessionId::generate(), staying, false)
            .unwrap();
        tickets.revoke(SignOut::Login(leaving.login));
        assert_eq!(tickets.redeem(&gone), None);
        assert!(tickets.redeem(&kept).is_some());
    }
}
