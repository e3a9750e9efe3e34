//! What a driver tells its session, whatever the protocol.

use std::time::Duration;

use bytes::Bytes;
use shared::close::CloseReason;
use shared::desktop::{Cursor, DesktopSize, Rect};

/// Where a dial has got to; each step has its own timeout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectStep {
    /// Looking the name up.
    Resolving {
        /// The name or address as the target's settings spell it.
        host: String,
    },
    /// Opening a connection to the address that passed the policy.
    Connecting {
        /// Address and port being dialled.
        address: String,
    },
    /// Agreeing on versions and keys.
    Handshaking,
    /// Proving who we are.
    Authenticating {
        /// The account at the target.
        user: String,
    },
    /// Opening the shell, command or desktop.
    Opening,
}

/// Identifies one question within a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AskId(pub u64);

/// What kind of question it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskKind {
    /// User name and password.
    Credentials,
    /// Whatever the target asks (RFC 4256).
    KeyboardInteractive,
    /// Passphrase of a private key.
    Passphrase,
    /// Confirm a host key nobody has vouched for.
    HostKey,
}

/// One input of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskField {
    /// Label as the target or we word it.
    pub label: String,
    /// Do not echo.
    pub is_secret: bool,
    /// Prefilled value, such as the known user name.
    pub value: String,
}

/// A question only a person can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Names the question; the answer repeats it.
    pub id: AskId,
    /// What kind of question.
    pub kind: AskKind,
    /// Heading.
    pub title: String,
    /// Explanation, possibly from the target: plain text, untrusted.
    pub text: String,
    /// Inputs, in order; empty for a yes-or-no question.
    pub fields: Vec<AskField>,
}

/// What happens at the target.
#[derive(Clone, Debug)]
pub enum DriverEvent {
    /// The dial has reached a step.
    Step(ConnectStep),
    /// A person must answer before the dial goes on.
    Ask(Ask),
    /// A host key was accepted on first use; store it with the target. OpenSSH public key format.
    HostKeyTrusted {
        /// Host as the target's settings spell it; a jump host reports its own.
        host: String,
        /// TCP port, part of the key's identity.
        port: u16,
        /// The key, one line: algorithm and base64.
        public_key: String,
    },
    /// The credentials a person gave were accepted, so they are worth remembering.
    CredentialsAccepted(super::Identity),
    /// The shell, command or desktop is open.
    Live,
    /// Terminal bytes, in order.
    Output(Bytes),
    /// What happens on a desktop, in order.
    Desktop(DesktopEvent),
    /// Round trip to the target, measured by keepalive.
    TargetRtt(Duration),
    /// Something worth telling that ends nothing.
    Notice {
        /// Stable code, such as `banner`.
        code: &'static str,
        /// What to show; possibly from the target: plain text, untrusted.
        text: String,
    },
}

/// What happens on a desktop, reduced to what every protocol has.
///
/// Rectangles lie on the desktop as last announced; drivers check this, since targets are hostile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DesktopEvent {
    /// The desktop has this size; it is black until painted. Comes before anything else.
    Resized(DesktopSize),
    /// New pixels: `rect.pixels() * PIXEL_BYTES` bytes, row by row, red, green, blue, 255. Drivers
    /// cut large rectangles into bands of at most [`DesktopEvent::MAX_PIXEL_BYTES`].
    Pixels {
        /// Where.
        rect: Rect,
        /// The pixels.
        rgbx: Bytes,
    },
    /// Pixels moved; source and destination may overlap.
    Copied {
        /// Left edge of the source.
        from_x: u16,
        /// Upper edge of the source.
        from_y: u16,
        /// Destination, with the size of both.
        to: Rect,
    },
    /// Everything since the last one is one consistent picture.
    Updated,
    /// The pointer looks different.
    CursorChanged(Cursor),
    /// The target's keyboard lights.
    LedsChanged {
        /// Scroll lock.
        scroll_lock: bool,
        /// Num lock.
        num_lock: bool,
        /// Caps lock.
        caps_lock: bool,
    },
    /// The target set its clipboard; at most `shared::desktop::MAX_CLIPBOARD` bytes.
    ClipboardSet(String),
    /// The desktop's name.
    Named(String),
    /// It rings.
    Bell,
}

impl DesktopEvent {
    /// Most pixel bytes of one event: sixty-four in flight stay below 16 MiB.
    pub const MAX_PIXEL_BYTES: usize = 256 * 1024;
}

/// How a driver's run ended; the return value of `dial`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverExit {
    /// Why.
    pub reason: CloseReason,
    /// One sentence for a person: cause and what to do.
    pub text: String,
    /// Exit status of the program at the target, when it said one.
    pub exit_status: Option<u32>,
}
