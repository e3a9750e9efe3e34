//! Waiting for a condition of another process, without guessing how long it takes.

use std::time::Duration;

/// How often a condition outside this process is asked for.
const POLL_EVERY: Duration = Duration::from_millis(10);

/// Waits until `probe` succeeds; the error names `what` and the last state it saw.
///
/// # Errors
/// The condition did not come true within `limit`.
pub async fn until<T, E: std::fmt::Display>(
    what: &str,
    limit: Duration,
    mut probe: impl AsyncFnMut() -> Result<T, E>,
) -> anyhow::Result<T> {
    let mut last = String::from("never asked");
    let waiting = async {
        let mut ticks = tokio::time::interval(POLL_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match probe().await {
                Ok(value) => return value,
                Err(state) => last = format!("{state:#}"),
            }
        }
    };
    match tokio::time::timeout(limit, waiting).await {
        Ok(value) => Ok(value),
        Err(_) => anyhow::bail!("not within {limit:?}: {what}; last state: {last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_condition_that_never_comes_true_names_its_last_state() {
        let outcome = until("pigs fly", Duration::from_millis(30), async || {
            Err::<(), _>("pigs walk")
        })
        .await;

        let text = outcome.unwrap_err().to_string();
        assert!(
            text.contains("pigs fly") && text.contains("pigs walk"),
            "{text}"
        );
    }
}
