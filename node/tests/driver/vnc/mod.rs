//! The VNC driver against real Xvnc servers, and against servers that misbehave.
//!
//! `server` starts Xvnc on a display and port of its own and knows its true pixels; `session` is the
//! session's side of a dial with a framebuffer; `relay` stands in between where a test needs it.

mod clipboard;
mod hands;
mod other;
mod pixels;
mod relay;
mod security;
mod server;
mod session;
mod trouble;
