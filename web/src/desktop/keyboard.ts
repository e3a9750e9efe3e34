// A keyboard, decided purely: strokes of the browser in, keys of the target out.
//
// INVARIANT: every key that goes down comes up again, with the meaning that went down, whatever the
// browser forgets to say (`what_goes_down_comes_up`).

import type { Key, Leds } from "../wire/frames";
import { keysymOf, keysymOfText } from "./keysyms";
import { scancodeOf } from "./scancodes";

/** The part of a `KeyboardEvent` that matters. */
export interface Stroke {
  code: string;
  key: string;
  location: number;
  repeat: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  /** Lights of the keyboard here; absent when the browser does not tell. */
  capsLock?: boolean;
  numLock?: boolean;
}

export type System = "mac" | "windows" | "other";

interface Held {
  scancode: number;
  keysym: number;
}

const CAPS_LOCK: Held = { scancode: 0x3a, keysym: 0xffe5 };
const NUM_LOCK: Held = { scancode: 0x45, keysym: 0xff7f };
const ALT_GR: Held = { scancode: 0xe038, keysym: 0xfe03 };
const ALT_LEFT: Held = { scancode: 0x38, keysym: 0xffe9 };
const SUPER_RIGHT: Held = { scancode: 0xe05c, keysym: 0xffec };

const MODIFIER = /^(Shift|Control|Alt|Meta|OS)(Left|Right)?$|^(AltGraph|CapsLock|Fn)$/;

export class Keyboard {
  readonly #system: System;
  readonly #held = new Map<string, Held>();
  /** Windows says Control before AltGr: kept until the next stroke tells which it was. */
  #control: { code: string; held: Held } | null = null;
  #leds: Leds | null = null;

  constructor(system: System) {
    this.#system = system;
  }

  /** What the target's lights show. */
  set leds(leds: Leds) {
    this.#leds = { ...leds };
  }

  /** A Control that may belong to AltGr waits; call {@link settle} soon. */
  get isUnsettled(): boolean {
    return this.#control !== null;
  }

  /** No AltGr came: the Control was meant. */
  settle(): Key[] {
    const control = this.#control;
    this.#control = null;
    return control ? this.#press(control.code, control.held) : [];
  }

