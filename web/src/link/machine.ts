// The link to a session, decided purely: `on(event, now)` returns effects and holds no socket,
// timer or randomness. The Worker runs the effects.
//
//   connecting → attached → lost → reattaching → attached …      any → ended
//
// A link is lost at once when its socket closes, or after 1.5 s without any frame. The first retry
// is immediate; later ones wait a random part of a growing ceiling (full jitter). Each try fetches
// a new one-time ticket. A socket of a lower epoch than ever seen is an old owner and is refused.

import { type Ended, SocketClose } from "../wire/frames";

/** Silence after which a link counts as lost; the node pings every 500 ms. */
export const SILENCE_MS = 1500;
/** Longest wait for a ticket, an open socket, and its first frame: each. */
export const STEP_MS = 6000;
/** First ceiling of the back-off; doubles with each failure. */
export const BACKOFF_BASE_MS = 250;
/** Highest ceiling of the back-off: soon enough for a person who waits. */
export const BACKOFF_CAP_MS = 8000;
/** How long a link must hold before an earlier failure is forgotten. */
export const STEADY_MS = 5000;

/** Why no ticket was issued. */
export type TicketFault =
  | { kind: "signed_out" }
  | { kind: "gone" }
  | { kind: "forbidden"; text: string }
  | { kind: "unavailable"; text: string; retryAfterMs: number | null };

/** Why a link is not (or no longer) up, as shown to a person. */
export type LostCause = "closed" | "silent" | "unreachable" | "stopping" | "stale" | "protocol";

/** Why there will be no further try. */
export type Ending =
  | ({ kind: "session" } & Ended)
  | { kind: "gone" }
  | { kind: "signed_out" }
  | { kind: "forbidden"; text: string }
  | { kind: "version" }
  | { kind: "detached" };

export type LinkEvent =
  | { kind: "start" }
  | { kind: "ticket"; try: number; ticket: Uint8Array }
  | { kind: "ticket_failed"; try: number; fault: TicketFault }
  | { kind: "opened"; try: number }
  | { kind: "attached"; try: number; epoch: number; resumed: boolean }
  | { kind: "heard"; try: number; epoch: number | null }
  | { kind: "ended"; try: number; ended: Ended }
  | { kind: "broken"; try: number }
  | { kind: "closed"; try: number; code: number }
  | { kind: "timer" }
  | { kind: "wake" }
  | { kind: "detach" };

export type LinkEffect =
  | { kind: "fetch_ticket"; try: number }
  | { kind: "open_socket"; try: number; ticket: Uint8Array }
  | { kind: "send_attach"; epoch: number }
  | { kind: "close_socket" }
  /** Wait a random time within the bounds, then report `timer`. Replaces an earlier wait. */
  | { kind: "wait"; floorMs: number; ceilingMs: number }
  | { kind: "publish" };

export type LinkPhase = "idle" | "connecting" | "attached" | "lost" | "reattaching" | "ended";

/** What the page shows. */
export interface LinkView {
  phase: LinkPhase;
  /** Failed tries since the link was last up. */
  failures: number;
  cause: LostCause | null;
  /** What the node said when it refused a ticket. */
  text: string;
  /** Duration of the last outage, once the link is up again. */
  restoredAfterMs: number | null;
  ending: Ending | null;
}

type Step = "none" | "ticket" | "socket" | "first_frame" | "up" | "waiting";

export class LinkMachine {
  #phase: LinkPhase = "idle";
  #step: Step = "none";
  #try = 0;
  #failures = 0;
  #wasAttached = false;
  #epoch = 0;
  #socketEpoch = 0;
  #heardAt = 0;
  #stepAt = 0;
  #upAt = 0;
  #lostAt = 0;
  #cause: LostCause | null = null;
  #text = "";
  #restoredAfterMs: number | null = null;
  #ending: Ending | null = null;
  #retryAfterMs = 0;

