// Fingers on a desktop, decided purely. A tap clicks, a long press clicks right, two fingers scroll
// or pinch, a tap followed by a drag drags; one finger alone moves the pointer, or the view when it
// is larger than the window. Times in milliseconds, places in CSS pixels.

/** Movement below this is a tap. */
const SLOP_PX = 10;
/** How long a finger rests for a right click. */
export const LONG_PRESS_MS = 500;
/** How soon, and how near, a second touch continues a tap. */
const DOUBLE_MS = 300;
const DOUBLE_PX = 40;
/** Finger way for one notch of the wheel. */
const NOTCH_PX = 32;
/** Change of finger distance that decides for a pinch, relative. */
const PINCH_START = 0.08;

export type TouchEffect =
  /** The pointer goes there. */
  | { kind: "move"; x: number; y: number }
  | { kind: "press"; x: number; y: number }
  | { kind: "lift" }
  | { kind: "click"; x: number; y: number; button: "left" | "right" }
  /** Whole notches; right and down are positive. */
  | { kind: "scroll"; x: number; y: number; notchesX: number; notchesY: number }
  | { kind: "pan"; dx: number; dy: number }
  | { kind: "pinch"; factor: number; x: number; y: number };

interface Finger {
  x: number;
  y: number;
}

type Mode = "none" | "rest" | "move" | "drag" | "two" | "scroll" | "pinch" | "done";

export class Gestures {
  readonly #fingers = new Map<number, Finger>();
  #mode: Mode = "none";
  #start: Finger = { x: 0, y: 0 };
  #startAt = 0;
  #isSecond = false;
  #tap: (Finger & { at: number }) | null = null;
  #distance = 0;
  #middle: Finger = { x: 0, y: 0 };
  #carried: Finger = { x: 0, y: 0 };

  /** When {@link wait} should be called, or null. */
  get deadline(): number | null {
    return this.#mode === "rest" && !this.#isSecond ? this.#startAt + LONG_PRESS_MS : null;
  }

  down(id: number, x: number, y: number, now: number): TouchEffect[] {
    this.#fingers.set(id, { x, y });
    if (this.#fingers.size === 1) {
      const { x: tapX = 0, y: tapY = 0, at = -Infinity } = this.#tap ?? {};
      this.#isSecond = now - at < DOUBLE_MS && Math.hypot(x - tapX, y - tapY) < DOUBLE_PX;
      this.#mode = "rest";
      this.#start = this.#isSecond ? { x: tapX, y: tapY } : { x, y };
      this.#startAt = now;
      this.#middle = { x, y };
      return [];
    }
    if (this.#fingers.size > 2) return this.#stop();
    const out: TouchEffect[] = this.#mode === "drag" ? [{ kind: "lift" }] : [];
    this.#mode = "two";
    this.#distance = this.#spread();
    this.#middle = this.#center();
    this.#carried = { x: 0, y: 0 };
    return out;
  }

  /** `canPan`: the view is larger than its window. */
  move(id: number, x: number, y: number, canPan: boolean): TouchEffect[] {
    const finger = this.#fingers.get(id);
    if (!finger) return [];
    finger.x = x;
    finger.y = y;
    switch (this.#mode) {
      case "rest":
        if (Math.hypot(x - this.#middle.x, y - this.#middle.y) < SLOP_PX) return [];
        this.#mode = this.#isSecond ? "drag" : "move";
        if (this.#isSecond)
          return [
            { kind: "press", ...this.#start },
            { kind: "move", x, y },
          ];
        return this.#moved(x, y, canPan);
      case "move":
        return this.#moved(x, y, canPan);
      case "drag":
        return [{ kind: "move", x, y }];
      case "two":
      case "scroll":
      case "pinch":
        return this.#two();
      default:
        return [];
    }
  }

  up(id: number, now: number): TouchEffect[] {
    if (!this.#fingers.delete(id)) return [];
    const mode = this.#mode;
    if (this.#fingers.size > 0) {
      this.#mode = "done";
      return mode === "drag" ? [{ kind: "lift" }] : [];
    }
    this.#mode = "none";
    if (mode === "drag") return [{ kind: "lift" }];
    if (mode !== "rest") return [];
    // A second tap lands exactly on the first, or the target sees no double click.
    this.#tap = this.#isSecond ? null : { ...this.#start, at: now };
    return [{ kind: "click", ...this.#start, button: "left" }];
  }

  /** Time passed: a resting finger may have become a right click. */
  wait(now: number): TouchEffect[] {
    const { deadline } = this;
    if (deadline === null || now < deadline) return [];
    this.#mode = "done";
    this.#tap = null;
    return [{ kind: "click", ...this.#start, button: "right" }];
  }

  /** The browser took the fingers away. */
  cancel(): TouchEffect[] {
    const out: TouchEffect[] = this.#mode === "drag" ? [{ kind: "lift" }] : [];
    this.#fingers.clear();
    this.#mode = "none";
    return out;
  }

  #stop(): TouchEffect[] {
    const out: TouchEffect[] = this.#mode === "drag" ? [{ kind: "lift" }] : [];
    this.#mode = "done";
    return out;
  }

  #moved(x: number, y: number, canPan: boolean): TouchEffect[] {
    const [dx, dy] = [x - this.#middle.x, y - this.#middle.y];
    this.#middle = { x, y };
    return [canPan ? { kind: "pan", dx, dy } : { kind: "move", x, y }];
  }

  #two(): TouchEffect[] {
    const [distance, middle] = [this.#spread(), this.#center()];
    const factor = this.#distance > 0 ? distance / this.#distance : 1;
    const [dx, dy] = [middle.x - this.#middle.x, middle.y - this.#middle.y];
    if (this.#mode === "two") {
      if (Math.abs(factor - 1) > PINCH_START) this.#mode = "pinch";
      else if (Math.hypot(dx, dy) > SLOP_PX) {
        // What was under the fingers scrolls, wherever they move.
        this.#mode = "scroll";
        this.#start = this.#middle;
      } else return [];
    }
    this.#middle = middle;
    if (this.#mode === "pinch") {
      this.#distance = distance;
      return [
        { kind: "pinch", factor, ...middle },
        { kind: "pan", dx, dy },
      ];
    }
    return this.#scroll(dx, dy);
  }

  /** The picture follows the fingers: up is towards what comes below. */
  #scroll(dx: number, dy: number): TouchEffect[] {
    this.#carried.x -= dx;
    this.#carried.y -= dy;
    const notchesX = Math.trunc(this.#carried.x / NOTCH_PX);
    const notchesY = Math.trunc(this.#carried.y / NOTCH_PX);
    if (notchesX === 0 && notchesY === 0) return [];
    this.#carried.x -= notchesX * NOTCH_PX;
    this.#carried.y -= notchesY * NOTCH_PX;
    return [{ kind: "scroll", ...this.#start, notchesX, notchesY }];
  }

  #center(): Finger {
    const all = [...this.#fingers.values()];
    const sum = (pick: (finger: Finger) => number) =>
      all.reduce((total, finger) => total + pick(finger), 0) / Math.max(1, all.length);
    return { x: sum((finger) => finger.x), y: sum((finger) => finger.y) };
  }

  #spread(): number {
    const [one, two] = [...this.#fingers.values()];
    return one && two ? Math.hypot(one.x - two.x, one.y - two.y) : 0;
  }
}
