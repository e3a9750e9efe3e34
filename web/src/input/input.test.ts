import { describe, expect, it } from "vitest";

import { Chords, type KeyStroke } from "./chords";
import { encodeKey, NO_MODIFIERS } from "./keys";
import { LARGE_PASTE, needsConfirmation, preparePaste, wrapPaste } from "./paste";
import { applySticky, FREE, tapped } from "./sticky";

const stroke = (key: string, code: string, held = ""): KeyStroke => ({
  key,
  code,
  ctrlKey: held.includes("c"),
  altKey: held.includes("a"),
  shiftKey: held.includes("s"),
  metaKey: held.includes("m"),
  repeat: held.includes("r"),
});

describe("chords", () => {
  it("opens the menu when the three keys are released alone, in any order", () => {
    for (const last of ["Control", "Alt", "Shift"]) {
      const chords = new Chords();
      expect(chords.down(stroke(last, last, "cas"))).toEqual({ action: null, isTaken: false });
      expect(chords.up(stroke(last, last, "ca")).action).toBe("menu");
      expect(chords.up(stroke("Alt", "AltLeft", "c")).action).toBeNull();
    }
  });

  it("does not open the menu when another key was part of the chord", () => {
    const chords = new Chords();
    chords.down(stroke("Shift", "ShiftLeft", "cas"));
    chords.down(stroke("T", "KeyT", "cas"));
    expect(chords.up(stroke("Shift", "ShiftLeft", "ca")).action).toBeNull();
  });

  it("knows its commands by position, whatever the layout types", () => {
    const chords = new Chords();
    expect(chords.down(stroke("Ф", "KeyF", "cas"))).toEqual({
      action: "fullscreen",
      isTaken: true,
    });
    expect(chords.down(stroke("ArrowLeft", "ArrowLeft", "cas")).action).toBe("previous_tab");
    expect(chords.down(stroke("ArrowLeft", "ArrowLeft", "casr"))).toEqual({
      action: null,
      isTaken: true,
    });
  });

  it("takes nothing else", () => {
    const chords = new Chords();
    for (const [key, code, held] of [
      ["c", "KeyC", "c"],
      ["C", "KeyC", "cs"],
      ["ArrowLeft", "ArrowLeft", "ca"],
      ["f", "KeyF", "ca"],
      ["F", "KeyF", "casm"],
      ["€", "KeyE", "ca"],
      ["F11", "F11", ""],
    ] as const) {
      expect(chords.down(stroke(key, code, held))).toEqual({ action: null, isTaken: false });
    }
  });

  it("forgets what was held when the window loses its focus", () => {
    const chords = new Chords();
    chords.down(stroke("Shift", "ShiftLeft", "cas"));
    chords.blur();
    expect(chords.up(stroke("Shift", "ShiftLeft", "ca")).action).toBeNull();
  });
});

describe("keys", () => {
  it("follow the program's cursor mode", () => {
    expect(encodeKey("up", NO_MODIFIERS, false)).toBe("\x1b[A");
    expect(encodeKey("up", NO_MODIFIERS, true)).toBe("\x1bOA");
    expect(encodeKey("left", { ctrl: true, alt: false, shift: false }, true)).toBe("\x1b[1;5D");
  });

  it("cover function, editing and control keys", () => {
    expect(encodeKey("f1", NO_MODIFIERS, false)).toBe("\x1bOP");
    expect(encodeKey("f12", NO_MODIFIERS, false)).toBe("\x1b[24~");
    expect(encodeKey("delete", NO_MODIFIERS, false)).toBe("\x1b[3~");
    expect(encodeKey("tab", { ctrl: false, alt: false, shift: true }, false)).toBe("\x1b[Z");
    expect(encodeKey("c", { ctrl: true, alt: false, shift: false }, false)).toBe("\x03");
    expect(encodeKey("space", { ctrl: true, alt: false, shift: false }, false)).toBe("\0");
    expect(encodeKey("x", { ctrl: true, alt: true, shift: false }, false)).toBe("\x1b\x18");
  });
});

describe("sticky modifiers", () => {
  it("hold for one key, lock on the second tap, free on the third", () => {
    const once = tapped(FREE, "ctrl");
    const first = applySticky(once, "c");
    expect(first).toEqual({ data: "\x03", sticky: FREE });
    const locked = tapped(once, "ctrl");
    expect(applySticky(locked, "c").sticky).toEqual(locked);
    expect(tapped(locked, "ctrl")).toEqual(FREE);
  });

  it("leave sequences and composed words alone", () => {
    const once = tapped(FREE, "alt");
    expect(applySticky(once, "\x1b[A").data).toBe("\x1b[A");
    expect(applySticky(once, "word").data).toBe("word");
    expect(applySticky(once, "é").data).toBe("\x1bé");
  });
});

describe("paste", () => {
  it("cannot end a bracketed paste from inside", () => {
    const paste = preparePaste("a\x1b[201~; rm -rf ~\x9b201~\n");
    expect(wrapPaste(paste.text, true)).toBe("\x1b[200~a[201~; rm -rf ~201~\r\x1b[201~");
    expect(paste.removed).toBe(2);
  });

  it("turns every line end into what Enter sends", () => {
    expect(preparePaste("a\r\nb\nc\rd").text).toBe("a\rb\rc\rd");
    expect(preparePaste("a\nb\n").lines).toBe(2);
  });

  it("asks when a line end could run something", () => {
    const one = preparePaste("ls");
    const two = preparePaste("ls\n");
    expect(needsConfirmation(one, false, "multiline")).toBe(false);
    expect(needsConfirmation(two, true, "multiline")).toBe(true);
    expect(needsConfirmation(two, true, "unbracketed")).toBe(false);
    expect(needsConfirmation(two, false, "unbracketed")).toBe(true);
    expect(needsConfirmation(two, false, "never")).toBe(false);
  });

  it("asks before a very large paste, whatever was chosen", () => {
    expect(needsConfirmation(preparePaste("x".repeat(LARGE_PASTE + 1)), true, "never")).toBe(true);
  });
});