  /** Decides what to do about `event` at `now` (milliseconds of a monotonic clock). */
  on(event: LinkEvent, now: number): LinkEffect[] {
    if (this.#phase === "ended") return [];
    if ("try" in event && event.try !== this.#try) return [];
    switch (event.kind) {
      case "start":
        return this.#phase === "idle" ? this.#begin("connecting", now) : [];
      case "ticket":
        return this.#onTicket(event.ticket, now);
      case "ticket_failed":
        return this.#onTicketFault(event.fault, now);
      case "opened":
        return this.#onOpened(now);
      case "attached":
        return this.#onAttached(event.epoch, now);
      case "heard":
        return this.#onHeard(event.epoch, now);
      case "ended":
        return this.#end({ kind: "session", ...event.ended });
      case "broken":
        return this.#fail("protocol", now);
      case "closed":
        return this.#onClosed(event.code, now);
      case "timer":
        return this.#onTimer(now);
      case "wake":
        return this.#onWake(now);
      case "detach":
        return this.#end({ kind: "detached" });
    }
  }

  /** When the machine next wants a `timer` event, unless a `wait` is running. */
  get deadline(): number | null {
    if (this.#step === "up") return this.#heardAt + SILENCE_MS;
    if (this.#step === "ticket" || this.#step === "socket" || this.#step === "first_frame") {
      return this.#stepAt + STEP_MS;
    }
    return null;
  }

  /** Whether frames of the current socket may be shown: attached, and not of a lower epoch. */
  get isUp(): boolean {
    return this.#step === "up" && this.#socketEpoch >= this.#epoch;
  }

  /** The highest epoch seen. */
  get epoch(): number {
    return this.#epoch;
  }

  get view(): LinkView {
    return {
      phase: this.#phase,
      failures: this.#failures,
      cause: this.#cause,
      text: this.#text,
      restoredAfterMs: this.#restoredAfterMs,
      ending: this.#ending,
    };
  }

  #begin(phase: "connecting" | "reattaching", now: number): LinkEffect[] {
    this.#phase = phase;
    this.#try += 1;
    this.#enter("ticket", now);
    return [{ kind: "publish" }, { kind: "fetch_ticket", try: this.#try }];
  }

  #enter(step: Step, now: number): void {
    this.#step = step;
    this.#stepAt = now;
  }

  #onTicket(ticket: Uint8Array, now: number): LinkEffect[] {
    if (this.#step !== "ticket") return [];
    this.#enter("socket", now);
    return [{ kind: "open_socket", try: this.#try, ticket }];
  }

  #onTicketFault(fault: TicketFault, now: number): LinkEffect[] {
    if (this.#step !== "ticket") return [];
    if (fault.kind === "unavailable") {
      this.#text = fault.text;
      this.#retryAfterMs = Math.min(fault.retryAfterMs ?? 0, 30_000);
      return this.#fail("unreachable", now);
    }
    return this.#end(fault);
  }

  #onOpened(now: number): LinkEffect[] {
    if (this.#step !== "socket") return [];
    this.#enter("first_frame", now);
    return [{ kind: "send_attach", epoch: this.#epoch }];
  }

  #onAttached(epoch: number, now: number): LinkEffect[] {
    if (this.#step !== "first_frame") return this.#fail("protocol", now);
    if (epoch < this.#epoch) return this.#fail("stale", now);
    this.#epoch = epoch;
    this.#socketEpoch = epoch;
    this.#heardAt = now;
    this.#upAt = now;
    this.#enter("up", now);
    this.#restoredAfterMs = this.#wasAttached ? now - this.#lostAt : null;
    this.#wasAttached = true;
    this.#phase = "attached";
    this.#cause = null;
    this.#text = "";
    return [{ kind: "publish" }];
  }

  #onHeard(epoch: number | null, now: number): LinkEffect[] {
    if (this.#step !== "up") return [];
    if (epoch !== null && epoch < this.#epoch) return this.#fail("stale", now);
    if (epoch !== null) {
      this.#epoch = epoch;
      this.#socketEpoch = epoch;
    }
    this.#heardAt = now;
    if (this.#failures > 0 && now - this.#upAt >= STEADY_MS) this.#failures = 0;
    return [];
  }

  #onClosed(code: number, now: number): LinkEffect[] {
    switch (code) {
      case SocketClose.sessionEnded:
        return this.#end({ kind: "gone" });
      case SocketClose.signedOut:
        return this.#end({ kind: "signed_out" });
      case SocketClose.wrongVersion:
        return this.#end({ kind: "version" });
      case SocketClose.nodeStopping:
        return this.#fail("stopping", now);
      case SocketClose.badFrame:
        return this.#fail("protocol", now);
      default:
        return this.#fail(this.#step === "socket" ? "unreachable" : "closed", now);
    }
  }

  #onTimer(now: number): LinkEffect[] {
    if (this.#step === "waiting") {
      return this.#begin(this.#wasAttached ? "reattaching" : "connecting", now);
    }
    const deadline = this.deadline;
    if (deadline === null || now < deadline) return [];
    return this.#fail(this.#step === "up" ? "silent" : "unreachable", now);
  }

  /** A hint that trying now is worthwhile: the network or the page came back, a person asked. */
  #onWake(now: number): LinkEffect[] {
    if (this.#step === "waiting") {
      return this.#begin(this.#wasAttached ? "reattaching" : "connecting", now);
    }
    return this.#onTimer(now);
  }

  /** The current try is over; wait, then try again. */
  #fail(cause: LostCause, now: number): LinkEffect[] {
    if (this.#step === "waiting" || this.#step === "none") return [];
    const wasUp = this.#step === "up";
    if (wasUp) this.#lostAt = now - (cause === "silent" ? SILENCE_MS : 0);
    const isSteady = wasUp && now - this.#upAt >= STEADY_MS;
    if (isSteady) this.#failures = 0;
    this.#try += 1; // Whatever the old try still reports is ignored.
    this.#cause = cause;
    this.#restoredAfterMs = null;
    this.#phase = this.#wasAttached ? "lost" : "connecting";
    this.#enter("waiting", now);
    const wait = this.#backoff();
    this.#failures += 1;
    return [{ kind: "close_socket" }, { kind: "publish" }, wait];
  }

  #backoff(): LinkEffect {
    const floorMs = this.#retryAfterMs;
    this.#retryAfterMs = 0;
    if (this.#failures === 0) return { kind: "wait", floorMs, ceilingMs: floorMs };
    const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(this.#failures, 16));
    return { kind: "wait", floorMs, ceilingMs: floorMs + ceiling };
  }

  #end(ending: Ending): LinkEffect[] {
    this.#phase = "ended";
    this.#step = "none";
    this.#ending = ending;
    this.#try += 1;
    return [{ kind: "close_socket" }, { kind: "publish" }];
  }
}
