//! Logs: one subscriber, text or JSON, set up once by the binary.
//!
//! Lines go to standard error; standard output belongs to commands and the first-start notice.

use std::error::Error;
use std::fmt::Write as _;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Libraries whose milestones are nobody's; `log.level` may name them again.
const QUIET: &str = "actix_server=warn,sea_orm_migration=warn,sqlx=warn,russh=warn";

/// Logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter does not parse; `config` checks it before.
    #[error("log.level is not a filter")]
    Filter(#[source] tracing_subscriber::filter::ParseError),
    /// Another subscriber is already set.
    #[error("logging is already set up")]
    AlreadySet(#[source] Box<dyn Error + Send + Sync>),
}

/// Sets the process's subscriber.
///
/// # Errors
/// A filter that does not parse, or a subscriber that is already there.
pub fn init(log: &Log) -> Result<(), TelemetryError> {
    let filter = EnvFilter::builder()
        .parse(format!("{QUIET},{}", log.level))
        .map_err(TelemetryError::Filter)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let set = match log.format {
        LogFormat::Text => builder
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .try_init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
    };
    set.map_err(TelemetryError::AlreadySet)
}

/// An error with everything that caused it, for the field `error` of a log line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        if write!(text, ": {error}").is_err() {
            break;
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_chain_names_every_cause_once() {
        let error = Outer(std::io::Error::other("inner"));
        assert_eq!(chain(&error), "outer: inner");
    }
}
