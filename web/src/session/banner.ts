// The one line above the screen: what the link and the session are doing, when that is news. Pure.

import type { LinkView, LostCause } from "../link/machine";
import type { Phase } from "../wire/frames";

export interface Banner {
  text: string;
  tone: "busy" | "warn" | "ok";
  /** Trying at once makes sense. */
  canRetry: boolean;
  /** The connection attempt can be given up. */
  canCancel: boolean;
}

/** How long "restored" stays, in milliseconds. */
export const RESTORED_MS = 4000;

const CAUSES: Record<LostCause, string> = {
  closed: "The connection to Baton was lost",
  silent: "Baton has not answered for a moment",
  unreachable: "Baton cannot be reached",
  stopping: "This Baton node is stopping",
  stale: "The session moved to another node",
  protocol: "The connection to Baton was disturbed",
};

export interface BannerInput {
  link: LinkView;
  phase: Phase;
  status: string;
  /** The last outage is news still. */
  isFreshlyRestored: boolean;
}

/** What to show, or nothing when all is well. */
export function bannerFor({ link, phase, status, isFreshlyRestored }: BannerInput): Banner | null {
  switch (link.phase) {
    case "idle":
    case "ended":
      return null;
    case "connecting":
      return link.cause === null
        ? { text: "Attaching…", tone: "busy", canRetry: false, canCancel: false }
        : { text: `${whyOf(link)}. Trying again…`, tone: "warn", canRetry: true, canCancel: false };
    case "lost":
    case "reattaching": {
      const canRetry = link.failures > 1;
      return { text: `${whyOf(link)}: reattaching…`, tone: "warn", canRetry, canCancel: false };
    }
    case "attached":
      return attachedBanner(link, phase, status, isFreshlyRestored);
  }
}

function attachedBanner(
  link: LinkView,
  phase: Phase,
  status: string,
  isFreshlyRestored: boolean,
): Banner | null {
  if (phase === "connecting" || phase === "asking") {
    const text = status || (phase === "asking" ? "Waiting for your answer…" : "Connecting…");
    return { text, tone: "busy", canRetry: false, canCancel: true };
  }
  if (isFreshlyRestored && link.restoredAfterMs !== null) {
    const text = `Restored in ${seconds(link.restoredAfterMs)}`;
    return { text, tone: "ok", canRetry: false, canCancel: false };
  }
  return null;
}

function whyOf(link: LinkView): string {
  const cause = link.cause === null ? "The connection to Baton was lost" : CAUSES[link.cause];
  const said = link.text.replace(/[.\s]+$/, "");
  return said === "" ? cause : said;
}

/** `0.8 s`, `12 s`, `3 min`. */
export function seconds(ms: number): string {
  if (ms < 9950) return `${Math.max(0.1, ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** A round trip for the status bar: `0.4 ms`, `23 ms`, or a dash when unknown. */
export function roundTrip(us: number): string {
  if (us <= 0) return "–";
  if (us < 9950) return `${(us / 1000).toFixed(1)} ms`;
  return us < 9_950_000 ? `${Math.round(us / 1000)} ms` : "> 10 s";
}
