// Output on its way from the socket to the page, decided purely: every byte once and in order
// (offsets are absolute), sizes changing exactly between the bytes they separate, many small
// frames joined into few large writes while the page is busy.

import { ACK_EVERY, type Size } from "../wire/frames";

/** Largest joined piece handed to the page, in bytes: above it a write blocks painting. */
export const JOIN_LIMIT = 64 * 1024;
/** Size changes waiting for their offset; a node sends at most a few. */
const MAX_HELD_SIZES = 16;

type Bytes = Uint8Array<ArrayBuffer>;

/** What the page applies, strictly in order. `end` is the offset after it. */
export type ScreenItem =
  | ({ kind: "snapshot"; data: Bytes; end: number } & Size)
  | { kind: "output"; data: Bytes; end: number }
  | ({ kind: "resize" } & Size);

/** What to do about an Output frame. */
export type Accepted = "taken" | "skipped" | "gap";

/** Orders output and refuses holes. */
export class OutputTracker {
  #received: number | null = null;
  #isAwaitingSnapshot = true;
  #sizes: ({ offset: number } & Size)[] = [];
  #items: ScreenItem[] = [];

  /** Where output continues for this page; null before the first snapshot. */
  get received(): number | null {
    return this.#received;
  }

  /** A new socket. Unless it resumes, output is meaningless until the snapshot. */
  attached(resumed: boolean): void {
    this.#isAwaitingSnapshot = !resumed || this.#received === null;
    this.#sizes = [];
  }

  snapshot(offset: number, size: Size, data: Bytes): void {
    this.#isAwaitingSnapshot = false;
    this.#received = offset;
    this.#sizes = this.#sizes.filter((held) => held.offset > offset);
    this.#items.push({ kind: "snapshot", data, end: offset, cols: size.cols, rows: size.rows });
  }

  /** A gap means: ask for a redraw. Until its snapshot arrives everything is skipped. */
  output(offset: number, data: Bytes): Accepted {
    if (this.#isAwaitingSnapshot || this.#received === null) return "skipped";
    if (offset > this.#received) {
      this.#isAwaitingSnapshot = true;
      return "gap";
    }
    const fresh = data.subarray(Math.min(this.#received - offset, data.byteLength));
    if (fresh.byteLength === 0) return "skipped";
    this.#append(fresh);
    return "taken";
  }

  resized(offset: number, size: Size): void {
    if (this.#isAwaitingSnapshot) return; // The snapshot carries the size.
    this.#sizes.push({ offset, cols: size.cols, rows: size.rows });
    if (this.#sizes.length > MAX_HELD_SIZES) this.#sizes.shift();
    this.#releaseSizes();
  }

  /** What the page should apply now. */
  take(): ScreenItem[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }

  #append(data: Bytes): void {
    let rest = data;
    while (rest.byteLength > 0) {
      const start = this.#received ?? 0;
      const border = this.#sizes.find((held) => held.offset > start)?.offset ?? Infinity;
      const part = rest.subarray(0, Math.min(rest.byteLength, border - start));
      rest = rest.subarray(part.byteLength);
      this.#received = start + part.byteLength;
      this.#items.push({ kind: "output", data: part, end: this.#received });
      this.#releaseSizes();
    }
  }

  #releaseSizes(): void {
    const reached = this.#received ?? 0;
    while (this.#sizes[0] !== undefined && this.#sizes[0].offset <= reached) {
      const size = this.#sizes.shift();
      if (size) this.#items.push({ kind: "resize", cols: size.cols, rows: size.rows });
    }
  }
}

/** Hands items to the page: at once when it is idle, joined while it is busy. */
export class PagePacer {
  #waiting: ScreenItem[] = [];
  #waitingBytes = 0;
  #posted = 0;
  #consumed = 0;

  push(items: ScreenItem[]): void {
    for (const item of items) {
      this.#waiting.push(item);
      if (item.kind !== "resize") this.#waitingBytes += item.data.byteLength;
    }
  }

  /** The page has drawn everything before `offset`. */
  consumed(offset: number): void {
    this.#consumed = offset;
  }

  /** A batch for the page, or nothing yet. */
  take(): ScreenItem[] {
    if (this.#waiting.length === 0) return [];
    const isIdle = this.#consumed >= this.#posted;
    const isControl = this.#waiting.some((item) => item.kind !== "output");
    if (!isIdle && !isControl && this.#waitingBytes < JOIN_LIMIT) return [];
    const batch = join(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const item of batch) {
      if (item.kind === "resize") continue;
      if (item.kind === "snapshot") this.#consumed = Math.min(this.#consumed, item.end - 1);
      this.#posted = item.end;
    }
    return batch;
  }
}

/** Joins neighbouring outputs into pieces of at most {@link JOIN_LIMIT}. */
export function join(items: ScreenItem[]): ScreenItem[] {
  const out: ScreenItem[] = [];
  let run: Bytes[] = [];
  let size = 0;
  let end = 0;
  const close = (): void => {
    const [only] = run;
    if (run.length === 1 && only) out.push({ kind: "output", data: only, end });
    else if (run.length > 1) out.push({ kind: "output", data: concat(run, size), end });
    run = [];
    size = 0;
  };
  for (const item of items) {
    if (item.kind !== "output") {
      close();
      out.push(item);
      continue;
    }
    if (size + item.data.byteLength > JOIN_LIMIT) close();
    run.push(item.data);
    size += item.data.byteLength;
    end = item.end;
  }
  close();
  return out;
}

function concat(parts: Bytes[], size: number): Bytes {
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.byteLength;
  }
  return out;
}

/** Decides when consumed output is acknowledged: every {@link ACK_EVERY} and when caught up. */
export class Acknowledger {
  #acked = 0;

  /** A new socket knows what was consumed from `Attach` or will restart at a snapshot. */
  reset(offset: number): void {
    this.#acked = offset;
  }

  /** The offset to acknowledge now, if any. */
  consumed(offset: number, received: number): number | null {
    if (offset === this.#acked) return null;
    const isCaughtUp = offset >= received;
    if (!isCaughtUp && Math.abs(offset - this.#acked) < ACK_EVERY) return null;
    this.#acked = offset;
    return offset;
  }
}
