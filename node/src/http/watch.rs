//! What must be looked after from time to time: rights of running sessions, old logins.

use std::time::Duration;

use super::App;
use super::revoke::recheck;
use crate::telemetry::chain;

/// Rights of running sessions are asked again this often: what another node or the command line
/// withdrew takes effect within seconds (OWASP ASVS 5.0, 7.4).
const RIGHTS: Duration = Duration::from_secs(5);

/// Attached viewers count as activity this often, counted in checks of rights: each half minute,
/// half of the shortest idle time.
const PRESENCE_EVERY: u32 = 6;

/// Logins that are over are deleted this often, counted in checks of rights: each hour.
const PURGE_EVERY: u32 = 720;

/// Runs until the node drains.
pub async fn watch(app: App) {
    let mut tick = tokio::time::interval(RIGHTS);
    let mut ticks = 0_u32;
    while !app.readiness().is_draining() {
        tick.tick().await;
        recheck(&app).await;
        if ticks.is_multiple_of(PRESENCE_EVERY) {
            for login in app.presence().logins() {
                app.logins().keep_alive(login).await;
            }
        }
        if ticks.is_multiple_of(PURGE_EVERY)
            && let Err(error) = app.logins().purge().await
        {
            tracing::warn!(error = %chain(&error), "Old logins were not deleted");
        }
        ticks = ticks.wrapping_add(1);
    }
}
