//! What a server can do wrong, or refuse, in words that a person can read.

/// Why an RFB conversation cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// Its first bytes are no protocol version.
    #[error("it does not speak RFB")]
    NotRfb,
    /// It turned the connection down before anything was proven (RFC 6143 §7.1.2).
    #[error("the server refuses connections: {reason}")]
    Refused {
        /// Its own words.
        reason: String,
    },
    /// It did not accept the password, or whatever was shown (RFC 6143 §7.1.3).
    #[error("the server refused the sign-in: {reason}")]
    Denied {
        /// Its own words; may be empty.
        reason: String,
    },
    /// None of its security types can be used.
    #[error("no security type in common; it offers {offered}")]
    NoCommonSecurity {
        /// Names of what it offers.
        offered: String,
    },
    /// The target's settings demand encryption, and there is none with a certificate.
    #[error("no encryption with a certificate; it offers {offered}")]
    NoEncryption {
        /// Names of what it offers.
        offered: String,
    },
    /// Its encryption has no certificate (anonymous Diffie-Hellman).
    #[error("only encryption without a certificate; it offers {offered}")]
    AnonymousOnly {
        /// Names of what it offers.
        offered: String,
        /// Another security type than `VeNCrypt` may do.
        has_others: bool,
    },
    /// It could not set TLS up on its side.
    #[error("the server could not start TLS")]
    NoTls,
    /// Bytes came where TLS had to begin; somebody may have put them in.
    #[error("bytes came before TLS had begun")]
    BytesBeforeTls,
    /// Its desktop is empty or absurdly large.
    #[error("the desktop's size, {width} × {height}, is not supported")]
    Size {
        /// Width it announced.
        width: u32,
        /// Height it announced.
        height: u32,
    },
    /// A rectangle reaches beyond the desktop.
    #[error("a rectangle lies outside of the desktop")]
    Outside,
    /// A message is of a kind that was never asked for.
    #[error("message type {0} is unknown")]
    Message(u8),
    /// A rectangle has an encoding that was never asked for.
    #[error("encoding {0} was not asked for")]
    Encoding(i32),
    /// Something is longer than it may be.
    #[error("{0} is too long")]
    TooLong(&'static str),
    /// Something does not decode.
    #[error("{0} is damaged")]
    Corrupt(&'static str),
    /// One update paints the same pixels over and over.
    #[error("one update paints far more than the desktop")]
    TooMuch,
}
