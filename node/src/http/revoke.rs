//! Taking rights away from what is running already: logins, viewers, sessions.

use schema::store::StoreError;
use shared::close::CloseReason;
use shared::id::{LoginId, UserId};

use super::{ApiError, App};
use crate::auth::Event;
use crate::session::{SessionSummary, SignOut};
use crate::telemetry::chain;

/// Ends every login and viewer of a user; sessions go on, detached.
///
/// # Errors
/// When the database fails; viewers have left all the same.
pub(crate) async fn sign_out_user(app: &App, user: UserId) -> Result<(), ApiError> {
    let ended = app.logins().end_all(user).await;
    dismiss(app, SignOut::User(user)).await;
    ended?;
    Ok(())
}

/// Ends one login with everything that hangs on it. One that is over already is no error.
///
/// # Errors
/// When the database fails; viewers have left all the same.
pub(crate) async fn sign_out_login(app: &App, login: LoginId) -> Result<(), ApiError> {
    let ended = app.logins().end(login).await;
    dismiss(app, SignOut::Login(login)).await;
    match ended {
        Ok(()) | Err(StoreError::NotFound) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Makes viewers leave whose login has ended. In this order nothing slips through: without a login
/// there is no new ticket, without a ticket no new viewer, and a ticket being redeemed now asks
/// about its login once it has a seat.
async fn dismiss(app: &App, who: SignOut) {
    app.tickets().revoke(who);
    app.directory().sign_out(who).await;
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

/// Makes viewers leave whose login is over, however it ended, and those who watch somebody else's
/// session and are no admins any more. A store that does not answer takes nothing away (LAW 3).
pub(crate) async fn recheck_viewers(app: &App) {
    let attached = app.presence().now();
    if attached.logins.is_empty() {
        return;
    }
    let live = match app.logins().live(&attached.logins).await {
        Ok(live) => live,
        Err(error) => {
            tracing::warn!(error = %chain(&error), "Logins of viewers cannot be checked");
            return;
        }
    };
    for login in &attached.logins {
        if !live.iter().any(|known| known.id == *login) {
            dismiss(app, SignOut::Login(*login)).await;
        }
    }
    for (login, session) in attached.watches {
        let is_admin = live.iter().any(|known| known.id == login && known.is_admin);
        if !is_admin && let Some(handle) = app.directory().find(session) {
            handle.sign_out(SignOut::Login(login)).await;
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
