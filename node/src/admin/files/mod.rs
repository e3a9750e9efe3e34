//! Files at a session's target: lists, transfers, archives and changes, for the session's user.
//!
//! Everything streams: nothing is held whole, and a transfer that the browser leaves stops. Names
//! and texts from the target are untrusted. It never touches a protocol: `driver::Files` does.
//!
//! ```text
//! Reach (caller, session, files) ─▶ listing, change, removal
//! File ─▶ Source ─▶ pump ─▶ body          (download)
//! body ─▶ pieces ─▶ FileWriter            (upload)
//! Walk ─▶ Source ─▶ Zip ─▶ body           (archive)
//! ```

mod archive;
mod change;
mod disposition;
mod download;
mod listing;
mod order;
mod pipe;
mod range;
mod reach;
mod removal;
mod report;
mod routes;
mod slot;
mod trouble;
mod upload;
mod walk;
mod zip;
mod zip_name;

#[cfg(test)]
mod memory;

pub use routes::{Document, routes};
