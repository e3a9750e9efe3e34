//! The sealed form of one secret: format byte, key name, wrapped data key, ciphertext.
//!
//! ```text
//! 1 format │ 1 length │ key name │ 24 nonce │ 48 wrapped data key │ 24 nonce │ ciphertext + 16 tag
//! ```
//!
//! INVARIANT: both layers take [`Place::associated`] as associated data; tests
//! `a_ciphertext_moved_to_another_row_does_not_open` and its neighbours break otherwise.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use shared::secret::Secret;
use uuid::Uuid;

use super::{Key, KeyId, SealError};

/// The only format so far.
const FORMAT: u8 = 1;

/// Bytes of an `XChaCha20` nonce; random ones never collide in practice (192 bits).
const NONCE: usize = 24;

/// Bytes of a wrapped data key: the key and its Poly1305 tag.
const WRAPPED: usize = 32 + 16;

/// Where a sealed value lives. Opening it anywhere else fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table, or another name for the kind of record.
    pub table: &'a str,
    /// The row.
    pub row: Uuid,
    /// The column or part.
    pub column: &'a str,
    /// Raised with every new value, so that an old one cannot be put back.
    pub version: u32,
}

impl Place<'_> {
    /// `format ‖ layer ‖ table ‖ row ‖ column ‖ version`, lengths first so that nothing can slide.
    fn associated(&self, layer: Layer<'_>) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        let mut text = |part: &str| {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        };
        match layer {
            Layer::DataKey(key) => {
                text("data key");
                text(key.as_str());
            }
            Layer::Value => text("value"),
        }
        text(self.table);
        text(self.column);
        bytes.extend_from_slice(self.row.as_bytes());
        bytes.extend_from_slice(&self.version.to_be_bytes());
        bytes
    }
}

/// Which of the two layers the associated data is for.
#[derive(Clone, Copy)]
enum Layer<'a> {
    /// A data key, wrapped by the named key.
    DataKey(&'a KeyId),
    /// The value, sealed by its data key.
    Value,
}

/// A parsed sealed value.
pub(super) struct Envelope<'a> {
    pub(super) key: KeyId,
    wrap_nonce: &'a [u8; NONCE],
    wrapped: &'a [u8; WRAPPED],
    nonce: &'a [u8; NONCE],
    ciphertext: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Takes `bytes` apart without trusting them.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, SealError> {
        let malformed = |what| SealError::Malformed { what };
        let (&format, rest) = bytes.split_first().ok_or_else(|| malformed("empty"))?;
        if format != FORMAT {
            return Err(SealError::Format { found: format });
        }
        let (&length, rest) = rest.split_first().ok_or_else(|| malformed("cut"))?;
        let (name, rest) = rest
            .split_at_checked(usize::from(length))
            .ok_or_else(|| malformed("cut"))?;
        let name = std::str::from_utf8(name).map_err(|_not_text| malformed("key name"))?;
        let key = KeyId::new(name).ok_or_else(|| malformed("key name"))?;
        let (wrap_nonce, rest) = rest.split_first_chunk().ok_or_else(|| malformed("cut"))?;
        let (wrapped, rest) = rest.split_first_chunk().ok_or_else(|| malformed("cut"))?;
        let (nonce, ciphertext) = rest.split_first_chunk().ok_or_else(|| malformed("cut"))?;
        Ok(Self {
            key,
            wrap_nonce,
            wrapped,
            nonce,
            ciphertext,
        })
    }

    /// Unwraps the data key with `kek` and opens the value.
    pub(super) fn open(&self, kek: &Key, place: &Place<'_>) -> Result<Secret<Vec<u8>>, SealError> {
        let data_key = self.data_key(kek, place)?;
        decrypt(
            &data_key,
            self.nonce,
            self.ciphertext,
            &place.associated(Layer::Value),
        )
        .map(Secret::new)
    }

    /// The same value with its data key wrapped by another key.
    pub(super) fn rewrap(
        &self,
        old: &Key,
        new: (&KeyId, &Key),
        place: &Place<'_>,
    ) -> Result<Vec<u8>, SealError> {
        let data_key = self.data_key(old, place)?;
        let mut bytes = wrap(new, &data_key, place)?;
        bytes.extend_from_slice(self.nonce);
        bytes.extend_from_slice(self.ciphertext);
        Ok(bytes)
    }

    fn data_key(&self, kek: &Key, place: &Place<'_>) -> Result<Key, SealError> {
        let associated = place.associated(Layer::DataKey(&self.key));
        let key = Secret::new(decrypt(kek, self.wrap_nonce, self.wrapped, &associated)?);
        let key: &[u8; 32] = key
            .expose()
            .as_slice()
            .try_into()
            .map_err(|_length| SealError::Malformed { what: "data key" })?;
        Ok(Secret::new(*key))
    }
}

/// Seals `plaintext` with a fresh data key, wrapped by `kek`.
pub(super) fn seal(
    kek: (&KeyId, &Key),
    place: &Place<'_>,
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    let data_key = Secret::new(random::<32>()?);
    let nonce = random::<NONCE>()?;
    let ciphertext = encrypt(
        &data_key,
        &nonce,
        plaintext,
        &place.associated(Layer::Value),
    )?;
    let mut bytes = wrap(kek, &data_key, place)?;
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&ciphertext);
    Ok(bytes)
}

/// The envelope up to and including the wrapped data key.
fn wrap(kek: (&KeyId, &Key), data_key: &Key, place: &Place<'_>) -> Result<Vec<u8>, SealError> {
    let (id, kek) = kek;
    let nonce = random::<NONCE>()?;
    let associated = place.associated(Layer::DataKey(id));
    let wrapped = encrypt(kek, &nonce, data_key.expose(), &associated)?;
    let name = id.as_str().as_bytes();
    let length =
        u8::try_from(name.len()).map_err(|_long| SealError::Malformed { what: "key name" })?;
    let mut bytes = vec![FORMAT, length];
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&wrapped);
    Ok(bytes)
}

/// `N` bytes from the system's generator.
pub(super) fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(SealError::Random)?;
    Ok(bytes)
}

fn encrypt(key: &Key, nonce: &[u8; NONCE], msg: &[u8], aad: &[u8]) -> Result<Vec<u8>, SealError> {
    XChaCha20Poly1305::new(key.expose().into())
        .encrypt(&XNonce::from(*nonce), Payload { msg, aad })
        .map_err(|_too_long| SealError::Malformed { what: "too long" })
}

fn decrypt(key: &Key, nonce: &[u8; NONCE], msg: &[u8], aad: &[u8]) -> Result<Vec<u8>, SealError> {
    XChaCha20Poly1305::new(key.expose().into())
        .decrypt(&XNonce::from(*nonce), Payload { msg, aad })
        .map_err(|_tag| SealError::Broken)
}
