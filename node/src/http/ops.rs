//! The operations listener: is it alive, is it ready, what does it count.
//!
//! | path | answers |
//! |---|---|
//! | `/livez` | 200 while requests are served |
//! | `/readyz` | 200 ready or degraded · 404 draining; `?verbose` says more |
//! | `/metrics` | Prometheus text |
//!
//! 404 is how `HAProxy` (`http-check disable-on-404`) learns of a drain: old connections stay, new
//! ones go elsewhere. A node that does not answer at all is down. A shared database that is gone
//! degrades the answer's body, never its status: otherwise every node would leave the load balancer
//! at once, and running sessions need none of it (LAW 3).
//!
//! A browser's request must come under a name of ours here as well, or a stranger's page could read
//! the metrics by DNS rebinding. Health checks often send no `Host`; browsers always do.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HOST;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data};
use actix_web::{App as Site, HttpRequest, HttpResponse, HttpServer};
use metrics::gauge;
use metrics_exporter_prometheus::PrometheusHandle;

use super::guard::host_of;
use super::{ApiError, App, Hosts};
use crate::metrics::DATABASE_UP;

/// The database gets this long to answer a health question.
const PATIENCE: Duration = Duration::from_secs(1);

/// The content type of Prometheus's text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) fn start(
    app: App,
    metrics: Option<PrometheusHandle>,
    listener: TcpListener,
) -> std::io::Result<Server> {
    let hosts = Data::new(app.hosts().for_operations(listener.local_addr()?));
    let server = HttpServer::new(move || {
        Site::new()
            .app_data(Data::new(app.clone()))
            .app_data(hosts.clone())
            .app_data(Data::new(metrics.clone()))
            .route("/livez", web::get().to(livez))
            .route("/readyz", web::get().to(readyz))
            .route("/metrics", web::get().to(render))
            .wrap(from_fn(guard))
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(1)
    .listen(listener)?;
    Ok(server.run())
}

/// Refuses browsers that reach us under a foreign name.
async fn guard<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let hosts = request.app_data::<Data<Hosts>>().cloned();
    let hosts = hosts.ok_or_else(ApiError::internal)?;
    let is_ours = !request.headers().contains_key(HOST)
        || host_of(&request).is_some_and(|host| hosts.is_ours_on_any_port(&host));
    if !is_ours {
        let refusal = HttpResponse::build(StatusCode::MISDIRECTED_REQUEST)
            .content_type("text/plain; charset=utf-8")
            .body("use an address of this machine, localhost, or the name in server.public_url\n");
        return Ok(request.into_response(refusal));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn livez() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("alive\n")
}

async fn readyz(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let is_draining = app.readiness().is_draining();
    let has_database = database_answers(&app).await;
    let status = if is_draining {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::OK
    };
    let mut text = match (is_draining, has_database) {
        (true, _) => "draining\n".to_owned(),
        (false, true) => "ready\n".to_owned(),
        (false, false) => "degraded\n".to_owned(),
    };
    if request
        .query_string()
        .split('&')
        .any(|word| word == "verbose")
    {
        let sessions = app.directory().running().len();
        let database = if has_database { "ok" } else { "unavailable" };
        let more = format!("database: {database}\nsessions: {sessions}\n");
        if text.write_str(&more).is_err() {
            return HttpResponse::InternalServerError().finish();
        }
    }
    HttpResponse::build(status)
        .content_type("text/plain; charset=utf-8")
        .body(text)
}

async fn database_answers(app: &App) -> bool {
    let answer = tokio::time::timeout(PATIENCE, app.store().ping()).await;
    let is_up = matches!(answer, Ok(Ok(())));
    gauge!(DATABASE_UP).set(if is_up { 1.0 } else { 0.0 });
    is_up
}

async fn render(metrics: Data<Option<PrometheusHandle>>) -> HttpResponse {
    match metrics.as_ref() {
        Some(handle) => {
            handle.run_upkeep();
            HttpResponse::Ok()
                .content_type(TEXT_FORMAT)
                .body(handle.render())
        }
        None => HttpResponse::NotFound().finish(),
    }
}
