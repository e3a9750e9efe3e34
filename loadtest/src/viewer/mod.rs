//! A browser's stand-in: attaches to a session, types, draws nothing, acknowledges, remembers.

mod attach;
mod canvas;
mod link;
mod operate;
mod text;
mod wait;

pub use attach::{Acks, AttachOptions, Position, open_socket, ticket_bytes};
pub use canvas::Canvas;
pub use link::Viewer;
pub use text::plain;
