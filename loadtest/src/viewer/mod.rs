//! A browser's stand-in: attaches to a session, types, draws nothing, acknowledges, remembers.

mod attach;
mod link;
mod text;
mod wait;

pub use attach::{Acks, AttachOptions, Position, open_socket, ticket_bytes};
pub use link::Viewer;
pub use text::plain;
