// Mouse, pen, wheel and fingers on a canvas: listens, and leaves every decision to `pointer` and
// `touch`.

import type { Box, Pointer } from "../wire/frames";
import { buttonsOf, PointerDesk } from "./pointer";
import { Gestures, type TouchEffect } from "./touch";

export interface PointingEvents {
  /** Size of the desktop; null while there is none. */
  size(): Box | null;
  /** Somebody listens to {@link say}; a wheel that nobody hears scrolls the view. */
  isHeard(): boolean;
  say(pointer: Pointer): void;
  /** The view is larger than its window. */
  canPan(): boolean;
  pan(dx: number, dy: number): void;
  pinch(factor: number, x: number, y: number): void;
  /** A locked pointer moved: nobody else draws it. */
  placed(x: number, y: number): void;
  /** A finger tapped; a soft keyboard may be wanted. */
  tapped(): void;
}

const LEFT = 1;
const RIGHT = 4;

/** Listens on `canvas`; returns how to stop. */
export function watchPointing(canvas: HTMLElement, events: PointingEvents): () => void {
  const watch = new Pointing(canvas, events);
  return () => watch.stop();
}

class Pointing {
  readonly #canvas: HTMLElement;
  readonly #events: PointingEvents;
  readonly #pointer = new PointerDesk();
  readonly #gestures = new Gestures();
  readonly #abort = new AbortController();
  #frame = 0;
  #restTimer = 0;

  constructor(canvas: HTMLElement, events: PointingEvents) {
    this.#canvas = canvas;
    this.#events = events;
    const options = { signal: this.#abort.signal, passive: false } as const;
    const on = <K extends keyof HTMLElementEventMap>(
      name: K,
      run: (event: HTMLElementEventMap[K]) => void,
    ) => canvas.addEventListener(name, run, options);
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#cancel(event));
    on("lostpointercapture", (event) => event.pointerType !== "touch" && this.#lost(event));
    on("wheel", (event) => this.#wheel(event));
    // No menu of the browser, no autoscroll, no way back or forward: these are the target's.
    on("contextmenu", (event) => event.preventDefault());
    on("mousedown", (event) => event.preventDefault());
    on("mouseup", (event) => event.preventDefault());
    on("auxclick", (event) => event.preventDefault());
  }

  stop(): void {
    this.#abort.abort();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#restTimer);
    this.#say(this.#pointer.release());
  }

  #down(event: PointerEvent): void {
    this.#canvas.focus({ preventScroll: true });
    if (event.pointerType === "touch") {
      event.preventDefault();
      const { clientX, clientY, pointerId } = event;
      this.#touched(this.#gestures.down(pointerId, clientX, clientY, performance.now()));
      return;
    }
    // Without a capture a button that comes up outside the window would hang.
    if (!document.pointerLockElement) this.#canvas.setPointerCapture(event.pointerId);
    this.#mouse(event);
  }

  #move(event: PointerEvent): void {
    if (event.pointerType === "touch") {
      const { clientX, clientY, pointerId } = event;
      const canPan = this.#events.canPan();
      this.#touched(this.#gestures.move(pointerId, clientX, clientY, canPan));
    } else {
      this.#mouse(event);
    }
  }

  #up(event: PointerEvent): void {
    if (event.pointerType !== "touch") {
      this.#mouse(event);
      return;
    }
    const effects = this.#gestures.up(event.pointerId, performance.now());
    this.#touched(effects);
    if (effects.some((effect) => effect.kind === "click")) this.#events.tapped();
  }

  #cancel(event: PointerEvent): void {
    if (event.pointerType === "touch") this.#touched(this.#gestures.cancel());
    else this.#say(this.#pointer.release());
  }

  #lost(event: PointerEvent): void {
    if (event.buttons === 0) this.#say(this.#pointer.release());
  }

  #mouse(event: PointerEvent): void {
    const size = this.#events.size();
    if (!size) return;
    const buttons = buttonsOf(event.buttons);
    if (document.pointerLockElement === this.#canvas) {
      const scale = size.width / Math.max(1, this.#canvas.clientWidth);
      const [dx, dy] = [event.movementX * scale, event.movementY * scale];
      this.#say(this.#pointer.by(dx, dy, buttons, size));
      const { x, y } = this.#pointer.place;
      this.#events.placed(x / scale, y / scale);
    } else {
      const [x, y] = this.#placeOf(event.clientX, event.clientY, size);
      this.#say(this.#pointer.to(x, y, buttons, size));
    }
    this.#soon();
  }

  #wheel(event: WheelEvent): void {
    if (!this.#events.isHeard()) return;
    event.preventDefault();
    const size = this.#events.size();
    if (!size) return;
    const isLocked = document.pointerLockElement === this.#canvas;
    if (!isLocked) this.#goTo(event.clientX, event.clientY, buttonsOf(event.buttons), size);
    this.#say(this.#pointer.wheel(event.deltaX, event.deltaY, event.deltaMode));
    this.#soon();
  }

  #touched(effects: TouchEffect[]): void {
    clearTimeout(this.#restTimer);
    const size = this.#events.size();
    if (size) for (const effect of effects) this.#run(effect, size);
    const { deadline } = this.#gestures;
    if (deadline === null) return;
    const wait = Math.max(0, deadline - performance.now()) + 1;
    this.#restTimer = window.setTimeout(() => {
      const rested = this.#gestures.wait(performance.now());
      if (rested.length > 0) navigator.vibrate?.(10);
      this.#touched(rested);
    }, wait);
  }

  #run(effect: TouchEffect, size: Box): void {
    switch (effect.kind) {
      case "move":
        this.#goTo(effect.x, effect.y, null, size);
        this.#soon();
        break;
      case "press":
        this.#click(effect.x, effect.y, LEFT, size);
        break;
      case "lift":
        this.#say(this.#pointer.release());
        break;
      case "click":
        this.#click(effect.x, effect.y, effect.button === "left" ? LEFT : RIGHT, size);
        this.#say(this.#pointer.release());
        break;
      case "scroll":
        this.#goTo(effect.x, effect.y, 0, size);
        this.#say(this.#pointer.notches(effect.notchesX, effect.notchesY));
        break;
      case "pan":
        this.#events.pan(effect.dx, effect.dy);
        break;
      case "pinch":
        this.#events.pinch(effect.factor, effect.x, effect.y);
        break;
    }
  }

  /** Goes there first, so that what is under the pointer sees it come, then presses. */
  #click(clientX: number, clientY: number, button: number, size: Box): void {
    this.#goTo(clientX, clientY, 0, size);
    this.#say(this.#pointer.take());
    this.#goTo(clientX, clientY, button, size);
  }

  /** `buttons` null: as they are. */
  #goTo(clientX: number, clientY: number, buttons: number | null, size: Box): void {
    const [x, y] = this.#placeOf(clientX, clientY, size);
    this.#say(this.#pointer.to(x, y, buttons ?? this.#pointer.buttons, size));
  }

  #placeOf(clientX: number, clientY: number, size: Box): [x: number, y: number] {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    if (width === 0 || height === 0) return [0, 0];
    return [((clientX - left) * size.width) / width, ((clientY - top) * size.height) / height];
  }

  /** The latest place with the next frame: more than the screen shows is of no use. */
  #soon(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#say(this.#pointer.take());
    });
  }

  #say(pointer: Pointer | null): void {
    if (pointer) this.#events.say(pointer);
  }
}
