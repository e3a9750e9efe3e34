//! What must be looked after from time to time: rights of what runs, old logins, the old past.

use std::time::Duration;

use schema::store::StoreError;
use tokio::time::MissedTickBehavior;

use super::App;
use super::revoke::{recheck, recheck_viewers};
use crate::telemetry::chain;

/// Rights of sessions and viewers are asked again this often: what another node or the command line
/// withdrew takes effect within seconds (OWASP ASVS 5.0, 7.4).
const RIGHTS: Duration = Duration::from_secs(5);

/// Attached viewers count as activity this often, counted in checks of rights: each half minute,
/// half of the shortest idle time.
const PRESENCE_EVERY: u32 = 6;

/// What is over or too old is deleted this often, counted in checks of rights: each hour.
const PURGE_EVERY: u32 = 720;

/// Rows of the past deleted at once, at most: a short statement, so that nobody waits for it. What is
/// left goes with the next check of rights.
const PURGE_ROWS: u64 = 1000;

/// Runs until the node drains.
pub async fn watch(app: App) {
    tokio::select! {
        () = app.readiness().draining() => {}
        () = look_after(&app) => {}
    }
}

async fn look_after(app: &App) {
    let mut tick = tokio::time::interval(RIGHTS);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ticks = 0_u32;
    let mut has_old = false;
    loop {
        tick.tick().await;
        recheck(app).await;
        recheck_viewers(app).await;
        if ticks.is_multiple_of(PRESENCE_EVERY) {
            for login in app.presence().now().logins {
                app.logins().keep_alive(login).await;
            }
        }
        if ticks.is_multiple_of(PURGE_EVERY) {
            if let Err(error) = app.logins().purge().await {
                tracing::warn!(error = %chain(&error), "Old logins were not deleted");
            }
            has_old = true;
        }
        has_old = has_old && purge_past(app).await;
        ticks = ticks.wrapping_add(1);
    }
}

/// Deletes some of the past that is older than it is kept; answers whether there may be more.
async fn purge_past(app: &App) -> bool {
    let (keep, now, store) = (app.retention(), app.clock().wall(), app.store());
    let mut has_more = false;
    if let Some(kept) = keep.history {
        let purged = store.history().purge(now.minus(kept), PURGE_ROWS).await;
        has_more |= tell("history", purged);
    }
    if let Some(kept) = keep.audit {
        let purged = store.audit().purge(now.minus(kept), PURGE_ROWS).await;
        has_more |= tell("audit", purged);
    }
    has_more
}

fn tell(what: &'static str, purged: Result<u64, StoreError>) -> bool {
    match purged {
        Ok(0) => false,
        Ok(rows) => {
            tracing::info!(what, rows, "Deleted what is older than it is kept");
            rows >= PURGE_ROWS
        }
        Err(error) => {
            tracing::warn!(what, error = %chain(&error), "Old rows were not deleted");
            false
        }
    }
}
