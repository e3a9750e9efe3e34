//! `baton serve`: config → telemetry → directory → listeners → keys → store → sessions → HTTP.

use actix_rt::System;
use node::actor;
use node::config::Config;
use node::http::{App, Servers, bind, watch};
use node::{metrics, telemetry};
use shared::close::CloseReason;
use tokio::signal::unix::{SignalKind, signal};

use crate::admin::url_at;
use crate::assemble::{Parts, assemble};
use crate::cli::Serve;
use crate::fatal::Fatal;
use crate::{configuration, demo, prepare, say};

/// Runs until told to stop.
pub(crate) fn run(arguments: Serve) -> Result<(), Fatal> {
    let config = configuration::load(&arguments.sources)?;
    telemetry::init(&config.log).map_err(Fatal::internal)?;
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("the system gives the first threads")
    };
    System::with_tokio_rt(runtime).block_on(serve(config, arguments.demo_target))
}

async fn serve(config: Config, demo_urls: Vec<String>) -> Result<(), Fatal> {
    let _directory = prepare::take_directory(&config.data.directory)?;
    let listeners = bind(&config.server)?;
    let recorder = metrics::install().map_err(Fatal::internal)?;
    let store = prepare::open_store(&config).await?;
    let demo_group = if demo_urls.is_empty() {
        None
    } else {
        Some(demo::ensure(&store, &demo_urls).await?)
    };
    let url = url_at(&config, listeners.public_address);
    let parts = assemble(&config, &store, &listeners, demo_group).await?;
    let servers = node::http::serve(&parts.app, &config.server, listeners, Some(recorder))?;
    actor::spawn("watch", watch(parts.app.clone())).detach();
    greet(&parts.app, &url).await?;
    run_until_told(&config, &parts, servers).await
}

/// Says where the pages are, and at a first start how to get in.
async fn greet(app: &App, url: &str) -> Result<(), Fatal> {
    tracing::info!(url, version = env!("CARGO_PKG_VERSION"), "Serving");
    say::line(&format!("\nBaton serves {url}/"));
    if app.setups().is_needed().await? {
        let token = app.setups().issue().await?;
        say::line(
            "\n  There is no admin yet. Open this link within 24 hours to make the first one.",
        );
        say::line("  It works once:\n");
        say::line(&format!("  {url}/#/setup/{}\n", token.encode()));
    }
    Ok(())
}

/// Serves until SIGTERM or SIGINT, then lets go in order; a second signal ends at once.
async fn run_until_told(config: &Config, parts: &Parts, servers: Servers) -> Result<(), Fatal> {
    let Parts { app, ownership } = parts;
    let (public, ops) = servers.handles();
    let mut term = signal(SignalKind::terminate()).map_err(Fatal::internal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Fatal::internal)?;
    let Servers {
        public: serving,
        ops: watching,
    } = servers;
    let (serving, watching) = (actix_rt::spawn(serving), actix_rt::spawn(watching));
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("Stopping");
    app.readiness().drain();
    let deadline = config.sessions.stop_deadline;
    let stopping = async {
        if !app
            .directory()
            .stop_all(CloseReason::NodeStopping, deadline)
            .await
        {
            tracing::warn!("Some sessions did not end in time");
        }
        public.stop(true).await;
        ops.stop(true).await;
        if let Err(error) = ownership.leave().await {
            tracing::warn!(error = %telemetry::chain(&error), "Broker was not told");
        }
        actor::drain(deadline).await;
        app.store().close().await;
    };
    tokio::select! {
        () = stopping => {}
        _ = term.recv() => tracing::warn!("Second signal: stopping at once"),
        _ = interrupt.recv() => tracing::warn!("Second signal: stopping at once"),
    }
    drop((serving, watching));
    tracing::info!("Stopped");
    Ok(())
}
