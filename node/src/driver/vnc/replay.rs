//! A conversation replayed from bytes, without a socket: for tests and fuzzing.

use bytes::BytesMut;
use shared::secret::Secret;

use super::broken::Broken;
use super::client::{Client, Event, Wishes};
use super::handshake::{Handshake, Need};
use super::security::Preference;
use crate::driver::DesktopEvent;

/// Events and pixel bytes after which a replay stops: hostile bytes can paint for long.
const MOST_EVENTS: usize = 4096;
const MOST_PIXEL_BYTES: usize = 32 * 1024 * 1024;

/// What came of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct RfbReplay {
    /// Events, the first being the desktop's size.
    pub events: Vec<DesktopEvent>,
    /// What the client said.
    pub said: Vec<u8>,
    /// How it ended, in words; empty when it only wanted more bytes.
    pub ending: String,
    /// Bytes not consumed while waiting for the rest of something.
    pub waiting: usize,
}

impl RfbReplay {
    /// Whether this is the same conversation, cut elsewhere. Damage inside of compressed data may
    /// be noticed a little earlier or later, which is all the difference there may be.
    pub fn agrees_with(&self, other: &Self) -> bool {
        match (self.ending.is_empty(), other.ending.is_empty()) {
            (true, true) => self == other,
            (false, false) => {
                (self.events.starts_with(&other.events) || other.events.starts_with(&self.events))
                    && (self.said.starts_with(&other.said) || other.said.starts_with(&self.said))
            }
            (true, false) | (false, true) => false,
        }
    }
}

/// Replays what a server says, in pieces of `piece` bytes, to a client that knows a password, and
/// a user name where `has_user`.
pub fn replay_rfb(bytes: &[u8], piece: usize, has_user: bool) -> RfbReplay {
    let preference = Preference {
        has_user,
        has_password: true,
        needs_encryption: false,
        avoids_vencrypt: false,
    };
    let mut replay = Replay {
        handshake: Handshake::new(preference, true),
        client: None,
        events: Vec::new(),
        painted: 0,
    };
    let mut input = BytesMut::new();
    let mut ending = String::new();
    for piece in bytes.chunks(piece.max(1)) {
        input.extend_from_slice(piece);
        match replay.go_on(&mut input) {
            Ok(()) => {}
            Err(stop) => {
                ending = stop;
                break;
            }
        }
    }
    let mut said = replay.handshake.out;
    said.extend(replay.client.into_iter().flat_map(|client| client.out));
    RfbReplay {
        events: replay.events,
        said,
        // How many bytes came after the end depends on the pieces.
        waiting: if ending.is_empty() { input.len() } else { 0 },
        ending,
    }
}

struct Replay {
    handshake: Handshake,
    client: Option<Client>,
    events: Vec<DesktopEvent>,
    painted: usize,
}

impl Replay {
    fn go_on(&mut self, input: &mut BytesMut) -> Result<(), String> {
        loop {
            let Some(client) = &mut self.client else {
                if self.shake(input)? {
                    continue;
                }
                return Ok(());
            };
            let polled = client.poll(input).map_err(|broken| broken.to_string())?;
            let Some(event) = polled else {
                return Ok(());
            };
            if let Event::Desktop(event) = event {
                if event == DesktopEvent::Updated {
                    client.ask_for_more();
                }
                self.keep(event)?;
            }
        }
    }

    /// True when the handshake may go on.
    fn shake(&mut self, input: &mut BytesMut) -> Result<bool, String> {
        match self.handshake.poll(input) {
            Ok(Need::Bytes) => Ok(false),
            // There is no TLS in a replay.
            Ok(Need::Tls) | Err(Broken::BytesBeforeTls) => Err("tls".to_owned()),
            Ok(Need::Password | Need::UserAndPassword) => {
                let password = Secret::new("password".to_owned());
                self.handshake.prove("user", &password);
                Ok(true)
            }
            Ok(Need::Nothing(opened)) => {
                let wishes = Wishes {
                    quality: Some(6),
                    compression: 1,
                };
                self.keep(DesktopEvent::Resized(opened.size))?;
                self.client = Some(Client::new(opened.size, wishes));
                Ok(true)
            }
            Err(broken) => Err(broken.to_string()),
        }
    }

    fn keep(&mut self, event: DesktopEvent) -> Result<(), String> {
        if let DesktopEvent::Pixels { rgbx, .. } = &event {
            self.painted += rgbx.len();
        }
        self.events.push(event);
        if self.events.len() >= MOST_EVENTS || self.painted >= MOST_PIXEL_BYTES {
            return Err("enough".to_owned());
        }
        Ok(())
    }
}
