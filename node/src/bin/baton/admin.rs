//! `baton admin`: what somebody with access to the machine may do without signing in.

use std::sync::Arc;

use node::auth::{Auditor, Event, Logins, PasswordRule, Passwords, Setups, invent};
use node::config::Config;
use schema::store::{NewUser, Store};
use serde_json::json;
use shared::time::SystemClock;

use crate::cli::AdminCommand;
use crate::configuration::load;
use crate::fatal::Fatal;
use crate::{prepare, say};

/// Runs `baton admin …`.
pub(crate) async fn run(command: AdminCommand) -> Result<(), Fatal> {
    match command {
        AdminCommand::SetupLink(sources) => setup_link(&load(&sources)?).await,
        AdminCommand::CreateUser {
            name,
            admin,
            sources,
        } => create_user(&load(&sources)?, name, admin).await,
        AdminCommand::ResetPassword { name, sources } => {
            reset_password(&load(&sources)?, &name).await
        }
    }
}

async fn open(config: &Config) -> Result<Store, Fatal> {
    prepare::make_directory(&config.data.directory)?;
    prepare::open_store(config).await
}

async fn setup_link(config: &Config) -> Result<(), Fatal> {
    let store = open(config).await?;
    let setups = setups(config, &store);
    let token = setups.issue().await?;
    record(&store, Event::new("setup.link")).await;
    let base = base_url(config);
    say::line("Open this link within 24 hours to make an admin. It works once.");
    say::line(&format!("{base}/#/setup/{}", token.encode()));
    store.close().await;
    Ok(())
}

async fn create_user(config: &Config, name: String, is_admin: bool) -> Result<(), Fatal> {
    let store = open(config).await?;
    let password = invent();
    let hash = Passwords::new(1).hash(password.clone()).await;
    let new = NewUser {
        name,
        display_name: String::new(),
        is_admin,
        password_hash: Some(hash.map_err(Fatal::internal)?),
        must_change_password: true,
    };
    let user = store.users().create(new).await?;
    let detail = json!({ "user": user.id, "name": user.name, "is_admin": is_admin });
    record(&store, Event::new("user.create").detail(detail)).await;
    say::line(&format!(
        "Made {}. The first password, to be changed at sign-in:",
        user.name
    ));
    say::line(password.expose());
    store.close().await;
    Ok(())
}

async fn reset_password(config: &Config, name: &str) -> Result<(), Fatal> {
    let store = open(config).await?;
    let user = store.users().by_name(name).await?;
    let user = user.ok_or_else(|| {
        Fatal::not_found(format!(
            "there is no user {name:?}; names are listed on the users page"
        ))
    })?;
    let password = invent();
    let hash = Passwords::new(1).hash(password.clone()).await;
    let hash = hash.map_err(Fatal::internal)?;
    store.users().set_password(user.id, hash, true).await?;
    let logins = Logins::new(
        store.clone(),
        Arc::new(SystemClock),
        config.sign_in.idle,
        config.sign_in.absolute,
    );
    logins.end_all(user.id).await?;
    let detail = json!({ "user": user.id, "name": user.name });
    record(&store, Event::new("user.reset_password").detail(detail)).await;
    say::line(&format!(
        "The new password of {}, to be changed at sign-in:",
        user.name
    ));
    say::line(password.expose());
    if user.is_disabled {
        say::line("The user is disabled and cannot sign in before an admin enables them.");
    }
    store.close().await;
    Ok(())
}

async fn record(store: &Store, event: Event) {
    Auditor::new(store.clone())
        .record(event.by_operator())
        .await;
}

/// The maker of setup links.
pub(crate) fn setups(config: &Config, store: &Store) -> Setups {
    let rule = PasswordRule {
        least: config.sign_in.password_min_length,
    };
    Setups::new(
        store.clone(),
        Passwords::new(1),
        rule,
        Arc::new(SystemClock),
    )
}

/// Where browsers find the pages.
pub(crate) fn base_url(config: &Config) -> String {
    url_at(config, config.server.listen)
}

/// As [`base_url`], with the address that was really bound.
pub(crate) fn url_at(config: &Config, bound: std::net::SocketAddr) -> String {
    if let Some(public) = &config.server.public_url {
        return public.origin().to_owned();
    }
    let scheme = if config.server.tls.is_some() {
        "https"
    } else {
        "http"
    };
    if bound.ip().is_unspecified() {
        return format!("{scheme}://localhost:{}", bound.port());
    }
    format!("{scheme}://{bound}")
}
