// Feeds xterm.js in order: outputs in pieces, a size only after everything before it is parsed, a
// snapshot in ONE write and never after `reset()`. Says what has been consumed, for flow control.

import type { ScreenItem } from "../link/output";
import type { Size } from "../wire/frames";
import { WholeCharacters } from "./utf8";

/** Largest single write of output, in bytes: above it one write costs a frame. */
const WRITE_LIMIT = 64 * 1024;

/** The part of xterm.js that is fed. */
export interface Sink {
  readonly cols: number;
  readonly rows: number;
  write(data: Uint8Array, done: () => void): void;
  resize(cols: number, rows: number): void;
}

export interface PumpEvents {
  /** Everything before `offset` is on the screen. */
  consumed(offset: number): void;
  /** A whole screen replaced the old one. */
  snapshot(): void;
  resized(size: Size): void;
}

export class Pump {
  readonly #sink: Sink;
  readonly #events: PumpEvents;
  readonly #characters = new WholeCharacters();
  #queue: ScreenItem[] = [];
  #writing = 0;
  #isDisposed = false;

  constructor(sink: Sink, events: PumpEvents) {
    this.#sink = sink;
    this.#events = events;
  }

  push(items: ScreenItem[]): void {
    this.#queue.push(...items);
    this.#step();
  }

  /** Nothing is applied or reported any more. */
  dispose(): void {
    this.#isDisposed = true;
    this.#queue = [];
  }

  #step(): void {
    while (!this.#isDisposed) {
      const item = this.#queue[0];
      if (!item) return;
      // xterm.js parses later than `write` returns; a size or a snapshot must not overtake.
      if (item.kind !== "output" && this.#writing > 0) return;
      this.#queue.shift();
      if (item.kind === "output") this.#writeOutput(item.data, item.end);
      else if (item.kind === "resize") this.#resize(item);
      else this.#writeSnapshot(item);
    }
  }

  #resize({ cols, rows }: Size): void {
    if (cols !== this.#sink.cols || rows !== this.#sink.rows) this.#sink.resize(cols, rows);
    this.#events.resized({ cols, rows });
  }

  #writeSnapshot(item: Extract<ScreenItem, { kind: "snapshot" }>): void {
    this.#resize(item);
    this.#characters.forget();
    this.#write(item.data, () => {
      this.#events.snapshot();
      this.#events.consumed(item.end);
    });
  }

  #writeOutput(data: Uint8Array, end: number): void {
    const start = end - data.byteLength;
    for (let at = 0; at < data.byteLength; at += WRITE_LIMIT) {
      const piece = data.subarray(at, at + WRITE_LIMIT);
      const consumed = start + at + piece.byteLength;
      this.#write(piece, () => this.#events.consumed(consumed));
    }
  }

  #write(data: Uint8Array, done: () => void): void {
    this.#writing += 1;
    this.#sink.write(this.#characters.next(data), () => {
      this.#writing -= 1;
      if (this.#isDisposed) return;
      done();
      this.#step();
    });
  }
}
