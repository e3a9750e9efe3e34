//! Metric names: every one a constant, `baton_<what>_<unit>`, no ids as labels.
//!
//! Owns the names and the recorder; the rooms count with the `metrics` macros.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// Always 1; the labels say which build runs. Labels: `version`.
pub const BUILD_INFO: &str = "baton_build_info";
/// Sessions now. Labels: `protocol`, `state`.
pub const SESSIONS_ACTIVE: &str = "baton_sessions_active";
/// Sessions asked for. Labels: `protocol`, `result`.
pub const SESSION_STARTS: &str = "baton_session_starts_total";
/// How long sessions lasted. Labels: `protocol`.
pub const SESSION_DURATION: &str = "baton_session_duration_seconds";
/// Bytes moved. Labels: `direction`, `protocol`.
pub const BYTES: &str = "baton_bytes_total";
/// From the target's output to the viewer's acknowledgement. Labels: `stage`.
pub const FRAME_LATENCY: &str = "baton_frame_latency_seconds";
/// From a viewer's input to the driver.
pub const INPUT_LATENCY: &str = "baton_input_latency_seconds";
/// Input that waited behind a piece when it was taken.
pub const INPUT_LANE: &str = "baton_input_lane_depth";
/// Sessions ended. Labels: `reason`.
pub const SESSION_ENDS: &str = "baton_session_ends_total";
/// Attached viewers now.
pub const VIEWERS: &str = "baton_viewers";
/// Whole pictures sent to viewers.
pub const SNAPSHOTS: &str = "baton_snapshots_total";
/// Floods of output that an interrupt cut short.
pub const COLLAPSES: &str = "baton_collapses_total";
/// Viewers' sockets now. Labels: `state`.
pub const WS_CONNECTIONS: &str = "baton_ws_connections";
/// Viewers' sockets closed. Labels: `code`.
pub const WS_CLOSE: &str = "baton_ws_close_total";
/// Sign-ins tried. Labels: `method`, `result`.
pub const AUTH_ATTEMPTS: &str = "baton_auth_attempts_total";
/// Requests told to wait. Labels: `scope`.
pub const RATE_LIMITED: &str = "baton_rate_limited_total";
/// Requests refused for want of a right. Labels: `action`.
pub const AUTHZ_DENIED: &str = "baton_authz_denied_total";
/// Dials refused by the address policy. Labels: `reason`.
pub const SSRF_BLOCKED: &str = "baton_ssrf_blocked_total";
/// Requests answered. Labels: `method`, `status` (class).
pub const HTTP_REQUESTS: &str = "baton_http_requests_total";
/// Time to the head of an answer. Labels: `method`.
pub const HTTP_DURATION: &str = "baton_http_request_duration_seconds";
/// 1 while the database answers.
pub const DATABASE_UP: &str = "baton_database_up";
/// 1 while Redis answers; absent without Redis.
pub const REDIS_UP: &str = "baton_redis_up";
/// Audit rows. Labels: `event`.
pub const AUDIT_EVENTS: &str = "baton_audit_events_total";
/// Audit rows that could not be written.
pub const AUDIT_LOST: &str = "baton_audit_lost_total";
/// 1 while the node drains.
pub const DRAIN_STATE: &str = "baton_drain_state";
/// Tasks that panicked. Labels: `actor`.
pub const ACTOR_PANICS: &str = "baton_actor_panics_total";
/// Times the certificate was read again. Labels: `result`.
pub const TLS_RELOADS: &str = "baton_tls_reloads_total";

/// Bounds of latencies, in seconds: from a keystroke's echo to a slow dial.
const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Bounds of session lengths, in seconds: from a slip to a working week.
const LIFETIMES: &[f64] = &[
    1.0, 10.0, 60.0, 300.0, 1800.0, 3600.0, 14_400.0, 43_200.0, 432_000.0,
];

/// Sets the process's recorder; `render` of the handle is the body of `/metrics`.
///
/// # Errors
/// A recorder that is already there.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets(SECONDS)?
        .set_buckets_for_metric(Matcher::Full(SESSION_DURATION.to_owned()), LIFETIMES)?
        .install_recorder()?;
    describe();
    metrics::gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    metrics::gauge!(DRAIN_STATE).set(0.0);
    Ok(handle)
}

fn describe() {
    use metrics::{describe_counter as counter, describe_gauge as gauge};
    gauge!(BUILD_INFO, "Always 1; the labels say which build runs.");
    gauge!(SESSIONS_ACTIVE, "Sessions now.");
    gauge!(VIEWERS, "Attached viewers now.");
    gauge!(WS_CONNECTIONS, "Viewers' sockets now.");
    gauge!(DATABASE_UP, "1 while the database answers.");
    gauge!(REDIS_UP, "1 while Redis answers.");
    gauge!(DRAIN_STATE, "1 while the node drains.");
    counter!(SESSION_STARTS, "Sessions asked for.");
    counter!(BYTES, "Bytes moved.");
    counter!(SESSION_ENDS, "Sessions ended.");
    counter!(SNAPSHOTS, "Whole pictures sent to viewers.");
    counter!(COLLAPSES, "Floods of output that an interrupt cut short.");
    counter!(WS_CLOSE, "Viewers' sockets closed.");
    counter!(AUTH_ATTEMPTS, "Sign-ins tried.");
    counter!(RATE_LIMITED, "Requests told to wait.");
    counter!(AUTHZ_DENIED, "Requests refused for want of a right.");
    counter!(SSRF_BLOCKED, "Dials refused by the address policy.");
    counter!(HTTP_REQUESTS, "Requests answered.");
    counter!(AUDIT_EVENTS, "Audit rows.");
    counter!(AUDIT_LOST, "Audit rows that could not be written.");
    counter!(ACTOR_PANICS, "Tasks that panicked.");
    counter!(TLS_RELOADS, "Times the certificate was read again.");
    describe_times();
}

fn describe_times() {
    use metrics::describe_histogram as histogram;
    histogram!(SESSION_DURATION, "How long sessions lasted.");
    histogram!(
        FRAME_LATENCY,
        "From the target's output to the viewer's acknowledgement."
    );
    histogram!(INPUT_LATENCY, "From a viewer's input to the driver.");
    histogram!(INPUT_LANE, "Input that waited behind a piece.");
    histogram!(HTTP_DURATION, "Time to the head of an answer.");
}
