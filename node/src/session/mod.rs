//! Sessions: a pure state machine and the thin actor that runs its effects.
//!
//! Owns every session of this node, who watches it, and who may type. It never opens a socket,
//! writes SQL, or knows how a target speaks.
//!
//! ```text
//! http/ws ── Seat ──▶ actor (control lane, input lane) ── state::on ──▶ effects
//!    ▲                   ▲ news                              │ type, resize, answer
//!    │ frames            │                                   ▼
//!    └───── stage (screen model, backlog, feeds) ◀─ events ─ driver ◀──▶ target
//! ```

mod actor;
mod directory;
mod handle;
mod keeper;
mod lane;
mod launch;
mod metrics;
mod open;
mod phase;
mod records;
mod seat;
mod stage;
mod state;
mod stored;
mod summary;
mod tickets;

pub use directory::{Dial, Directory, DriverDial, Limits, Services};
pub use handle::{AttachError, AttachRequest, FilesUnavailable, SessionHandle};
pub(crate) use lane::Deed;
pub use open::{OpenError, OpenSession};
pub use phase::Phase;
pub use records::{NewRecord, RecordChange, Records, RecordsError};
pub use seat::Seat;
pub(crate) use seat::{Hands, Turn};
pub(crate) use stage::ended_frame;
pub use stored::StoredRecords;
pub use summary::{Ended, SessionSummary, SignOut};
pub use tickets::{Pass, TicketHolder, Tickets, TicketsFull};
