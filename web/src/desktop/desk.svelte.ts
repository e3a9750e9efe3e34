// Everything behind one desktop view: keys with their clipboard, the size to wish for, the view.

import { readText } from "../input/clipboard";
import type { SessionDesk } from "../session/desk.svelte";
import { type Box, type Key, MAX_SET_CLIPBOARD } from "../wire/frames";
import { pressed } from "./combos";
import { isPaste, Keyboard, type Stroke, systemOf } from "./keyboard";
import { boxOf, type View, zoomed } from "./layout";
import { desktopPreferences } from "./preferences.svelte";

/** How long a paste key waits for the clipboard. */
const PASTE_WAIT_MS = 150;
/** How long a Control of Windows waits for AltGr: they come together. */
const ALT_GR_MS = 60;
/** Quiet time after the last size change of the window before the node hears of it. */
const RESIZE_QUIET_MS = 300;
/** Keys that may wait for the clipboard; more are not typed in that time. */
const MOST_WAITING = 256;

const BACKSPACE = 0xff08;

export class DesktopDesk {
  readonly #session: SessionDesk;
  readonly #keyboard = new Keyboard(systemOf(navigator.platform));
  /** Device pixels here for one there, as laid out now. */
  factor = $state(1);
  /** A finger or a menu asked for the soft keyboard. */
  wantsText = $state(false);
  #focus: () => void = () => {};
  #lock: () => void = () => {};
  /** Keys behind a paste; null when none waits. */
  #waiting: Key[] | null = null;
  #pasteTimer = 0;
  #controlTimer = 0;
  #resizeTimer = 0;
  #room: Box = { width: 0, height: 0 };
  #wished: Box;
  #isActive = true;
  /** What both clipboards hold, as far as is known. */
  #text: string | null = null;

  constructor(session: SessionDesk) {
    this.#session = session;
    this.#wished = session.model.box;
  }

  /** How the view takes the keys, and locks the pointer. */
  attachView(focus: () => void, lock: () => void): void {
    this.#focus = focus;
    this.#lock = lock;
  }

