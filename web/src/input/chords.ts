// The only keys a session view takes for itself: chords that begin with Ctrl+Alt+Shift. Pure.
// Ctrl+Alt+Shift pressed and released alone opens the menu; with another key it is a command.
// Everything else belongs to the session.

export type ChordAction = "menu" | "previous_tab" | "next_tab" | "fullscreen" | "leave" | "help";

/** The part of a `KeyboardEvent` that matters. */
export interface KeyStroke {
  key: string;
  code: string;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
  repeat: boolean;
}

export interface ChordResult {
  action: ChordAction | null;
  /** Keep the key from the page and the session. */
  isTaken: boolean;
}

const PASS: ChordResult = { action: null, isTaken: false };
const MODIFIERS = new Set(["Control", "Alt", "Shift", "AltGraph", "Meta"]);

// By `code`: with Alt and Shift held, `key` is whatever the layout makes of it.
const ACTIONS: Record<string, ChordAction> = {
  ArrowLeft: "previous_tab",
  ArrowUp: "previous_tab",
  ArrowRight: "next_tab",
  ArrowDown: "next_tab",
  KeyF: "fullscreen",
  KeyD: "leave",
  Slash: "help",
};

export class Chords {
  #isArmed = false;

  down(stroke: KeyStroke): ChordResult {
    const isChord = stroke.ctrlKey && stroke.altKey && stroke.shiftKey && !stroke.metaKey;
    if (MODIFIERS.has(stroke.key)) {
      if (isChord && !stroke.repeat) this.#isArmed = true;
      return PASS;
    }
    this.#isArmed = false;
    const action = isChord ? ACTIONS[stroke.code] : undefined;
    if (action === undefined) return PASS;
    return { action: stroke.repeat ? null : action, isTaken: true };
  }

  up(stroke: KeyStroke): ChordResult {
    if (!this.#isArmed || !MODIFIERS.has(stroke.key)) return PASS;
    this.#isArmed = false;
    return { action: "menu", isTaken: true };
  }

  /** The window lost its focus: whatever was held is unknown now. */
  blur(): void {
    this.#isArmed = false;
  }
}
