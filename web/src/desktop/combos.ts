// Keys by name, for menus and the on-screen bar: combinations that a browser or a desk keeps for
// itself. Pure.

import type { Key } from "../wire/frames";
import { keysymOf } from "./keysyms";
import { scancodeOf } from "./scancodes";

/** A key as the browser would name it: place, meaning. */
type Name = [code: string, key: string, location?: number];

const NAMES: Record<string, Name> = {
  ctrl: ["ControlLeft", "Control", 1],
  alt: ["AltLeft", "Alt", 1],
  shift: ["ShiftLeft", "Shift", 1],
  win: ["MetaLeft", "Meta", 1],
  escape: ["Escape", "Escape"],
  tab: ["Tab", "Tab"],
  enter: ["Enter", "Enter"],
  backspace: ["Backspace", "Backspace"],
  delete: ["Delete", "Delete"],
  insert: ["Insert", "Insert"],
  print: ["PrintScreen", "PrintScreen"],
  menu: ["ContextMenu", "ContextMenu"],
  space: ["Space", " "],
  left: ["ArrowLeft", "ArrowLeft"],
  right: ["ArrowRight", "ArrowRight"],
  up: ["ArrowUp", "ArrowUp"],
  down: ["ArrowDown", "ArrowDown"],
  home: ["Home", "Home"],
  end: ["End", "End"],
  page_up: ["PageUp", "PageUp"],
  page_down: ["PageDown", "PageDown"],
};

/** The key of a name, of a function key ("f5") or of one character. */
export function keyNamed(name: string): Omit<Key, "down"> {
  const known = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  if (known) return { scancode: scancodeOf(known[0]), keysym: keysymOf(known[1], known[2]) };
  if (/^f\d+$/.test(name)) {
    const upper = name.toUpperCase();
    return { scancode: scancodeOf(upper), keysym: keysymOf(upper) };
  }
  const letter = /^[a-z]$/.test(name) ? scancodeOf(`Key${name.toUpperCase()}`) : 0;
  return { scancode: letter, keysym: keysymOf(name) };
}

/** All down in order, all up in reverse. */
export function pressed(names: string[]): Key[] {
  const keys = names.map(keyNamed);
  return [
    ...keys.map((key) => ({ ...key, down: true })),
    ...keys.toReversed().map((key) => ({ ...key, down: false })),
  ];
}

/** What the menu offers. */
export const COMBOS: [text: string, names: string[]][] = [
  ["Ctrl Alt Del", ["ctrl", "alt", "delete"]],
  ["Ctrl Alt Backspace", ["ctrl", "alt", "backspace"]],
  ["Alt Tab", ["alt", "tab"]],
  ["Alt F4", ["alt", "f4"]],
  ["Win", ["win"]],
  ["PrtSc", ["print"]],
  ["Esc", ["escape"]],
  ["Menu", ["menu"]],
  ["F11", ["f11"]],
  ["Ctrl Esc", ["ctrl", "escape"]],
  ["Ctrl W", ["ctrl", "w"]],
  ["Ctrl T", ["ctrl", "t"]],
  ["Ctrl N", ["ctrl", "n"]],
];

/** Consoles of a Unix machine: Ctrl+Alt+F1 and on. */
export const CONSOLES = Array.from({ length: 12 }, (_, index) => index + 1);
