//! The answer to the challenge of VNC authentication (RFC 6143 §7.2.2): DES, as weak as it is old.

use des::Des;
use des::cipher::{Array, BlockCipherEncrypt as _, KeyInit as _};

/// Encrypts the challenge with the password: its first eight bytes, bits reversed.
pub(super) fn answer(password: &str, challenge: [u8; 16]) -> [u8; 16] {
    let mut key = [0; 8];
    for (place, byte) in key.iter_mut().zip(password.bytes()) {
        *place = byte.reverse_bits();
    }
    let des = Des::new(&Array::from(key));
    let mut answer = challenge;
    let (blocks, _) = answer.as_chunks_mut::<8>();
    for block in blocks {
        let mut encrypted = Array::from(*block);
        des.encrypt_block(&mut encrypted);
        *block = encrypted.into();
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_eight_characters_count_and_the_bits_are_reversed() {
        let challenge = [0x5a; 16];
        let long = answer("password-and-more", challenge);
        assert_eq!(long, answer("password", challenge));
        assert_ne!(long, answer("passwore", challenge));
        assert_eq!(long[..8], long[8..], "each half is a block of its own");
        // The key 0x80…: bit-reversed it is 0x01…, which is only parity, so DES sees zeros.
        let zeros = answer("", [0; 16]);
        assert_eq!(zeros[..8], [0x8c, 0xa6, 0x4d, 0xe9, 0xc1, 0xb1, 0x23, 0xa7]);
    }
}
