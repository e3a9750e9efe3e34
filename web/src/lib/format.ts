// Numbers into words for people. `now` is always an argument, so that every line is testable.

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** How long something lasts, in the largest unit that still says enough: `45 s`, `12 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE_S) return `${whole} s`;
  if (whole < HOUR_S) return `${Math.floor(whole / MINUTE_S)} min`;
  if (whole < DAY_S) {
    const minutes = Math.floor((whole % HOUR_S) / MINUTE_S);
    return `${Math.floor(whole / HOUR_S)} h${minutes ? ` ${minutes} min` : ""}`;
  }
  const days = Math.floor(whole / DAY_S);
  return days === 1 ? "1 day" : `${days} days`;
}

/** How long ago a time (µs) was: `just now`, `5 min ago`, then a date. */
export function ago(micros: number, nowMs: number): string {
  const seconds = (nowMs - micros / 1000) / 1000;
  if (seconds < 5) return "just now";
  if (seconds < 7 * DAY_S) return `${duration(seconds)} ago`;
  return date(micros);
}

/** A remaining time, never negative: `0:07`, `12:30`. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const timeFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function date(micros: number): string {
  return dateFormat.format(micros / 1000);
}

export function dateTime(micros: number): string {
  return timeFormat.format(micros / 1000);
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** A browser and system from a user agent, roughly: enough to recognise one's own logins. */
export function browserName(agent: string): string {
  if (!agent) return "Unknown browser";
  const browser = /Edg\//.test(agent)
    ? "Edge"
    : /OPR\//.test(agent)
      ? "Opera"
      : /Firefox\//.test(agent)
        ? "Firefox"
        : /(Headless)?Chrome\//.test(agent)
          ? "Chrome"
          : /Safari\//.test(agent)
            ? "Safari"
            : (agent.split(/[/ ]/)[0] ?? "Unknown browser").slice(0, 40);
  const system = /Android/.test(agent)
    ? "Android"
    : /iPhone|iPad/.test(agent)
      ? "iOS"
      : /Windows/.test(agent)
        ? "Windows"
        : /Mac OS X/.test(agent)
          ? "macOS"
          : /Linux/.test(agent)
            ? "Linux"
            : "";
  return system ? `${browser} on ${system}` : browser;
}

const REASONS: Record<string, string> = {
  target_exited: "Shell ended",
  target_lost: "Connection lost",
  target_unreachable: "Unreachable",
  unknown_host: "Unknown host",
  refused: "Refused",
  timed_out: "Timed out",
  protocol_mismatch: "Wrong protocol",
  host_key_changed: "Host key changed",
  host_key_unknown: "Host key unknown",
  authentication_failed: "Sign-in refused",
  address_forbidden: "Address forbidden",
  cancelled: "Cancelled",
  ended_by_user: "Ended",
  ended_by_admin: "Ended by an admin",
  detached_too_long: "Detached too long",
  access_revoked: "Access withdrawn",
  fenced: "Moved",
  node_stopping: "Server stopped",
  node_lost: "Server lost",
  internal: "Internal error",
};

/** Why a session ended, in two words; an unknown code is shown as it is. */
export function reasonText(code: string): string {
  return REASONS[code] ?? code.replaceAll("_", " ");
}

const CALM = new Set(["target_exited", "ended_by_user", "cancelled", "detached_too_long"]);

/** Whether an end deserves a second look. */
export function isTroubled(code: string): boolean {
  return !CALM.has(code);
}
