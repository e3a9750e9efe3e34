// What a person may choose about terminals, checked when read: storage is not to be trusted.

import { THEMES } from "./themes";

export interface TerminalSettings {
  fontFamily: string;
  /** CSS pixels. */
  fontSize: number;
  lineHeight: number;
  /** A theme id, or `auto` to follow the page. */
  theme: string;
  /** Lines kept above the screen in this browser. */
  scrollback: number;
  cursorStyle: "block" | "bar" | "underline";
  cursorBlink: boolean;
  copyOnSelect: boolean;
  ctrlVPastes: boolean;
  bell: "none" | "visual" | "sound";
  screenReader: boolean;
  /** Raise contrast of what programs print to at least 7:1. */
  readableColors: boolean;
  keyBar: "auto" | "on" | "off";
  /** What happens when the target sets the clipboard (OSC 52). */
  targetClipboard: "allow" | "ask" | "off";
  pasteWarning: "multiline" | "unbracketed" | "never";
  renderer: "auto" | "dom";
}

export const DEFAULTS: TerminalSettings = {
  fontFamily: "",
  fontSize: 14,
  lineHeight: 1.15,
  theme: "auto",
  scrollback: 5000,
  cursorStyle: "block",
  cursorBlink: true,
  copyOnSelect: false,
  ctrlVPastes: false,
  bell: "visual",
  screenReader: false,
  readableColors: false,
  keyBar: "auto",
  targetClipboard: "allow",
  pasteWarning: "multiline",
  renderer: "auto",
};

export const FONT_SIZE = { least: 6, most: 40 };
export const SCROLLBACK = { least: 0, most: 100_000 };

/** The font behind an empty choice: whatever the system reads best. */
export const SYSTEM_MONO =
  'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace';

/** Fonts offered by name; one that is not installed falls back to the system's. */
export const FONTS = [
  "Cascadia Mono",
  "Consolas",
  "DejaVu Sans Mono",
  "Fira Code",
  "Hack",
  "IBM Plex Mono",
  "Iosevka",
  "JetBrains Mono",
  "Liberation Mono",
  "Menlo",
  "Source Code Pro",
  "Ubuntu Mono",
] as const;

type Choices = { [K in keyof TerminalSettings]?: readonly TerminalSettings[K][] };

const CHOICES: Choices = {
  cursorStyle: ["block", "bar", "underline"],
  bell: ["none", "visual", "sound"],
  keyBar: ["auto", "on", "off"],
  targetClipboard: ["allow", "ask", "off"],
  pasteWarning: ["multiline", "unbracketed", "never"],
  renderer: ["auto", "dom"],
  theme: ["auto", ...THEMES.map((theme) => theme.id)],
};

/** Reads stored settings; whatever is missing or absurd takes its default. */
export function parseSettings(text: string | null): TerminalSettings {
  let stored: unknown = null;
  try {
    stored = text === null ? null : JSON.parse(text);
  } catch {
    // Not ours, or half written.
  }
  if (typeof stored !== "object" || stored === null) return { ...DEFAULTS };
  return checked({ ...DEFAULTS, ...(stored as Partial<TerminalSettings>) });
}

/** The same settings with every value of the right type and within its limits. */
export function checked(given: TerminalSettings): TerminalSettings {
  const out: Record<string, unknown> = {};
  for (const [key, fallback] of Object.entries(DEFAULTS)) {
    const value: unknown = given[key as keyof TerminalSettings];
    const choices: readonly unknown[] | undefined = CHOICES[key as keyof TerminalSettings];
    const isKnown = choices === undefined || choices.includes(value);
    out[key] = typeof value === typeof fallback && isKnown ? value : fallback;
  }
  const settings = out as unknown as TerminalSettings;
  settings.fontSize = clamp(settings.fontSize, FONT_SIZE.least, FONT_SIZE.most, DEFAULTS.fontSize);
  settings.lineHeight = clamp(settings.lineHeight, 1, 2, DEFAULTS.lineHeight);
  const lines = clamp(settings.scrollback, SCROLLBACK.least, SCROLLBACK.most, DEFAULTS.scrollback);
  settings.scrollback = Math.round(lines);
  settings.fontFamily = settings.fontFamily.replace(/[^\p{L}\p{N} ,._'"-]/gu, "").slice(0, 200);
  return settings;
}

/** The CSS font list of a setting. */
export function fontList(family: string): string {
  const name = family.trim();
  if (name === "") return SYSTEM_MONO;
  return name.includes(",") || name.includes('"') ? name : `"${name}", ${SYSTEM_MONO}`;
}

function clamp(value: number, least: number, most: number, fallback: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : fallback;
}
