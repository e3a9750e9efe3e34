// Ctrl and Alt on the on-screen bar: a tap holds for one key, a second tap locks, a third frees.

import { type Modifiers, withModifiers } from "./keys";

export type Hold = "off" | "once" | "locked";

const NEXT: Record<Hold, Hold> = { off: "once", once: "locked", locked: "off" };

export interface Sticky {
  ctrl: Hold;
  alt: Hold;
}

export const FREE: Sticky = { ctrl: "off", alt: "off" };

export function tapped(sticky: Sticky, which: keyof Sticky): Sticky {
  return { ...sticky, [which]: NEXT[sticky[which]] };
}

/** After a key: what was held for one key is free again. */
export function used(sticky: Sticky): Sticky {
  const after = (hold: Hold): Hold => (hold === "once" ? "off" : hold);
  return { ctrl: after(sticky.ctrl), alt: after(sticky.alt) };
}

export function modifiersOf(sticky: Sticky): Modifiers {
  return { ctrl: sticky.ctrl !== "off", alt: sticky.alt !== "off", shift: false };
}

/** Whether data of the terminal is one key that a held modifier should change. */
export function isOneKey(data: string): boolean {
  return [...data].length === 1 && data >= " " && data !== "\x7f";
}

/** Typed data with the held modifiers, and what is held afterwards. */
export function applySticky(sticky: Sticky, data: string): { data: string; sticky: Sticky } {
  const modifiers = modifiersOf(sticky);
  if (!(modifiers.ctrl || modifiers.alt) || !isOneKey(data)) return { data, sticky };
  return { data: withModifiers(data, modifiers), sticky: used(sticky) };
}
