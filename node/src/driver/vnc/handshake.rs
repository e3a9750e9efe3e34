//! From the first byte to the desktop's size: version, security, proof, init (RFC 6143 §7.1–7.3).
//!
//! ```text
//! version ─▶ security type ─▶ [VeNCrypt: version, subtype, TLS] ─▶ proof ─▶ result ─▶ init
//! ```
//! Sans I/O: bytes in, bytes for the server in `out`, and a [`Need`] where somebody must act.

use bytes::{Buf as _, BytesMut};
use shared::desktop::DesktopSize;
use shared::secret::Secret;

use super::broken::Broken;
use super::client::{MOST_NAME, SHOWN_NAME};
use super::security::{self, Preference, Proof, Way, choose, choose_subtype};
use super::vnc_auth;
use super::wire::{Reader, array, number, parse};
use crate::driver::text::tame_line;

/// Longest reason that is read, in bytes; a longer one is cut.
const MOST_REASON: usize = 4096;

/// Characters of a reason that are shown.
const SHOWN_REASON: usize = 300;

/// Longest length a reason may claim; more is no reason.
const ABSURD_REASON: usize = 1024 * 1024;

/// What must happen before the handshake can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// More bytes.
    Bytes,
    /// TLS must be set up; then call `tls_is_up`.
    Tls,
    /// A password; call `prove`.
    Password,
    /// A user name and a password; call `prove`.
    UserAndPassword,
    /// Nothing: the desktop is open.
    Nothing(Opened),
}

/// The desktop as first announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) size: DesktopSize,
    pub(super) name: String,
}

/// Versions differ in how security is agreed on; later ones are spoken to as 3.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Version {
    V3,
    V7,
    V8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Version,
    Types,
    TypeOf33,
    VeNCryptVersion,
    Subtypes,
    TlsGranted,
    TlsDue,
    Challenge,
    PasswordDue([u8; 16]),
    UserDue,
    Result,
    Init,
    /// A reason follows; `true` when it is about the proof.
    Reason(bool),
}

/// One handshake.
#[derive(Debug)]
pub(super) struct Handshake {
    /// Bytes for the server.
    pub(super) out: Vec<u8>,
    preference: Preference,
    is_shared: bool,
    stage: Stage,
    version: Version,
    has_others: bool,
    proof: Proof,
}

impl Handshake {
    pub(super) const fn new(preference: Preference, is_shared: bool) -> Self {
        Self {
            out: Vec::new(),
            preference,
            is_shared,
            stage: Stage::Version,
            version: Version::V3,
            has_others: false,
            proof: Proof::None,
        }
    }

    /// Whether the server has named itself a VNC server.
    pub(super) fn has_begun(&self) -> bool {
        self.stage != Stage::Version
    }

    /// Whether the proof is shown and the server has yet to judge it, or to say why not.
    pub(super) const fn is_judged(&self) -> bool {
        matches!(self.stage, Stage::Result | Stage::Reason(true))
    }

    /// Whether the server has turned us down and has yet to say why.
    pub(super) const fn is_refused(&self) -> bool {
        matches!(self.stage, Stage::Reason(false))
    }

    /// Goes on as far as the input allows.
    pub(super) fn poll(&mut self, input: &mut BytesMut) -> Result<Need, Broken> {
        loop {
            let is_further = match self.stage {
                Stage::Version => self.hear_version(input)?,
                Stage::Types => self.hear_types(input)?,
                Stage::TypeOf33 => self.hear_type_of_33(input)?,
                Stage::VeNCryptVersion => self.hear_vencrypt_version(input)?,
                Stage::Subtypes => self.hear_subtypes(input)?,
                Stage::TlsGranted => self.hear_tls(input)?,
                Stage::TlsDue if !input.is_empty() => return Err(Broken::BytesBeforeTls),
                Stage::TlsDue => return Ok(Need::Tls),
                Stage::Challenge => self.hear_challenge(input),
                Stage::PasswordDue(_) => return Ok(Need::Password),
                Stage::UserDue => return Ok(Need::UserAndPassword),
                Stage::Result => self.hear_result(input)?,
                Stage::Reason(is_of_proof) => return hear_reason(input, is_of_proof),
                Stage::Init => {
                    let opened = hear_init(input)?;
                    return Ok(opened.map_or(Need::Bytes, Need::Nothing));
                }
            };
            if !is_further {
                return Ok(Need::Bytes);
            }
        }
    }

