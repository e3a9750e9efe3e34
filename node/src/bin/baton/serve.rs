//! `baton serve`: config → telemetry → directory → listeners → keys → store → sessions → HTTP.

use actix_rt::System;
use node::actor;
use node::config::{Config, warnings};
use node::http::{App, Servers, bind, watch};
use node::{metrics, telemetry};
use shared::close::CloseReason;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinError, JoinHandle};

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
    for warning in warnings(&config) {
        tracing::warn!("{warning}");
    }
    let _directory = prepare::take_directory(&config.data.directory)?;
    let listeners = bind(&config.server)?;
    let recorder = metrics::install().map_err(Fatal::internal)?;
    let store = prepare::open_store_to_serve(&config).await?;
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
    let (mut serving, mut watching) = (actix_rt::spawn(serving), actix_rt::spawn(watching));
    let told = async {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let outcome = until_told_or_fallen(told, &mut serving, &mut watching).await;
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
    outcome
}

/// Waits for the word to stop; a listener that ends before it is an error.
async fn until_told_or_fallen(
    told: impl Future<Output = ()>,
    public: &mut JoinHandle<std::io::Result<()>>,
    ops: &mut JoinHandle<std::io::Result<()>>,
) -> Result<(), Fatal> {
    tokio::select! {
        () = told => Ok(()),
        ended = public => Err(fallen("public", ended)),
        ended = ops => Err(fallen("operations", ended)),
    }
}

/// A listener that ended although nobody told it to: without it the node is of no use.
fn fallen(which: &str, ended: Result<std::io::Result<()>, JoinError>) -> Fatal {
    let cause = match ended {
        Ok(Ok(())) => "it ended by itself".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::error!(which, error = cause, "Listener ended");
    Fatal::fallen(which, &cause)
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[test]
    fn a_listener_that_ends_by_itself_stops_the_node_with_its_error() {
        System::new().block_on(async {
            let fails = || actix_rt::spawn(async { Err(std::io::Error::other("no more files")) });
            let serves = || actix_rt::spawn(pending::<std::io::Result<()>>());

            let public = until_told_or_fallen(pending(), &mut fails(), &mut serves()).await;
            let ops = until_told_or_fallen(pending(), &mut serves(), &mut fails()).await;
            let ready = std::future::ready(());
            let told = until_told_or_fallen(ready, &mut serves(), &mut serves()).await;

            let said = public.unwrap_err().to_string();
            assert!(
                said.contains("public") && said.contains("no more files"),
                "{said}"
            );
            let said = ops.unwrap_err().to_string();
            assert!(said.contains("operations"), "{said}");
            assert!(told.is_ok());
        });
    }
}
