// A pointer, decided purely: where it is waits for the next animation frame, what its buttons do
// goes at once, and wheels of every kind become whole notches.

import type { Box, Pointer } from "../wire/frames";

/** CSS pixels of a wheel for one notch: what Chromium says of a mouse. */
const NOTCH_PX = 100;
/** From here on an unfinished notch counts: a trackpad must not feel dead. */
const LEAST_PX = 50;
/** CSS pixels of one line and one page, for browsers that count in those. */
const LINE_PX = 34;
const PAGE_PX = 300;
/** Most notches of one event; a flung trackpad is no reason for hundreds. */
const MOST_NOTCHES = 10;

/** DOM `buttons` (right before middle) as ours. */
export function buttonsOf(dom: number): number {
  return (dom & 1) | ((dom & 4) >> 1) | ((dom & 2) << 1) | (dom & 8) | (dom & 16);
}

/** One axis of a wheel. */
export class Notches {
  #carried = 0;

  /** Whole notches of `delta`, in units of `mode` (`WheelEvent.deltaMode`). */
  turn(delta: number, mode: number): number {
    const unit = mode === 1 ? LINE_PX : mode === 2 ? PAGE_PX : 1;
    if (delta * this.#carried < 0) this.#carried = 0;
    this.#carried += delta * unit;
    const size = Math.abs(this.#carried);
    if (size < LEAST_PX) return 0;
    const notches = Math.min(MOST_NOTCHES, Math.max(1, Math.round(size / NOTCH_PX)));
    const signed = Math.sign(this.#carried) * notches;
    this.#carried = 0;
    return signed;
  }
}

/** What has been said of the pointer, and what is still to be said. */
export class PointerDesk {
  #x = 0;
  #y = 0;
  #buttons = 0;
  #isMoved = false;
  readonly #wheelX = new Notches();
  readonly #wheelY = new Notches();

  /** Moves; null when it can wait for {@link take}, else what to say now. */
  to(x: number, y: number, buttons: number, size: Box): Pointer | null {
    const [column, row] = [clamp(x, size.width), clamp(y, size.height)];
    this.#isMoved ||= column !== this.#x || row !== this.#y;
    this.#x = column;
    this.#y = row;
    if (buttons === this.#buttons) return null;
    this.#buttons = buttons;
    return this.#say();
  }

  /** Moves by something, for a pointer that is locked. */
  by(dx: number, dy: number, buttons: number, size: Box): Pointer | null {
    return this.to(this.#x + dx, this.#y + dy, buttons, size);
  }

  /** Turns the wheel; null while no notch is complete. */
  wheel(deltaX: number, deltaY: number, mode: number): Pointer | null {
    return this.notches(this.#wheelX.turn(deltaX, mode), this.#wheelY.turn(deltaY, mode));
  }

  notches(wheelX: number, wheelY: number): Pointer | null {
    if (wheelX === 0 && wheelY === 0) return null;
    return { ...this.#say(), wheelX, wheelY };
  }

  /** The latest place, if it was not said yet. */
  take(): Pointer | null {
    return this.#isMoved ? this.#say() : null;
  }

  /** The pointer is gone: no button stays down. */
  release(): Pointer | null {
    if (this.#buttons === 0) return null;
    this.#buttons = 0;
    return this.#say();
  }

  get buttons(): number {
    return this.#buttons;
  }

  get place(): { x: number; y: number } {
    return { x: this.#x, y: this.#y };
  }

  #say(): Pointer {
    this.#isMoved = false;
    return { x: this.#x, y: this.#y, buttons: this.#buttons, wheelX: 0, wheelY: 0 };
  }
}

function clamp(value: number, size: number): number {
  return Math.max(0, Math.min(size - 1, Math.floor(value)));
}
