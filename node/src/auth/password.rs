//! Passwords: Argon2id in a bounded pool, so that a flood of sign-ins cannot take the memory.
//!
//! Parameters: 46 MiB, one pass, one lane; one of the equivalent settings of the OWASP password
//! storage cheat sheet, about 45 ms here.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use shared::secret::Secret;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Memory of one hash, in KiB.
const MEMORY_KIB: u32 = 46 * 1024;

/// How every hash with today's parameters begins; others are renewed at the next sign-in.
const CURRENT: &str = "$argon2id$v=19$m=47104,t=1,p=1$";

/// A hash of nothing anybody can type, with today's parameters: checked for unknown users, so that
/// time does not tell who exists.
const NOBODY: &str = "$argon2id$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes that may wait for a place, per place; beyond, sign-in answers "busy" at once.
const QUEUE_PER_PLACE: usize = 16;

/// Longest password, in bytes; longer ones are refused before any work.
const LONGEST: usize = 1024;

/// Why no hash was made or checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many at once; try again in a second.
    #[error("too many passwords are being checked")]
    Busy,
    /// The password does not follow the rule; the text is for people.
    #[error("{0}")]
    Unfit(String),
    /// The hash function failed, for instance for want of memory.
    #[error("password cannot be hashed")]
    Hash(#[source] argon2::password_hash::Error),
    /// The thread that hashed is gone.
    #[error("password pool is closed")]
    Closed,
}

/// What a check found.
#[derive(Debug)]
pub enum Verdict {
    /// Not the password, or nobody of that name.
    Wrong,
    /// The password.
    Right {
        /// A hash with today's parameters, when the stored one is older.
        renewed: Option<Secret<String>>,
    },
}

/// The pool. Clones share it.
#[derive(Clone, Debug)]
pub struct Passwords {
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Passwords {
    /// A pool with one place per core, at most `most`.
    pub fn new(most: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let places = cores.min(most).max(1);
        Self {
            places: Arc::new(Semaphore::new(places)),
            queue: Arc::new(Semaphore::new(places.saturating_mul(1 + QUEUE_PER_PLACE))),
        }
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// `Busy` when the queue is full.
    pub async fn hash(&self, password: Secret<String>) -> Result<Secret<String>, PasswordError> {
        let _in_queue = self.queue()?;
        self.run(move || hash(&password)).await?
    }

    /// Checks a password against a stored hash; `None` costs as much as a real one.
    ///
    /// # Errors
    /// `Busy` when the queue is full.
    pub async fn verify(
        &self,
        password: Secret<String>,
        stored: Option<Secret<String>>,
    ) -> Result<Verdict, PasswordError> {
        let _in_queue = self.queue()?;
        self.run(move || verify(&password, stored.as_ref())).await?
    }

    fn queue(&self) -> Result<SemaphorePermit<'_>, PasswordError> {
        self.queue
            .try_acquire()
            .map_err(|_full| PasswordError::Busy)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|_closed| PasswordError::Closed)?;
        let job = tokio::task::spawn_blocking(move || {
            let done = work();
            // The place is taken until the work is done, also when nobody waits any more.
            drop(place);
            done
        });
        job.await.map_err(|_panicked| PasswordError::Closed)
    }
}

fn argon2() -> Argon2<'static> {
    let params =
        Params::new(MEMORY_KIB, 1, 1, None).expect("the parameters are constant and within range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &Secret<String>) -> Result<Secret<String>, PasswordError> {
    let made = argon2()
        .hash_password(password.expose().as_bytes())
        .map_err(PasswordError::Hash)?;
    Ok(Secret::new(made.to_string()))
}

fn verify(
    password: &Secret<String>,
    stored: Option<&Secret<String>>,
) -> Result<Verdict, PasswordError> {
    let text = stored.map_or(NOBODY, |hash| hash.expose().as_str());
    let fits_in = password.expose().len() <= LONGEST;
    let parsed = PasswordHash::new(text).map_err(|_unreadable| {
        PasswordError::Hash(argon2::password_hash::Error::EncodingInvalid)
    })?;
    let is_right = fits_in
        && argon2()
            .verify_password(password.expose().as_bytes(), &parsed)
            .is_ok();
    if !is_right || stored.is_none() {
        return Ok(Verdict::Wrong);
    }
    let renewed = if text.starts_with(CURRENT) {
        None
    } else {
        Some(hash(password)?)
    };
    Ok(Verdict::Right { renewed })
}

