// Named keys as the bytes a terminal sends (xterm's control sequences, "PC-Style Function Keys").
// For the on-screen bar and the send-keys menu; a real keyboard goes through xterm.js. Pure.

export interface Modifiers {
  ctrl: boolean;
  alt: boolean;
  shift: boolean;
}

export const NO_MODIFIERS: Modifiers = { ctrl: false, alt: false, shift: false };

/** `CSI letter`, or `SS3 letter` in application cursor mode. */
const CURSOR: Record<string, string> = {
  up: "A",
  down: "B",
  right: "C",
  left: "D",
  home: "H",
  end: "F",
};
/** `SS3 letter`. */
const FUNCTION: Record<string, string> = { f1: "P", f2: "Q", f3: "R", f4: "S" };
/** `CSI number ~`. */
const TILDE: Record<string, number> = {
  insert: 2,
  delete: 3,
  page_up: 5,
  page_down: 6,
  f5: 15,
  f6: 17,
  f7: 18,
  f8: 19,
  f9: 20,
  f10: 21,
  f11: 23,
  f12: 24,
};
const PLAIN: Record<string, string> = {
  escape: "\x1b",
  tab: "\t",
  enter: "\r",
  backspace: "\x7f",
  space: " ",
};

/** The bytes of a named key or a single character. */
export function encodeKey(key: string, modifiers: Modifiers, isApplication: boolean): string {
  const cursor = CURSOR[key];
  const parameter = modifierParameter(modifiers);
  if (cursor !== undefined) {
    if (parameter > 1) return `\x1b[1;${parameter}${cursor}`;
    return isApplication ? `\x1bO${cursor}` : `\x1b[${cursor}`;
  }
  const letter = FUNCTION[key];
  if (letter !== undefined) {
    return parameter > 1 ? `\x1b[1;${parameter}${letter}` : `\x1bO${letter}`;
  }
  const number = TILDE[key];
  if (number !== undefined) {
    return parameter > 1 ? `\x1b[${number};${parameter}~` : `\x1b[${number}~`;
  }
  if (key === "tab" && modifiers.shift) return "\x1b[Z";
  return withModifiers(PLAIN[key] ?? key, modifiers);
}

/** Typed text with Ctrl or Alt held on the on-screen bar. */
export function withModifiers(text: string, modifiers: Modifiers): string {
  const typed = modifiers.ctrl ? controlOf(text) : text;
  return modifiers.alt ? `\x1b${typed}` : typed;
}

/** The control character of one typed character; other text stays. */
function controlOf(text: string): string {
  if (text.length !== 1) return text;
  if (text === " " || text === "2" || text === "@") return "\0";
  if (text === "?" || text === "8") return "\x7f";
  if (text === "/") return "\x1f";
  const code = text.toUpperCase().charCodeAt(0);
  return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code - 0x40) : text;
}

function modifierParameter({ ctrl, alt, shift }: Modifiers): number {
  return 1 + (shift ? 1 : 0) + (alt ? 2 : 0) + (ctrl ? 4 : 0);
}
