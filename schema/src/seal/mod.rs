//! Sealing: secrets at rest, readable only with a key that the database never sees.
//!
//! Each secret gets its own random data key, which is wrapped by the current key of a [`KeyRing`];
//! rotation rewraps data keys and never touches the secrets. Both layers are `XChaCha20-Poly1305`
//! and bind the secret to its [`Place`], so that ciphertexts cannot be swapped between rows.

mod envelope;
mod error;
mod key_file;
mod key_ring;

pub use envelope::Place;
pub use error::SealError;
pub use key_ring::{Key, KeyId, KeyRing, Keys};
