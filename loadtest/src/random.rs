//! Random names and passwords for things that live as long as one run.

use std::fmt::Write as _;

/// `bytes` random bytes as lower-case hex.
///
/// # Panics
/// The operating system has no randomness to give.
pub fn hex(bytes: usize) -> String {
    let mut raw = vec![0; bytes];
    getrandom::fill(&mut raw).expect("the kernel hands out randomness");
    raw.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// A seed for a key that lives as long as one run.
///
/// # Panics
/// The operating system has no randomness to give.
pub fn seed() -> [u8; 32] {
    let mut raw = [0; 32];
    getrandom::fill(&mut raw).expect("the kernel hands out randomness");
    raw
}
