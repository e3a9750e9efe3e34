//! The API's description, generated from the handlers and committed as `node/openapi.json`.

use actix_web::HttpResponse;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::{history, me, sessions, setup, sign_in};
use crate::admin::{audit, grants, groups, probe, targets, users};
use crate::http::{ErrorBody, ErrorDetail};

#[derive(OpenApi)]
#[openapi(
    modifiers(&Errors),
    components(schemas(ErrorBody, ErrorDetail)),
    info(
        title = "Baton",
        description = "Errors always have the shape of `ErrorBody`. Lists take `limit` and `cursor` \
            and answer `items` and `next`. Times are microseconds since 1970-01-01 UTC. Changing \
            requests need the exact `Origin` of the pages.",
        license(name = "Apache-2.0")
    ),
    paths(
        sign_in::sign_in,
        sign_in::sign_out,
        sign_in::sign_out_everywhere,
        setup::state,
        setup::redeem,
        me::read,
        me::change_password,
        me::logins,
        me::end_login,
        sessions::open,
        sessions::list,
        sessions::read,
        sessions::end,
        sessions::attach,
        history::list,
        targets::list,
        targets::folders,
        targets::recent,
        targets::create,
        targets::read,
        targets::update,
        targets::delete,
        targets::forget_host_keys,
        probe::test,
        grants::list,
        grants::create,
        grants::delete,
        users::list,
        users::create,
        users::read,
        users::update,
        users::delete,
        users::reset_password,
        groups::list,
        groups::create,
        groups::rename,
        groups::delete,
        groups::members,
        groups::add_member,
        groups::remove_member,
        audit::list,
    )
)]
struct Document;

/// Gives every operation the one shape of error.
struct Errors;

impl Modify for Errors {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let body = || {
            let shape = Ref::from_schema_name("ErrorBody");
            let content = ContentBuilder::new().schema(Some(shape)).build();
            ResponseBuilder::new()
                .description("Refused, with a stable code")
                .content("application/json", content)
                .build()
        };
        for item in document.paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.delete,
                &mut item.patch,
            ];
            for operation in operations.into_iter().flatten() {
                let responses = &mut operation.responses.responses;
                responses.insert("default".to_owned(), RefOr::T(body()));
            }
        }
    }
}

/// The description as pretty JSON, as committed.
///
/// # Errors
/// Never in practice: the document is built from constants.
pub fn document() -> Result<String, serde_json::Error> {
    let mut document = Document::openapi();
    document.merge(crate::admin::files::Document::openapi());
    name_operations(&mut document);
    let mut text = document.to_pretty_json()?;
    text.push('\n');
    Ok(text)
}

/// Names each operation by method and path: handlers of different rooms share names such as
/// `list`, and `operationId` must be unique (`OpenAPI` 3.1 §4.8.10.1).
fn name_operations(document: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let methods = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("delete", &mut item.delete),
            ("patch", &mut item.patch),
        ];
        for (method, operation) in methods {
            if let Some(operation) = operation {
                operation.operation_id = Some(operation_id(method, path));
            }
        }
    }
}

/// `get /api/v1/users/{id}` is `get_users_id`.
fn operation_id(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    path.split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .fold(method.to_owned(), |name, part| format!("{name}_{part}"))
}

/// `GET /openapi.json`: public, it holds no secret and clients are generated from it.
pub(super) async fn serve() -> HttpResponse {
    match document() {
        Ok(text) => HttpResponse::Ok()
            .content_type("application/json")
            .body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn operations_have_names_of_their_own() {
        let document: serde_json::Value = serde_json::from_str(&document().unwrap()).unwrap();
        let names: Vec<&str> = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
            .map(|operation| operation["operationId"].as_str().unwrap())
            .collect();
        let distinct: BTreeSet<&str> = names.iter().copied().collect();
        assert!(names.contains(&"get_users_id"));
        assert_eq!(names.len(), distinct.len());
    }
}