/// What a new password must be (OWASP ASVS 5.0, 6.2): long enough, nothing about its letters.
#[derive(Clone, Copy, Debug)]
pub struct PasswordRule {
    /// Shortest, in characters.
    pub least: usize,
}

impl PasswordRule {
    /// Checks a new password of the user `name`.
    ///
    /// # Errors
    /// `Unfit` with a sentence for the person.
    pub fn check(&self, name: &str, password: &str) -> Result<(), PasswordError> {
        let unfit = |text: String| Err(PasswordError::Unfit(text));
        if password.chars().count() < self.least {
            let least = self.least;
            return unfit(format!("The password needs at least {least} characters."));
        }
        if password.len() > LONGEST {
            return unfit(format!("The password may have at most {LONGEST} bytes."));
        }
        if password.to_lowercase().trim() == name.to_lowercase().trim() {
            return unfit("The password must differ from the name.".to_owned());
        }
        let first = password.chars().next();
        if password.chars().all(|letter| Some(letter) == first) {
            return unfit("The password must not repeat one character.".to_owned());
        }
        Ok(())
    }
}

/// Makes a password for a person to change: 100 random bits, easy to read aloud.
///
/// # Panics
/// When the operating system has no randomness: nothing is safe then.
pub fn invent() -> Secret<String> {
    // 32 letters without those that look alike: five bits each.
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 20];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    let mut text = String::with_capacity(24);
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 && place % 5 == 0 {
            text.push('-');
        }
        let letter = LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'x');
        text.push(char::from(letter));
    }
    Secret::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_fits() {
        let pool = Passwords::new(2);
        let stored = pool.hash(secret("correct horse")).await.unwrap();
        assert!(stored.expose().starts_with(CURRENT));
        let right = pool
            .verify(secret("correct horse"), Some(stored.clone()))
            .await;
        assert!(matches!(right, Ok(Verdict::Right { renewed: None })));
        let wrong = pool.verify(secret("wrong"), Some(stored)).await;
        assert!(matches!(wrong, Ok(Verdict::Wrong)));
        let nobody = pool.verify(secret("correct horse"), None).await;
        assert!(matches!(nobody, Ok(Verdict::Wrong)));
    }

    #[test]
    fn the_dummy_hash_has_todays_parameters() {
        assert!(NOBODY.starts_with(CURRENT));
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[tokio::test]
    async fn an_older_hash_is_renewed_when_the_password_fits() {
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(64, 1, 1, None).unwrap(),
        );
        let old = Secret::new(weak.hash_password(b"correct horse").unwrap().to_string());
        let pool = Passwords::new(1);
        let Ok(Verdict::Right { renewed: Some(new) }) =
            pool.verify(secret("correct horse"), Some(old)).await
        else {
            panic!("the password fits and its hash is old");
        };
        assert!(new.expose().starts_with(CURRENT));
    }

    #[tokio::test]
    async fn a_full_queue_says_busy_at_once() {
        let pool = Passwords::new(1);
        let all = u32::try_from(1 + QUEUE_PER_PLACE).unwrap();
        let _held = pool.queue.acquire_many(all).await.unwrap();
        let answer = pool.hash(secret("x")).await;
        assert!(matches!(answer, Err(PasswordError::Busy)));
    }

    #[test]
    fn weak_passwords_are_refused_with_a_sentence() {
        let rule = PasswordRule { least: 10 };
        for (name, password) in [
            ("ann", "short"),
            ("ann", "aaaaaaaaaaaa"),
            ("annabelle-k", "AnnaBelle-K"),
            ("ann", &"x1".repeat(600)),
        ] {
            assert!(rule.check(name, password).is_err(), "{password}");
        }
        assert!(rule.check("ann", "ten letters").is_ok());
    }

    #[test]
    fn invented_passwords_follow_the_rule_and_differ() {
        let (one, two) = (invent(), invent());
        assert_ne!(one.expose(), two.expose());
        assert_eq!(one.expose().len(), 23);
        assert!(
            PasswordRule { least: 10 }
                .check("ann", one.expose())
                .is_ok()
        );
    }
}
