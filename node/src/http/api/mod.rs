//! The API a signed-in person uses: sign-in, own account, sessions. `admin` has the rest.

mod history;
mod me;
mod openapi;
mod routes;
mod sessions;
mod setup;
mod sign_in;

pub use me::Me;
pub(crate) use me::hash_new;
pub use openapi::document;
pub(super) use routes::routes;
pub(crate) use sessions::denied;
