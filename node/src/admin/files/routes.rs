//! Where the files are, and how that is described.

use actix_web::web::{self, ServiceConfig, delete, get, head, post, put};
use utoipa::OpenApi;

use super::{archive, change, download, listing, removal, upload};

/// Mounts the files, relative to `/api/v1`.
pub fn routes(site: &mut ServiceConfig) {
    site.service(
        web::resource("/sessions/{id}/files")
            .route(get().to(listing::list))
            .route(delete().to(removal::remove)),
    )
    .service(
        web::resource("/sessions/{id}/files/content")
            .route(get().to(download::read))
            .route(head().to(download::read))
            .route(put().to(upload::write)),
    )
    .service(web::resource("/sessions/{id}/files/archive").route(get().to(archive::read)))
    .service(web::resource("/sessions/{id}/files/directory").route(post().to(change::make_folder)))
    .service(web::resource("/sessions/{id}/files/rename").route(post().to(change::rename)));
}

/// The description of the files' part of the API.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    listing::list,
    download::read,
    upload::write,
    archive::read,
    change::make_folder,
    change::rename,
    removal::remove,
))]
pub struct Document;
