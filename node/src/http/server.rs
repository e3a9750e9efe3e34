//! The listeners: bound first, so that a port in use is told before anything starts.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App as Site, HttpServer};
use futures_util::FutureExt as _;
use metrics_exporter_prometheus::PrometheusHandle;
use rustls::ServerConfig;

use super::{
    App, Certificates, Doorkeeper, Readiness, Sockets, TlsError, Verify, api, assets, body, client,
    frame, guard, identity, ops, stall,
};
use crate::actor;
use crate::config;

/// A certificate is looked at this often.
const CERTIFICATE_EVERY: Duration = Duration::from_secs(5);

/// Time for a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Connections per worker at most; each idle one costs some twenty kilobytes.
const CONNECTIONS: usize = 10_000;

/// Why the listeners could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken, foreign or forbidden.
    #[error("cannot listen on {address} ({key})")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The configuration key that names it.
        key: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    /// The server could not be started.
    #[error("server cannot be started")]
    Start(#[source] std::io::Error),
}

/// Both listeners, bound.
#[derive(Debug)]
pub struct Listeners {
    public: TcpListener,
    ops: TcpListener,
    /// Address of the public listener.
    pub public_address: SocketAddr,
    /// Address of the operations listener.
    pub ops_address: SocketAddr,
}

/// Binds both listeners.
///
/// # Errors
/// With the address and the key that names it.
pub fn bind(server: &config::Server) -> Result<Listeners, ServeError> {
    let (public, public_address) = listen(server.listen, "server.listen")?;
    let (ops, ops_address) = listen(server.ops_listen, "server.ops_listen")?;
    Ok(Listeners {
        public,
        ops,
        public_address,
        ops_address,
    })
}

fn listen(address: SocketAddr, key: &'static str) -> Result<(TcpListener, SocketAddr), ServeError> {
    let refused = |source| ServeError::Bind {
        address,
        key,
        source,
    };
    // The standard library sets SO_REUSEADDR: a restart does not wait for old connections to fade.
    let listener = TcpListener::bind(address).map_err(refused)?;
    stall::limit(&listener).map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}

/// The running servers.
pub struct Servers {
    /// Ends when the public listener does.
    pub public: Server,
    /// Ends when the operations listener does.
    pub ops: Server,
}

impl std::fmt::Debug for Servers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Servers").finish_non_exhaustive()
    }
}

impl Servers {
    /// Handles to stop them: public, operations.
    pub fn handles(&self) -> (ServerHandle, ServerHandle) {
        (self.public.handle(), self.ops.handle())
    }
}

/// Starts serving on the bound listeners.
///
/// # Errors
/// A certificate that cannot be used, or a system that gives no threads.
pub fn serve(
    app: &App,
    server: &config::Server,
    listeners: Listeners,
    metrics: Option<PrometheusHandle>,
) -> Result<Servers, ServeError> {
    let certificates = server.tls.clone().map(Certificates::open).transpose()?;
    let tls = certificates
        .as_ref()
        .map(Certificates::server_config)
        .transpose()?;
    let public = start(app.clone(), server, listeners.public, tls);
    let ops = ops::start(app.clone(), metrics, listeners.ops);
    let servers = Servers {
        public: public.map_err(ServeError::Start)?,
        ops: ops.map_err(ServeError::Start)?,
    };
    if let Some(certificates) = certificates {
        let readiness = app.readiness().clone();
        actor::spawn("certificates", watch(certificates, readiness)).detach();
    }
    Ok(servers)
}

fn start(
    app: App,
    server: &config::Server,
    listener: TcpListener,
    tls: Option<ServerConfig>,
) -> std::io::Result<Server> {
    let max_body = app.max_body();
    let sockets = Data::new(sockets(&app));
    let data = Data::new(app);
    let site = HttpServer::new(move || {
        Site::new()
            .app_data(data.clone())
            .app_data(sockets.clone())
            .app_data(body::json(max_body))
            .app_data(body::query())
            .app_data(body::path())
            .service(web::scope("/api/v1").configure(api::routes))
            .default_service(web::to(assets::serve))
            .wrap(from_fn(identity::know))
            .wrap(from_fn(guard::guard))
            .wrap(from_fn(frame::frame))
    })
    .workers(server.workers)
    .max_connections(CONNECTIONS)
    .keep_alive(server.keep_alive)
    .client_request_timeout(server.request_timeout)
    .tls_handshake_timeout(HANDSHAKE)
    .shutdown_timeout(server.request_timeout.as_secs().min(5))
    .tcp_nodelay(true)
    .disable_signals();
    let site = match tls {
        None => site.listen(listener)?,
        Some(config) => site.listen_rustls_0_23(listener, config)?,
    };
    Ok(site.run())
}

/// What viewers' sockets need; the guard has checked the origin before.
fn sockets(app: &App) -> Sockets {
    let proxies = app.trusted_proxies().to_vec();
    let logins = app.logins().clone();
    let verify: Verify = Arc::new(move |login, watched| {
        let logins = logins.clone();
        async move { logins.still_counts(login, watched.is_some()).await }.boxed()
    });
    Sockets {
        directory: app.directory().clone(),
        tickets: app.tickets().clone(),
        origins: Arc::new(|_| true),
        address_of: Arc::new(move |request| client::address(request, &proxies)),
        clock: app.shared_clock(),
        doorkeeper: Doorkeeper::default(),
        presence: app.presence().clone(),
        verify,
    }
}

/// Looks at the certificate until the node drains.
async fn watch(certificates: Arc<Certificates>, readiness: Readiness) {
    let mut tick = tokio::time::interval(CERTIFICATE_EVERY);
    loop {
        tokio::select! {
            () = readiness.draining() => return,
            _ = tick.tick() => {}
        }
        certificates.reload();
    }
}