    /// TLS is set up: the proof goes on inside.
    pub(super) fn tls_is_up(&mut self) {
        if self.stage == Stage::TlsDue {
            self.begin_proof();
        }
    }

    /// Shows what was needed.
    pub(super) fn prove(&mut self, user: &str, password: &Secret<String>) {
        let password = password.expose();
        match self.stage {
            Stage::PasswordDue(challenge) => {
                self.out.extend(vnc_auth::answer(password, challenge));
            }
            Stage::UserDue => {
                for text in [user, password.as_str()] {
                    let length = u32::try_from(text.len()).unwrap_or(0);
                    self.out.extend(length.to_be_bytes());
                }
                self.out.extend(user.bytes().chain(password.bytes()));
            }
            _ => return,
        }
        self.stage = Stage::Result;
    }

    fn hear_version(&mut self, input: &mut BytesMut) -> Result<bool, Broken> {
        const FORM: &[u8; 12] = b"RFB ddd.ddd\n";
        let fits = |(byte, form): (&u8, &u8)| match form {
            b'd' => byte.is_ascii_digit(),
            form => byte == form,
        };
        // A stranger is told apart by its first wrong byte.
        if !input.iter().zip(FORM).all(fits) {
            return Err(Broken::NotRfb);
        }
        let Some(line) = array::<12>(input) else {
            return Ok(false);
        };
        let digits = String::from_utf8_lossy(&line);
        let decimal = |range| {
            digits
                .get(range)
                .and_then(|text: &str| text.parse::<u16>().ok())
        };
        let spoken = (decimal(4..7).unwrap_or(0), decimal(8..11).unwrap_or(0));
        let (version, ours, stage) = match spoken {
            (0..=2, _) => return Err(Broken::NotRfb),
            (3, 0..=6) => (Version::V3, b"RFB 003.003\n", Stage::TypeOf33),
            (3, 7) => (Version::V7, b"RFB 003.007\n", Stage::Types),
            _ => (Version::V8, b"RFB 003.008\n", Stage::Types),
        };
        self.version = version;
        self.out.extend_from_slice(ours);
        self.stage = stage;
        Ok(true)
    }

    fn hear_types(&mut self, input: &mut BytesMut) -> Result<bool, Broken> {
        let list = parse(input, |r| {
            let count = r.u8()?;
            Some(r.take(usize::from(count))?.to_vec())
        });
        let Some(list) = list else {
            return Ok(false);
        };
        if list.is_empty() {
            self.stage = Stage::Reason(false);
            return Ok(true);
        }
        let chosen = choose(&list, self.preference)?;
        let others = [security::NONE, security::VNC_AUTH];
        self.has_others = list.iter().any(|kind| others.contains(kind));
        self.out.push(chosen);
        self.enter(chosen);
        Ok(true)
    }

    fn hear_type_of_33(&mut self, input: &mut BytesMut) -> Result<bool, Broken> {
        let Some(kind) = number(input) else {
            return Ok(false);
        };
        if kind == 0 {
            self.stage = Stage::Reason(false);
            return Ok(true);
        }
        // The server has chosen; the same rules tell whether we agree.
        let kind = u8::try_from(kind).unwrap_or(u8::MAX);
        let chosen = choose(&[kind], self.preference)?;
        self.enter(chosen);
        Ok(true)
    }

    fn enter(&mut self, kind: u8) {
        self.proof = match kind {
            security::VENCRYPT => {
                self.stage = Stage::VeNCryptVersion;
                return;
            }
            security::VNC_AUTH => Proof::VncAuth,
            _ => Proof::None,
        };
        let is_never_judged = self.proof == Proof::None && self.version < Version::V8;
        if is_never_judged {
            self.begin_init();
        } else {
            self.begin_proof();
        }
    }

    fn begin_proof(&mut self) {
        self.stage = match self.proof {
            Proof::None => Stage::Result,
            Proof::VncAuth => Stage::Challenge,
            Proof::Plain => Stage::UserDue,
        };
    }

