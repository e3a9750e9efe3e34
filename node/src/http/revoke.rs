//! Taking rights away from what is running already: logins, viewers, sessions.

use shared::close::CloseReason;
use shared::id::UserId;

use super::{ApiError, App};
use crate::auth::Event;
use crate::session::{SessionSummary, SignOut};
use crate::telemetry::chain;

/// Ends every login and viewer of a user; sessions go on, detached.
///
/// # Errors
/// When the database fails; viewers have left all the same.
pub(crate) async fn sign_out_user(app: &App, user: UserId) -> Result<(), ApiError> {
    app.tickets().revoke(SignOut::User(user));
    app.directory().sign_out(SignOut::User(user)).await;
    app.logins().end_all(user).await?;
    Ok(())
}

/// Ends everything of a user: logins, viewers and sessions.
///
/// # Errors
/// When the database fails; sessions have been told to end all the same.
pub(crate) async fn shut_out(app: &App, user: UserId) -> Result<(), ApiError> {
    let running = app.directory().running();
    for summary in running.iter().filter(|summary| summary.user == user) {
        revoke(app, summary).await;
    }
    sign_out_user(app, user).await
}

/// Ends the sessions whose users have lost the right to them. A store that does not answer
/// revokes nothing (LAW 3).
pub(crate) async fn recheck(app: &App) {
    for summary in app.directory().running() {
        let right = app.authoriser().may_still_use(summary.user, summary.target);
        match right.await {
            Ok(true) => {}
            Ok(false) => revoke(app, &summary).await,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "Rights of sessions cannot be checked");
                return;
            }
        }
    }
}

async fn revoke(app: &App, summary: &SessionSummary) {
    let Some(handle) = app.directory().find(summary.id) else {
        return;
    };
    handle.end(CloseReason::AccessRevoked).await;
    let mut event = Event::new("session.revoke").session(summary.id);
    if let Some(target) = summary.target {
        event = event.target(target);
    }
    let detail = serde_json::json!({ "user": summary.user, "name": summary.user_name });
    app.auditor().record(event.detail(detail)).await;
}

/// Gives a new user what every user has.
pub(crate) async fn welcome(app: &App, user: UserId) {
    let Some(group) = app.demo_group() else {
        return;
    };
    if let Err(error) = app.store().groups().add_member(group, user).await {
        tracing::warn!(error = %chain(&error), "New user did not join the demo group");
    }
}
