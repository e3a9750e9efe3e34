//! Private keys: from text to a key, with a clear word about every text that is none.
//!
//! Deriving a key from a passphrase is slow on purpose and runs off the async threads. Its cost is
//! chosen by whoever made the file, so absurd costs are refused before any work is done.

use std::sync::Arc;
use std::time::Duration;

use russh::keys::ssh_key::Kdf;
use russh::keys::{self, PrivateKey, decode_secret_key};
use shared::secret::Secret;
use tokio::time::timeout;

/// Longest key text: an RSA key of 16384 bits in PEM has 13 KB.
const LONGEST: usize = 64 * 1024;

/// Most rounds of bcrypt (16–24 is usual; 1000 take some ten seconds).
const MOST_ROUNDS: u32 = 1000;

/// Longest wait for a key to open; PKCS#8 files choose their cost freely.
const LONGEST_READING: Duration = Duration::from_secs(30);

/// Why a key cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    /// It needs a passphrase.
    #[error("the key needs its passphrase")]
    Locked,
    /// The passphrase does not open it.
    #[error("the passphrase does not open the key")]
    WrongPassphrase,
    /// It will never do; the text says why.
    #[error("{0}")]
    Unusable(&'static str),
}

/// Reads a private key.
pub(crate) async fn read(
    pem: Secret<String>,
    passphrase: Option<Secret<String>>,
) -> Result<Arc<PrivateKey>, KeyError> {
    let reading = tokio::task::spawn_blocking(move || decode(&pem, passphrase.as_ref()));
    match timeout(LONGEST_READING, reading).await {
        Ok(Ok(read)) => read.map(Arc::new),
        Ok(Err(_)) => Err(KeyError::Unusable("the private key is damaged")),
        Err(_) => Err(KeyError::Unusable("the private key takes too long to open")),
    }
}

fn decode(
    pem: &Secret<String>,
    passphrase: Option<&Secret<String>>,
) -> Result<PrivateKey, KeyError> {
    // Browsers and Windows editors bring line ends and blanks that PEM readers dislike.
    let text = Secret::new(pem.expose().replace("\r\n", "\n").trim().to_owned());
    let text = text.expose();
    refuse_foreign(text)?;
    let given = passphrase.map(|secret| secret.expose().as_str());
    if text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----") {
        return decode_openssh(text, given);
    }
    let is_locked =
        text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED");
    if is_locked && given.is_none() {
        return Err(KeyError::Locked);
    }
    decode_secret_key(text, given.filter(|_| is_locked)).map_err(|error| explain(&error, is_locked))
}

fn refuse_foreign(text: &str) -> Result<(), KeyError> {
    let fault = if text.is_empty() {
        "the private key is empty"
    } else if text.len() > LONGEST {
        "the private key is too long to be one"
    } else if text.starts_with("PuTTY-User-Key-File-") {
        "the private key is in PuTTY's format; export it with PuTTYgen as an OpenSSH key"
    } else if text.starts_with("---- BEGIN SSH2") {
        "the key is in the SSH2 format; convert it with `ssh-keygen -i`"
    } else if ["ssh-", "ecdsa-", "sk-"]
        .iter()
        .any(|kind| text.starts_with(kind))
    {
        "this is a public key; the private key is needed"
    } else if text.contains("-----BEGIN DSA") {
        "DSA keys are no longer accepted by servers; use an Ed25519 key"
    } else if !text.contains("-----BEGIN ") || !text.contains("PRIVATE KEY-----") {
        "the text is not a private key in PEM"
    } else {
        return Ok(());
    };
    Err(KeyError::Unusable(fault))
}

fn decode_openssh(text: &str, passphrase: Option<&str>) -> Result<PrivateKey, KeyError> {
    let damaged = |_| KeyError::Unusable("the private key is damaged");
    let key = PrivateKey::from_openssh(text).map_err(damaged)?;
    if !key.is_encrypted() {
        return Ok(key);
    }
    if let Kdf::Bcrypt { rounds, .. } = key.kdf()
        && *rounds > MOST_ROUNDS
    {
        return Err(KeyError::Unusable(
            "the private key asks for too many rounds; re-encrypt it with `ssh-keygen -p -a 64`",
        ));
    }
    let passphrase = passphrase.ok_or(KeyError::Locked)?;
    // A wrong passphrase shows as any of several decoding errors.
    key.decrypt(passphrase)
        .map_err(|_which| KeyError::WrongPassphrase)
}

fn explain(error: &keys::Error, is_locked: bool) -> KeyError {
    match error {
        keys::Error::KeyIsEncrypted => KeyError::Locked,
        keys::Error::UnsupportedKeyType { .. } | keys::Error::UnknownAlgorithm(_) => {
            KeyError::Unusable("the private key is of a kind that is not supported")
        }
        _ if is_locked => KeyError::WrongPassphrase,
        _ => KeyError::Unusable("the private key is damaged"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> KeyError {
        decode(&Secret::new(text.to_owned()), None).unwrap_err()
    }

    #[test]
    fn every_text_that_is_no_key_is_named() {
        for (text, part) in [
            ("", "empty"),
            ("  \r\n ", "empty"),
            ("hello", "not a private key"),
            ("PuTTY-User-Key-File-3: ssh-ed25519", "PuTTY"),
            ("ssh-ed25519 AAAA me", "public key"),
            ("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----", "SSH2"),
            ("-----BEGIN DSA PRIVATE KEY-----\nAAAA", "DSA"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA", "damaged"),
            (
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
                "damaged",
            ),
            (&"x".repeat(LONGEST + 1), "too long"),
        ] {
            let refusal = refusal(text).to_string();
            assert!(refusal.contains(part), "{refusal} should mention {part}");
        }
    }

    #[test]
    fn an_encrypted_pkcs8_key_without_a_passphrase_is_locked() {
        let text =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGbAA==\n-----END ENCRYPTED PRIVATE KEY-----";
        assert_eq!(refusal(text), KeyError::Locked);
    }
}