  dispose(): void {
    clearTimeout(this.#pasteTimer);
    clearTimeout(this.#controlTimer);
    clearTimeout(this.#resizeTimer);
  }

  focus(): void {
    this.#focus();
  }

  lockPointer(): void {
    this.#lock();
  }

  // Keys.

  set leds(leds: { capsLock: boolean; numLock: boolean; scrollLock: boolean }) {
    this.#keyboard.leds = leds;
  }

  keydown(event: KeyboardEvent): void {
    // Whoever only watches keeps the page's keys, Tab among them.
    if (event.isComposing || !this.#session.model.wire) return;
    const stroke = strokeOf(event);
    const keys = this.#keyboard.down(stroke);
    const pastes = isPaste(event) && !event.repeat;
    // The browser pastes by itself, without asking, when it may handle the key.
    if (pastes) this.#hold();
    else event.preventDefault();
    this.#send(keys);
    clearTimeout(this.#controlTimer);
    if (this.#keyboard.isUnsettled) {
      this.#controlTimer = window.setTimeout(() => this.#send(this.#keyboard.settle()), ALT_GR_MS);
    }
  }

  keyup(event: KeyboardEvent): void {
    if (!this.#session.model.wire) return;
    event.preventDefault();
    this.#send(this.#keyboard.up(event));
  }

  /** Presses and lifts named keys. */
  press(names: string[]): void {
    this.#send(pressed(names));
  }

  /** Text of an input method or a soft keyboard. */
  type(text: string): void {
    this.#send(this.#keyboard.type(text));
  }

  /** Erases before the caret. */
  erase(count: number): void {
    for (let step = 0; step < count; step += 1) {
      const key = { scancode: 0x0e, keysym: BACKSPACE };
      this.#send([
        { ...key, down: true },
        { ...key, down: false },
      ]);
    }
  }

  /** The keys went elsewhere: whatever is held comes up, at the node as well. */
  releaseKeys(): void {
    clearTimeout(this.#controlTimer);
    this.#open();
    const wasHolding = this.#keyboard.isHolding;
    this.#send(this.#keyboard.release());
    if (wasHolding) this.#session.model.wire?.releaseKeys();
  }

  // Clipboard.

  /** The browser pasted: the target gets the text before the keys that ask for it. */
  paste(text: string): void {
    this.putClipboard(text);
    this.#open();
  }

  /** Puts text into the target's clipboard, unless it came from there. */
  putClipboard(text: string): void {
    if (text === "" || text === this.#text) return;
    if (new TextEncoder().encode(text).byteLength > MAX_SET_CLIPBOARD) {
      this.#session.notices.show(
        `Your clipboard is too long for the session: more than ${MAX_SET_CLIPBOARD / 1024} KB.`,
        { tone: "warn" },
      );
      return;
    }
    this.#text = text;
    this.#session.model.wire?.setClipboard(text);
  }

  /** The target's clipboard holds this now. */
  clipboardIs(text: string): void {
    this.#text = text;
  }

  /** Takes what was copied elsewhere over, where the browser allows it without a question. */
  async syncClipboard(): Promise<void> {
    if (!this.#session.model.wire) return;
    try {
      const name = "clipboard-read" as PermissionName; // Chromium knows it; others throw.
      const { state } = await navigator.permissions.query({ name });
      if (state !== "granted" || !document.hasFocus()) return;
    } catch {
      return;
    }
    const text = await readText();
    if (text !== null) this.putClipboard(text);
  }

  #hold(): void {
    this.#waiting ??= [];
    clearTimeout(this.#pasteTimer);
    this.#pasteTimer = window.setTimeout(() => this.#open(), PASTE_WAIT_MS);
  }

  #open(): void {
    clearTimeout(this.#pasteTimer);
    const keys = this.#waiting ?? [];
    this.#waiting = null;
    this.#send(keys);
  }

  #send(keys: Key[]): void {
    if (!this.#waiting) {
      for (const key of keys) this.#session.model.wire?.key(key);
      return;
    }
    this.#waiting.push(...keys);
    if (this.#waiting.length > MOST_WAITING) this.#open();
  }

  // Size and view.

  setActive(isActive: boolean): void {
    this.#isActive = isActive;
    if (isActive) this.#wishSoon();
    else this.releaseKeys();
  }

  /** The window has another size, in CSS pixels. */
  setRoom(room: Box): void {
    this.#room = room;
    this.#wishSoon();
  }

  /** Asks for the size that fills the window, whatever another viewer chose. */
  takeSize(): void {
    this.#wish(true);
  }

  setFollows(follows: boolean): void {
    desktopPreferences.change({ follows });
    if (follows) this.#wish(true);
  }

  setView(view: View): void {
    desktopPreferences.change({ view });
  }

  zoom(steps: number): void {
    this.setView(zoomed(this.factor, steps));
  }

  #wishSoon(): void {
    clearTimeout(this.#resizeTimer);
    this.#resizeTimer = window.setTimeout(() => {
      if (desktopPreferences.current.follows) this.#wish(false);
    }, RESIZE_QUIET_MS);
  }

  #wish(always: boolean): void {
    const box = boxOf(this.#room, devicePixelRatio);
    if (!this.#isActive || box.width === 0) return;
    const isSame = box.width === this.#wished.width && box.height === this.#wished.height;
    if (isSame && !always) return;
    this.#wished = box;
    this.#session.model.wire?.resizeDesktop(box);
  }
}

function strokeOf(event: KeyboardEvent): Stroke {
  const { code, key, location, repeat, ctrlKey, altKey, metaKey } = event;
  return {
    ...{ code, key, location, repeat, ctrlKey, altKey, metaKey },
    capsLock: event.getModifierState("CapsLock"),
    numLock: event.getModifierState("NumLock"),
  };
}
