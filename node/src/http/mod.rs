//! The public listener: pages, API, WebSocket. Sockets and status codes, no decisions.
//!
//! ```text
//! TLS ─▶ frame (request id, headers, error shape) ─▶ guard (Host, Origin) ─▶ api, assets, attach
//! ```

pub mod api;
mod app;
mod assets;
mod attach;
mod body;
mod client;
mod cookie;
mod error;
mod frame;
mod guard;
mod headers;
mod identity;
mod operation;
mod ops;
mod page;
mod presence;
mod revoke;
mod server;
mod stall;
mod tls;
mod viewer;
mod watch;
mod ws;

pub(crate) use api::{denied, hash_new};
pub use app::{App, AppParts, Readiness};
pub use attach::{AddressOf, Doorkeeper, OriginPolicy, Sockets, Verify, attach};
pub use error::{ApiError, ErrorBody, ErrorDetail};
pub use guard::Hosts;
pub use headers::{CONTENT_SECURITY_POLICY, security_headers};
pub use identity::{Admin, Member, SignedIn};
pub use page::{List, PageQuery};
pub use presence::Presence;
pub(crate) use revoke::{
    recheck, recheck_viewers, shut_out, sign_out_login, sign_out_user, welcome,
};
pub use server::{Listeners, ServeError, Servers, bind, serve};
pub use tls::{Certificates, TlsError};
pub use watch::watch;
