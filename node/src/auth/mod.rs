//! Authentication and authorisation: who is asking, how often, and what they may.
//!
//! Owns passwords, logins, throttling, setup links and the one function that turns a wish into a
//! `TargetGrant`. It knows no HTTP: callers hand in tokens, addresses and times.
//!
//! ```text
//! name + password ─▶ Throttle ─▶ Passwords ─▶ Logins ─▶ token (cookie)
//! token ───────────▶ Logins (short cache) ──▶ Caller
//! Caller + wish ───▶ authorise ─────────────▶ TargetGrant
//! ```

mod audit;
mod authorise;
mod demo;
mod login_cache;
mod logins;
mod password;
mod quick;
mod setup;
mod sign_in;
mod target_settings;
mod throttle;
mod token;
mod vnc_settings;

pub use audit::{Auditor, Event};
pub use authorise::{Authoriser, Denied, Draft, Permit, Wish};
pub use demo::{DemoTarget, ensure_demo_target};
pub use logins::{Behind, Caller, Logins};
pub use password::{PasswordError, PasswordRule, Passwords, Verdict, invent};
pub use quick::{QuickAddress, QuickError};
pub use setup::{SETUP_LINK_LIFE, SetupError, Setups};
pub use sign_in::{SignIn, SignInError, SignInRequest};
pub(crate) use target_settings::StoredSettings;
pub use target_settings::{HostKeyRule, SettingsError, TargetSettings};
pub use throttle::{Limits, Reservation, Throttle};
pub use token::Token;
pub use vnc_settings::{CertificateRule, VncTargetSettings};