    fn begin_init(&mut self) {
        self.out.push(u8::from(self.is_shared));
        self.stage = Stage::Init;
    }

    fn hear_vencrypt_version(&mut self, input: &mut BytesMut) -> Result<bool, Broken> {
        let Some([major, minor]) = array(input) else {
            return Ok(false);
        };
        if (major, minor) < (0, 2) {
            let offered = format!("VeNCrypt {major}.{minor}");
            return Err(Broken::NoCommonSecurity { offered });
        }
        self.out.extend([0, 2]);
        self.stage = Stage::Subtypes;
        Ok(true)
    }

    /// The version's acknowledgement and the list of subtypes.
    fn hear_subtypes(&mut self, input: &mut BytesMut) -> Result<bool, Broken> {
        if input.first().is_some_and(|refusal| *refusal != 0) {
            return Err(Broken::Corrupt("the agreement on VeNCrypt"));
        }
        let list = parse(input, |r| {
            let (_, count) = (r.u8()?, r.u8()?);
            (0..count).map(|_| r.u32()).collect::<Option<Vec<u32>>>()
        });
        let Some(list) = list else {
            return Ok(false);
        };
        let (subtype, Way { is_tls, proof }) =
            choose_subtype(&list, self.preference, self.has_others)?;
        self.out.extend(subtype.to_be_bytes());
        self.proof = proof;
        if is_tls {
            self.stage = Stage::TlsGranted;
        } else {
            self.begin_proof();
        }
        Ok(true)
    }

    fn hear_tls(&mut self, input: &mut BytesMut) -> Result<bool, Broken> {
        match array(input) {
            None => Ok(false),
            Some([1]) => {
                self.stage = Stage::TlsDue;
                Ok(true)
            }
            Some(_) => Err(Broken::NoTls),
        }
    }

    fn hear_challenge(&mut self, input: &mut BytesMut) -> bool {
        let challenge = array(input);
        if let Some(challenge) = challenge {
            self.stage = Stage::PasswordDue(challenge);
        }
        challenge.is_some()
    }

    fn hear_result(&mut self, input: &mut BytesMut) -> Result<bool, Broken> {
        let Some(result) = number(input) else {
            return Ok(false);
        };
        match result {
            0 => self.begin_init(),
            _ if self.version == Version::V8 => self.stage = Stage::Reason(true),
            2 => {
                let reason = "too many attempts".to_owned();
                return Err(Broken::Denied { reason });
            }
            _ => {
                let reason = String::new();
                return Err(Broken::Denied { reason });
            }
        }
        Ok(true)
    }
}

fn hear_reason(input: &mut BytesMut, is_of_proof: bool) -> Result<Need, Broken> {
    let mut reader = Reader::new(input);
    let Some(length) = reader.length() else {
        return Ok(Need::Bytes);
    };
    if length > ABSURD_REASON {
        return Err(Broken::TooLong("the reason of a refusal"));
    }
    let Some(text) = reader.take(length.min(MOST_REASON)) else {
        return Ok(Need::Bytes);
    };
    let reason = tame_line(&String::from_utf8_lossy(text), SHOWN_REASON);
    Err(if is_of_proof {
        Broken::Denied { reason }
    } else {
        Broken::Refused { reason }
    })
}

fn hear_init(input: &mut BytesMut) -> Result<Option<Opened>, Broken> {
    let mut reader = Reader::new(input);
    let head = (|| {
        let size = (reader.u16()?, reader.u16()?);
        // The server's own pixel format; we ask for ours.
        reader.take(16)?;
        Some((size, reader.length()?))
    })();
    let Some(((width, height), length)) = head else {
        return Ok(None);
    };
    let (width, height) = (u32::from(width), u32::from(height));
    let size = DesktopSize::checked(width, height).ok_or(Broken::Size { width, height })?;
    if length > MOST_NAME {
        return Err(Broken::TooLong("the name"));
    }
    let Some(name) = reader.take(length) else {
        return Ok(None);
    };
    let name = tame_line(&String::from_utf8_lossy(name), SHOWN_NAME);
    let used = input.len() - reader.left();
    input.advance(used);
    Ok(Some(Opened { size, name }))
}
