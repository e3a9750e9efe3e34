//! Opaque 256-bit tokens; only their SHA-256 is ever stored (OWASP ASVS 5.0, 7.2.3 and 11.5.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use shared::secret::Secret;

/// A bearer secret: the value of a login cookie or of a setup link.
#[derive(Clone, Debug)]
pub struct Token(Secret<[u8; 32]>);

impl Token {
    /// Draws a token from the operating system.
    ///
    /// # Panics
    /// When the operating system has no randomness: nothing is safe then.
    pub fn generate() -> Self {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        Self(Secret::new(bytes))
    }

    /// Reads what [`Token::encode`] wrote; anything else is no token.
    pub fn parse(text: &str) -> Option<Self> {
        // 32 bytes are 43 characters; longer input is not even decoded.
        if text.len() != 43 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(Secret::new(bytes.try_into().ok()?)))
    }

    /// The token as it travels.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.expose())
    }

    /// What the store keeps instead of the token.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.expose()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_from_its_text() {
        let token = Token::generate();
        let again = Token::parse(&token.encode()).unwrap();
        assert_eq!(again.hash(), token.hash());
        assert_ne!(Token::generate().hash(), token.hash());
    }

    #[test]
    fn other_texts_are_no_tokens() {
        let long = "A".repeat(44);
        for text in ["", "AAAA", &long, &"!".repeat(43), &"é".repeat(43)] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }
}
