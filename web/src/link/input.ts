// Typed and pasted bytes on their way to the node, decided purely. At most once: bytes that were
// sent and not acknowledged when a link breaks are never sent again.
//
// INVARIANT: what the target receives is a prefix-gapless run of what was typed, or typing is
// visibly refused. If sent bytes may be lost, everything typed until the next attach is dropped
// too: a command with a hole in it could mean something else (`input_is_never_sent_with_a_hole`).

import { INPUT_WINDOW } from "../wire/frames";

/** Largest Input frame, in bytes; small enough that a paste does not hold up a Ctrl-C for long. */
const CHUNK = 16 * 1024;
/** Bytes kept for a link that is away; beyond this typing is refused. */
export const HELD_WHILE_AWAY = 1024;
/** How long bytes typed while the link is away stay worth sending. */
export const HELD_FOR_MS = 5000;
/** Largest paste that waits for the window, in bytes. */
export const QUEUE_LIMIT = 8 * 1024 * 1024;

export interface InputFrame {
  offset: number;
  data: Uint8Array;
}

/** What became of typed bytes. */
export type Typed = "queued" | "refused";

export class InputWindow {
  #queue: Uint8Array[] = [];
  #queued = 0;
  #sent = 0;
  #acked = 0;
  #isUp = false;
  #hasHole = false;
  #awaySince = 0;

  /** A new socket: its input starts at zero. Returns how many bytes typed meanwhile were dropped. */
  attached(now: number): number {
    const isLate = this.#awaySince > 0 && now - this.#awaySince > HELD_FOR_MS;
    const dropped = this.#hasHole || isLate ? this.#clear() : 0;
    this.#isUp = true;
    this.#sent = 0;
    this.#acked = 0;
    this.#hasHole = false;
    this.#awaySince = 0;
    return dropped;
  }

  /** The link is away. Returns how many sent bytes may not have arrived. */
  lost(now: number): number {
    if (!this.#isUp) return 0;
    const unknown = this.#sent - this.#acked;
    this.#isUp = false;
    this.#awaySince = now;
    if (unknown > 0 || this.#queued > HELD_WHILE_AWAY) {
      this.#hasHole = true;
      return unknown + this.#clear();
    }
    return 0;
  }

  typed(data: Uint8Array): Typed {
    if (data.byteLength === 0) return "queued";
    const limit = this.#isUp ? QUEUE_LIMIT : HELD_WHILE_AWAY;
    if (this.#hasHole || this.#queued + data.byteLength > limit) {
      if (!this.#isUp) this.#hasHole = true;
      return "refused";
    }
    this.#queue.push(data);
    this.#queued += data.byteLength;
    return "queued";
  }

  /** Frames that may go out now. */
  take(): InputFrame[] {
    const frames: InputFrame[] = [];
    while (this.#isUp && this.#queued > 0) {
      const room = Math.min(CHUNK, INPUT_WINDOW - (this.#sent - this.#acked), this.#queued);
      if (room <= 0) break;
      frames.push({ offset: this.#sent, data: this.#cut(room) });
      this.#sent += room;
    }
    return frames;
  }

  /** The node handed everything before `offset` to the driver. False: it cannot have. */
  acked(offset: number): boolean {
    if (offset > this.#sent) return false;
    this.#acked = Math.max(this.#acked, offset);
    return true;
  }

  /** Sent but unacknowledged bytes. */
  get inFlight(): number {
    return this.#sent - this.#acked;
  }

  #clear(): number {
    const dropped = this.#queued;
    this.#queue = [];
    this.#queued = 0;
    return dropped;
  }

  #cut(size: number): Uint8Array {
    const out = new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      const head = this.#queue[0];
      if (!head) break;
      const part = head.subarray(0, size - filled);
      out.set(part, filled);
      filled += part.byteLength;
      if (part.byteLength === head.byteLength) this.#queue.shift();
      else this.#queue[0] = head.subarray(part.byteLength);
    }
    this.#queued -= filled;
    return out;
  }
}
