//! The drivers against real servers (OpenSSH, Xvnc), and against servers that misbehave.
//!
//! Each test starts what it needs and ends it, also when it fails. Tests that need root (they make
//! a temporary account) say so and pass without it.

#[cfg(test)]
mod auth;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod files;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod host_keys;
#[cfg(test)]
mod interactive;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod session;
#[cfg(test)]
mod shell;
#[cfg(test)]
mod vnc;
