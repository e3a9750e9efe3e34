// Colour schemes of the terminal, a line per group of colours. Every text colour is readable on
// its background; programs that pick unreadable pairs are helped by the contrast setting.

import type { ITheme } from "@xterm/xterm";

export interface TerminalTheme {
  id: string;
  name: string;
  isDark: boolean;
  colors: ITheme;
}

const ANSI = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
const BRIGHT = [
  "brightBlack",
  "brightRed",
  "brightGreen",
  "brightYellow",
  "brightBlue",
  "brightMagenta",
  "brightCyan",
  "brightWhite",
] as const;

/** `base` is background, foreground, cursor, selection; then eight and eight ANSI colours. */
function scheme(base: string, ansi: string, bright: string): ITheme {
  const [background = "", foreground = "", cursor = "", selection = ""] = base.split(" ");
  const colors: ITheme = {
    background,
    foreground,
    cursor,
    cursorAccent: background,
    selectionBackground: selection,
  };
  ansi.split(" ").forEach((color, index) => {
    const name = ANSI[index];
    if (name) colors[name] = color;
  });
  bright.split(" ").forEach((color, index) => {
    const name = BRIGHT[index];
    if (name) colors[name] = color;
  });
  return colors;
}

export const THEMES: readonly TerminalTheme[] = [
  {
    id: "baton-dark",
    name: "Baton dark",
    isDark: true,
    colors: scheme(
      "#0f1217 #dfe3ea #a5a6ff #34386b",
      "#1b1f27 #f0717a #6fcf8e #e5b567 #7aa2f7 #b69cf5 #5ec6d0 #c9ced8",
      "#7a8292 #ff8f96 #8ee3a8 #f2cb85 #9dbbff #ccb7ff #86dde5 #f4f6fa",
    ),
  },
  {
    id: "baton-light",
    name: "Baton light",
    isDark: false,
    colors: scheme(
      "#ffffff #1d222b #4a45d1 #d8d7fb",
      "#1d222b #b4232b #1a7f3c #8a5a00 #2f5fd0 #7a3fc0 #0b7285 #5b6372",
      "#6b7280 #c92a33 #127a37 #8f5f00 #2d63e0 #8443d6 #0b7285 #343b47",
    ),
  },
  {
    id: "high-contrast",
    name: "High contrast",
    isDark: true,
    colors: scheme(
      "#000000 #ffffff #ffff00 #5a5a00",
      "#000000 #ff6e6e #5fff5f #ffff55 #8ab4ff #ff8cff #5fffff #ffffff",
      "#9a9a9a #ff9e9e #9fff9f #ffffa0 #b4d0ff #ffb8ff #a8ffff #ffffff",
    ),
  },
  {
    id: "solarized-dark",
    name: "Solarized dark",
    isDark: true,
    colors: scheme(
      "#002b36 #93a1a1 #93a1a1 #0c4453",
      "#073642 #e5534b #859900 #b58900 #3c9ade #e05a9b #2aa198 #eee8d5",
      "#7f969d #e0703f #93a83a #c99a1d #5aa9e0 #8b90dd #4fbab1 #fdf6e3",
    ),
  },
  {
    id: "solarized-light",
    name: "Solarized light",
    isDark: false,
    colors: scheme(
      "#fdf6e3 #4c6169 #4c6169 #e6dfc8",
      "#073642 #c9271f #647400 #8a6800 #1a6fae #b8276d #1d766f #6b7f82",
      "#657b83 #b5420f #4f6b00 #7c6000 #1c6ca8 #585db8 #1a7069 #073642",
    ),
  },
  {
    id: "dracula",
    name: "Dracula",
    isDark: true,
    colors: scheme(
      "#282a36 #f8f8f2 #f8f8f2 #4d5068",
      "#21222c #ff6b6b #50fa7b #f1fa8c #bd93f9 #ff79c6 #8be9fd #f8f8f2",
      "#8390c0 #ff8080 #69ff94 #ffffa5 #d6acff #ff92df #a4ffff #ffffff",
    ),
  },
  {
    id: "nord",
    name: "Nord",
    isDark: true,
    colors: scheme(
      "#2e3440 #d8dee9 #d8dee9 #4c566a",
      "#3b4252 #d9828b #a3be8c #ebcb8b #8fb1d3 #c19bbb #88c0d0 #e5e9f0",
      "#8b97ae #e09aa2 #b4cc9f #f0d8a4 #a3c0dd #cfb0c9 #8fbcbb #eceff4",
    ),
  },
  {
    id: "gruvbox-dark",
    name: "Gruvbox dark",
    isDark: true,
    colors: scheme(
      "#282828 #ebdbb2 #ebdbb2 #504945",
      "#3c3836 #fb6a58 #b8bb26 #fabd2f #83a598 #d3869b #8ec07c #a89984",
      "#a39486 #ff7a69 #c6c94a #fcc94f #9bbbae #dd9caf #a2cd92 #ebdbb2",
    ),
  },
];

/** The theme behind a setting; `auto` follows the page. */
export function themeFor(id: string, isPageDark: boolean): TerminalTheme {
  const wanted = id === "auto" ? (isPageDark ? "baton-dark" : "baton-light") : id;
  const found = THEMES.find((theme) => theme.id === wanted) ?? THEMES[0];
  if (!found) throw new Error("there is always a theme");
  return found;
}

/** Contrast ratio of two `#rrggbb` colours (WCAG 2.2). */
export function contrast(one: string, two: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(two)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: string): number {
  const channel = (at: number): number => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}
