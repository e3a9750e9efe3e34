//! Every route of the API. Paths and methods repeat what the handlers' documentation says; the
//! tests call each documented operation and so prove that both agree.

use actix_web::web::{self, ServiceConfig, delete, get, patch, post, put};
use actix_web::{HttpResponse, Route};

use super::{history, me, openapi, sessions, setup, sign_in};
use crate::admin::{audit, grants, groups, probe, targets, users};
use crate::http::{ApiError, attach};

/// Mounts the API, relative to `/api/v1`.
pub(in crate::http) fn routes(site: &mut ServiceConfig) {
    account(site);
    use_targets(site);
    use_sessions(site);
    manage_users(site);
    manage_groups(site);
    crate::admin::files::routes(site);
    at(site, "/audit", [get().to(audit::list)]);
    at(site, "/openapi.json", [get().to(openapi::serve)]);
    site.default_service(web::to(nothing));
}

/// One path with its methods; others are answered 405, not 404.
fn at(site: &mut ServiceConfig, path: &str, methods: impl IntoIterator<Item = Route>) {
    let resource = methods
        .into_iter()
        .fold(web::resource(path), actix_web::Resource::route);
    site.service(resource);
}

async fn nothing() -> Result<HttpResponse, ApiError> {
    Err(ApiError::not_found())
}

fn account(site: &mut ServiceConfig) {
    at(site, "/sign-in", [post().to(sign_in::sign_in)]);
    at(site, "/sign-out", [post().to(sign_in::sign_out)]);
    let everywhere = post().to(sign_in::sign_out_everywhere);
    at(site, "/sign-out-everywhere", [everywhere]);
    let state = get().to(setup::state);
    at(site, "/setup", [state, post().to(setup::redeem)]);
    at(site, "/me", [get().to(me::read)]);
    at(site, "/me/password", [post().to(me::change_password)]);
    at(site, "/me/logins", [get().to(me::logins)]);
    at(site, "/me/logins/{id}", [delete().to(me::end_login)]);
}

fn use_targets(site: &mut ServiceConfig) {
    let create = post().to(targets::create);
    at(site, "/targets", [get().to(targets::list), create]);
    at(site, "/targets/folders", [get().to(targets::folders)]);
    at(site, "/targets/recent", [get().to(targets::recent)]);
    at(site, "/targets/test", [post().to(probe::test)]);
    let one = [
        get().to(targets::read),
        patch().to(targets::update),
        delete().to(targets::delete),
    ];
    at(site, "/targets/{id}", one);
    let forget = delete().to(targets::forget_host_keys);
    at(site, "/targets/{id}/host-keys", [forget]);
    let grant = post().to(grants::create);
    at(
        site,
        "/targets/{id}/grants",
        [get().to(grants::list), grant],
    );
    at(site, "/grants/{id}", [delete().to(grants::delete)]);
}

fn use_sessions(site: &mut ServiceConfig) {
    at(site, "/attach", [get().to(attach)]);
    let open = post().to(sessions::open);
    at(site, "/sessions", [get().to(sessions::list), open]);
    let end = delete().to(sessions::end);
    at(site, "/sessions/{id}", [get().to(sessions::read), end]);
    at(site, "/sessions/{id}/ticket", [post().to(sessions::attach)]);
    at(site, "/history", [get().to(history::list)]);
}

fn manage_users(site: &mut ServiceConfig) {
    let create = post().to(users::create);
    at(site, "/users", [get().to(users::list), create]);
    let one = [
        get().to(users::read),
        patch().to(users::update),
        delete().to(users::delete),
    ];
    at(site, "/users/{id}", one);
    let reset = post().to(users::reset_password);
    at(site, "/users/{id}/reset-password", [reset]);
}

fn manage_groups(site: &mut ServiceConfig) {
    let create = post().to(groups::create);
    at(site, "/groups", [get().to(groups::list), create]);
    let rename = patch().to(groups::rename);
    at(site, "/groups/{id}", [rename, delete().to(groups::delete)]);
    at(site, "/groups/{id}/members", [get().to(groups::members)]);
    let add = put().to(groups::add_member);
    let remove = delete().to(groups::remove_member);
    at(site, "/groups/{id}/members/{user}", [add, remove]);
}
