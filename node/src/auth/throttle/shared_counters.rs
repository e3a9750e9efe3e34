//! Counters in Redis, shared by every node: the same policy in one atomic script.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use shared::secret::Secret;

use super::limits::{FIRST_DELAY, Limit};
use super::scope::ScopeKey;

/// Longest wait for an answer: sign-in rather falls back to this node's counters than hang.
const PATIENCE: Duration = Duration::from_millis(250);

/// Counts a try in every key, or answers the milliseconds to wait. Redis gives the time, so that
/// nodes need not agree on it.
const BEGIN: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local first, forget = tonumber(ARGV[1]), tonumber(ARGV[2])
local wait = 0
for i, key in ipairs(KEYS) do
  local failures = tonumber(redis.call('HGET', key, 'n') or '0')
  local last = tonumber(redis.call('HGET', key, 't') or '0')
  local free, longest = tonumber(ARGV[1 + i * 2]), tonumber(ARGV[2 + i * 2])
  if failures >= free then
    local delay = math.min(longest, first * 2 ^ math.min(failures - free, 31))
    wait = math.max(wait, last + delay - now)
  end
end
if wait > 0 then return math.ceil(wait) end
for _, key in ipairs(KEYS) do
  redis.call('HINCRBY', key, 'n', 1)
  redis.call('HSET', key, 't', now)
  redis.call('PEXPIRE', key, forget)
end
return 0
";

/// Takes one try back in every key after the first; clears the first when told so.
const UNDO: &str = r"
for i, key in ipairs(KEYS) do
  if i == 1 and ARGV[1] == '1' then
    redis.call('DEL', key)
  elseif redis.call('EXISTS', key) == 1 and redis.call('HINCRBY', key, 'n', -1) <= 0 then
    redis.call('DEL', key)
  end
end
return 0
";

/// A Redis that may come and go.
#[derive(Clone)]
pub(super) struct SharedCounters {
    connection: ConnectionManager,
    forget_after: Duration,
}

impl std::fmt::Debug for SharedCounters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedCounters").finish_non_exhaustive()
    }
}

impl SharedCounters {
    /// Prepares the connection; it is made at first use and again after every loss.
    pub(super) fn open(
        url: &Secret<String>,
        forget_after: Duration,
    ) -> Result<Self, redis::RedisError> {
        let client = redis::Client::open(url.expose().as_str())?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        Ok(Self {
            connection: ConnectionManager::new_lazy_with_config(client, config)?,
            forget_after,
        })
    }

    /// Counts a try, or answers how long to wait.
    pub(super) async fn begin(
        &self,
        scopes: &[(ScopeKey, Limit)],
    ) -> Result<Duration, redis::RedisError> {
        let script = redis::Script::new(BEGIN);
        let mut call = script.prepare_invoke();
        call.arg(millis(FIRST_DELAY)).arg(millis(self.forget_after));
        for (key, limit) in scopes {
            call.key(name(key))
                .arg(limit.free)
                .arg(millis(limit.longest));
        }
        let mut connection = self.connection.clone();
        let answer = tokio::time::timeout(PATIENCE * 2, call.invoke_async::<u64>(&mut connection));
        answer
            .await
            .map_or_else(|_| Err(timed_out()), |done| done.map(Duration::from_millis))
    }

    /// Takes a try back; with `is_success` the pair is forgotten altogether.
    pub(super) async fn undo(
        &self,
        scopes: &[(ScopeKey, Limit)],
        is_success: bool,
    ) -> Result<(), redis::RedisError> {
        let script = redis::Script::new(UNDO);
        let mut call = script.prepare_invoke();
        call.arg(u8::from(is_success));
        for (key, _) in scopes {
            call.key(name(key));
        }
        let mut connection = self.connection.clone();
        let answer = tokio::time::timeout(PATIENCE * 2, call.invoke_async::<u64>(&mut connection));
        answer
            .await
            .map_or_else(|_| Err(timed_out()), |done| done.map(|_| ()))
    }
}

fn timed_out() -> redis::RedisError {
    redis::RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))
}

/// One hash tag for all, so that a cluster keeps the keys of a script together.
fn name(key: &ScopeKey) -> String {
    format!("{{baton:throttle}}:{:032x}", u128::from_be_bytes(*key))
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