  down(stroke: Stroke): Key[] {
    if (stroke.key === "Process" || stroke.key === "Unidentified") return this.settle();
    if (this.#isAltGr(stroke)) {
      this.#control = null;
      return this.#press(stroke.code, ALT_GR);
    }
    const before = this.settle();
    const meant = this.#meant(stroke);
    if (meant.scancode === 0 && meant.keysym === 0) return before;
    if (this.#system === "windows" && stroke.code === "ControlLeft" && !stroke.repeat) {
      if (!this.#held.has(stroke.code)) {
        this.#control = { code: stroke.code, held: meant };
        return before;
      }
    }
    if (this.#comesUpUnseen(stroke)) return [...before, ...this.#lights(stroke), ...tap(meant)];
    return [...before, ...this.#lights(stroke), ...this.#press(stroke.code, meant, stroke.repeat)];
  }

  up(stroke: Pick<Stroke, "code" | "key">): Key[] {
    if (this.#control?.code === stroke.code) return [...this.settle(), ...this.#lift(stroke.code)];
    const before = this.settle();
    // While Meta is held macOS tells of no other key that comes up.
    if (this.#system === "mac" && stroke.key === "Meta") return [...before, ...this.release()];
    const out = [...before, ...this.#lift(stroke.code)];
    // One of two Shifts may come up unsaid on Windows.
    if (this.#system === "windows" && /^Shift/.test(stroke.code)) {
      out.push(...this.#lift("ShiftLeft"), ...this.#lift("ShiftRight"));
    }
    return out;
  }

  /** Text without keys: an input method, a soft keyboard, dictation. */
  type(text: string): Key[] {
    const out = this.settle();
    for (const character of text.replace(/\r\n/g, "\n")) {
      const keysym = keysymOfText(character);
      if (keysym !== 0) out.push(...tap({ scancode: 0, keysym }));
    }
    return out;
  }

  /** The keyboard is gone: whatever is held comes up. */
  release(): Key[] {
    this.#control = null;
    const out = [...this.#held.values()].reverse().map((held) => ({ ...held, down: false }));
    this.#held.clear();
    return out;
  }

  get isHolding(): boolean {
    return this.#held.size > 0 || this.#control !== null;
  }

  #meant(stroke: Stroke): Held {
    if (this.#system === "mac") {
      // Option types third-level characters and Command is where Alt is on other keyboards.
      if (stroke.key === "Alt") return ALT_GR;
      if (stroke.code === "MetaLeft") return ALT_LEFT;
      if (stroke.code === "MetaRight") return SUPER_RIGHT;
    }
    return {
      scancode: scancodeOf(stroke.code),
      keysym: keysymOf(stroke.key, stroke.location),
    };
  }

  #isAltGr(stroke: Stroke): boolean {
    if (stroke.repeat) return false;
    if (stroke.key === "AltGraph") return true;
    // Firefox on Windows says Control and Alt; a lone right Alt stays an Alt.
    return stroke.code === "AltRight" && this.#control !== null;
  }

  /** Keys whose coming up the browser will not tell. */
  #comesUpUnseen(stroke: Stroke): boolean {
    if (stroke.code === "") return true; // Soft keyboards: nothing to know it by.
    if (this.#system !== "mac") return false;
    if (stroke.key === "CapsLock") return true;
    return stroke.metaKey && !MODIFIER.test(stroke.key);
  }

  #press(code: string, meant: Held, isRepeat = false): Key[] {
    const held = this.#held.get(code);
    if (held && isRepeat) return [{ ...held, down: true }];
    const isOther = held && (held.keysym !== meant.keysym || held.scancode !== meant.scancode);
    const out: Key[] = isOther ? [{ ...held, down: false }] : [];
    this.#held.set(code, meant);
    out.push({ ...meant, down: true });
    return out;
  }

  #lift(code: string): Key[] {
    const held = this.#held.get(code);
    if (!held) return [];
    this.#held.delete(code);
    return [{ ...held, down: false }];
  }

  /** Makes the target's locks agree with the ones here, where they matter for this key. */
  #lights(stroke: Stroke): Key[] {
    const leds = this.#leds;
    if (!leds || stroke.repeat || MODIFIER.test(stroke.key) || stroke.key === "NumLock") return [];
    const out: Key[] = [];
    const isLetter = /^\p{L}$/u.test(stroke.key);
    if (isLetter && stroke.capsLock !== undefined && stroke.capsLock !== leds.capsLock) {
      leds.capsLock = stroke.capsLock;
      out.push(...tap(CAPS_LOCK));
    }
    const isPad = stroke.location === 3 && /^Numpad(\d|Decimal)$/.test(stroke.code);
    if (isPad && stroke.numLock !== undefined && stroke.numLock !== leds.numLock) {
      leds.numLock = stroke.numLock;
      out.push(...tap(NUM_LOCK));
    }
    return out;
  }
}

function tap(held: Held): Key[] {
  return [
    { ...held, down: true },
    { ...held, down: false },
  ];
}

/** Which rules a browser's keyboard follows. */
export function systemOf(platform: string): System {
  if (/mac|iphone|ipad/i.test(platform)) return "mac";
  return /win/i.test(platform) ? "windows" : "other";
}

/** Whether a stroke is about to paste, here and at the target. */
export function isPaste(
  stroke: Omit<Stroke, "location" | "repeat"> & { shiftKey: boolean },
): boolean {
  if (stroke.altKey) return false;
  // By meaning, as browsers do; by place only where the layout has no Latin letters.
  const isLatin = /^[\x20-\x7e]$/.test(stroke.key);
  const isV = isLatin ? stroke.key.toLowerCase() === "v" : stroke.code === "KeyV";
  if (isV) return stroke.ctrlKey && !stroke.metaKey;
  return stroke.key === "Insert" && stroke.shiftKey && !stroke.ctrlKey && !stroke.metaKey;
}
