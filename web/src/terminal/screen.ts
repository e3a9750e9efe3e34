// One terminal in the page: xterm.js with our rules. Owns drawing, size, selection and search;
// knows nothing of links, sessions or sockets.

import { SearchAddon } from "@xterm/addon-search";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { type IBufferRange, type IDisposable, Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";

import type { ScreenItem } from "../link/output";
import type { Size } from "../wire/frames";
import { capCounts } from "./counts";
import { type Box, fitting, isSame, shrunkFont } from "./fit";
import { mute } from "./mute";
import { Pump } from "./pump";
import { accelerate } from "./renderer";
import { fontList, type TerminalSettings } from "./settings";
import type { TerminalTheme } from "./themes";

/** Quiet time after the last size change of the window before the node hears of it. */
const RESIZE_QUIET_MS = 300;
/** Time for the node to grant a size before letters are shrunk to the one it keeps. */
const GRANT_MS = 500;

export interface ScreenEvents {
  /** Bytes for the target, from keys, mouse or focus. */
  input(data: Uint8Array): void;
  consumed(offset: number): void;
  /** The first or a fresh whole screen is drawn. */
  drawn(): void;
  /** The size that would fill the room; sent to the node. */
  wants(size: Size): void;
  /** The size that is drawn and whether letters were shrunk for it. */
  shown(size: Size, isOwn: boolean): void;
  bell(): void;
  selected(text: string): void;
  link(text: string, address: string): void;
  found(index: number, count: number): void;
}

export interface SearchOptions {
  caseSensitive: boolean;
  regex: boolean;
}

const encoder = new TextEncoder();

const MATCH_ON_DARK = {
  matchBackground: "#6b5b16",
  matchOverviewRuler: "#b89b2e",
  activeMatchBackground: "#b86a00",
  activeMatchColorOverviewRuler: "#ff9d2e",
};
const MATCH_ON_LIGHT = {
  matchBackground: "#fbe7a1",
  matchOverviewRuler: "#d9a400",
  activeMatchBackground: "#ffc266",
  activeMatchColorOverviewRuler: "#b86a00",
};

export class TerminalScreen {
  readonly terminal: Terminal;
  readonly #events: ScreenEvents;
  readonly #room: HTMLElement;
  readonly #pump: Pump;
  readonly #search = new SearchAddon({ highlightLimit: 500 });
  readonly #observer: ResizeObserver;
  readonly #disposables: IDisposable[] = [];
  #settings: TerminalSettings;
  #webgl: IDisposable | null = null;
  #wanted: Size | null = null;
  #resizeTimer = 0;
  #layoutTimer = 0;
  /** The session is over: nobody else has a say in the size. */
  #isAlone = false;
  #isActive = true;
  /** A node answers; without one nobody grants a size, and the last frame stays as it is. */
  #isUp = false;
  #isDisposed = false;
  #isDark = true;
  #dropsFocusReport = false;
  /** Cell at the chosen font size, in CSS pixels. */
  #cell: Box = { width: 0, height: 0 };

  /** Draws into `host`, which stays inside `room`, the space that may be filled. */
  constructor(
    room: HTMLElement,
    host: HTMLElement,
    settings: TerminalSettings,
    theme: TerminalTheme,
    events: ScreenEvents,
  ) {
    this.#room = room;
    this.#events = events;
    this.#settings = settings;
    this.terminal = new Terminal({
      allowProposedApi: true, // Search decorations and parser hooks.
      convertEol: false,
      macOptionIsMeta: false,
      rightClickSelectsWord: false,
      scrollOnUserInput: true,
      theme: { ...theme.colors },
      linkHandler: {
        activate: (_event, address, range) => events.link(this.#textAt(range), address),
      },
    });
    this.apply(settings, theme);
    this.#pump = new Pump(this.terminal, {
      consumed: (offset) => events.consumed(offset),
      snapshot: () => events.drawn(),
      resized: () => this.#layout(),
    });
    this.#wire(host);
    this.#observer = new ResizeObserver(() => this.#roomChanged());
    this.#observer.observe(room);
    void this.#accelerate();
  }

  /** Applies what the node sent, in order. */
  push(items: ScreenItem[]): void {
    this.#pump.push(items);
  }

  /** Takes changed settings over. */
  apply(settings: TerminalSettings, theme: TerminalTheme): void {
    const { options } = this.terminal;
    const isFont =
      settings.fontSize !== this.#settings.fontSize ||
      settings.fontFamily !== this.#settings.fontFamily ||
      settings.lineHeight !== this.#settings.lineHeight;
    this.#settings = settings;
    this.#isDark = theme.isDark;
    options.fontFamily = fontList(settings.fontFamily);
    options.fontSize = settings.fontSize;
    options.lineHeight = settings.lineHeight;
    options.scrollback = settings.scrollback;
    options.cursorStyle = settings.cursorStyle;
    options.cursorBlink = settings.cursorBlink && !prefersStillness();
    options.screenReaderMode = settings.screenReader;
    // Programs are told of a dark background (the node's model answers for every viewer), so
    // their pale colours need help on a light one.
    const helped = theme.isDark ? 1 : 4.5;
    options.minimumContrastRatio = settings.readableColors ? 7 : helped;
    options.theme = { ...theme.colors };
    if (this.terminal.element) this.#measure();
    if (isFont) this.#fit();
    this.#layoutSoon();
  }

  /** The session has ended: what is left is this page's to lay out. */
  setAlone(): void {
    this.#isAlone = true;
    this.takeSize();
  }

  /** The link is up or away. */
  setUp(isUp: boolean): void {
    this.#isUp = isUp;
    if (isUp) this.#layoutSoon();
  }

  /** In front: fills the room, whoever chose the size meanwhile. In the background: nothing. */
  setActive(isActive: boolean): void {
    if (isActive === this.#isActive) return;
    this.#isActive = isActive;
    if (isActive) this.takeSize();
  }

  /** The size to attach with: what fits, or what is drawn. */
  get size(): Size {
    return this.#fitting() ?? { cols: this.terminal.cols, rows: this.terminal.rows };
  }

  /** Asks the node for the size that fills the room, even if another viewer chose this one. */
  takeSize(): void {
    this.#wanted = null;
    this.#fit();
  }

  /** Types `text` as if it came from the keyboard. */
  type(text: string): void {
    this.terminal.input(text, true);
  }

  focus(): void {
    this.terminal.focus();
  }

  find(text: string, direction: "next" | "previous", options: SearchOptions): void {
    if (text === "") {
      this.clearSearch();
      return;
    }
    const decorations = this.#isDark ? MATCH_ON_DARK : MATCH_ON_LIGHT;
    const look = { ...options, incremental: direction === "next", decorations };
    if (direction === "next") this.#search.findNext(text, look);
    else this.#search.findPrevious(text, look);
  }

  clearSearch(): void {
    this.#search.clearDecorations();
    this.terminal.clearSelection();
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#resizeTimer);
    clearTimeout(this.#layoutTimer);
    this.#observer.disconnect();
    this.#pump.dispose();
    for (const one of this.#disposables) one.dispose();
    this.terminal.dispose();
  }

  #wire(host: HTMLElement): void {
    const { terminal } = this;
    terminal.open(host);
    // The node's model measures by the same table; a wide character must be wide on both sides.
    terminal.loadAddon(new Unicode11Addon());
    terminal.unicode.activeVersion = "11";
    terminal.loadAddon(this.#search);
    terminal.loadAddon(new WebLinksAddon((_event, address) => this.#events.link(address, address)));
    this.#disposables.push(
      mute(terminal, () => this.#muteFocusReport()),
      capCounts(terminal),
      terminal.onData((data) => this.#typed(data)),
      terminal.onBinary((data) => this.#events.input(Uint8Array.from(data, toByte))),
      terminal.onBell(() => this.#events.bell()),
      terminal.onSelectionChange(() => this.#events.selected(terminal.getSelection())),
      this.#search.onDidChangeResults(({ resultIndex, resultCount }) =>
        this.#events.found(resultIndex, resultCount),
      ),
    );
    this.#measure();
    const first = this.#fitting();
    if (first) {
      this.#wanted = first;
      terminal.resize(first.cols, first.rows);
    }
  }

  #typed(data: string): void {
    if (this.#dropsFocusReport && (data === "\x1b[I" || data === "\x1b[O")) return;
    this.#events.input(encoder.encode(data));
  }

  /** The report that xterm.js is about to make belongs to no change of focus. */
  #muteFocusReport(): void {
    this.#dropsFocusReport = true;
    queueMicrotask(() => {
      this.#dropsFocusReport = false;
    });
  }

  async #accelerate(): Promise<void> {
    if (this.#settings.renderer !== "auto") return;
    this.#webgl = await accelerate(this.terminal);
    if (this.#isDisposed) this.#webgl?.dispose();
    else this.#measure();
  }

  #roomChanged(): void {
    clearTimeout(this.#resizeTimer);
    this.#resizeTimer = window.setTimeout(() => this.#fit(), RESIZE_QUIET_MS);
  }

  #fit(): void {
    const size = this.#fitting();
    if (!size || !this.#isActive) return;
    if (this.#wanted && isSame(size, this.#wanted)) {
      this.#layout();
      return;
    }
    this.#wanted = size;
    if (this.#isAlone) {
      this.terminal.resize(size.cols, size.rows);
      this.#layout();
      return;
    }
    this.#events.wants(size);
    this.#layoutSoon();
  }

  /** Lays out after the node had time to grant the size; when it does, that lays out at once. */
  #layoutSoon(): void {
    clearTimeout(this.#layoutTimer);
    this.#layoutTimer = window.setTimeout(() => this.#layout(), GRANT_MS);
  }

  #fitting(): Size | null {
    return fitting(this.#roomBox(), this.#cell);
  }

  #roomBox(): Box {
    return { width: this.#room.clientWidth, height: this.#room.clientHeight };
  }

  /** What a cell measures at the chosen font size. */
  #measure(): void {
    const screen = this.terminal.element?.querySelector<HTMLElement>(".xterm-screen");
    if (!screen || screen.clientWidth === 0) return;
    const scale = this.#settings.fontSize / (this.terminal.options.fontSize ?? 1);
    this.#cell = {
      width: (Number.parseFloat(screen.style.width) / this.terminal.cols) * scale,
      height: (Number.parseFloat(screen.style.height) / this.terminal.rows) * scale,
    };
  }

  /** Shrinks letters when another viewer's size is larger than the room. */
  #layout(): void {
    clearTimeout(this.#layoutTimer);
    if (!this.#isUp && !this.#isAlone) return;
    const { cols, rows, options } = this.terminal;
    const room = this.#roomBox();
    if (room.width === 0 || this.#cell.width === 0) {
      if (room.width > 0) this.#measure();
      return;
    }
    const font = shrunkFont({ cols, rows }, room, this.#cell, this.#settings.fontSize);
    if (options.fontSize !== font) options.fontSize = font;
    const own = this.#fitting();
    this.#events.shown({ cols, rows }, own === null || isSame(own, { cols, rows }));
  }

  #textAt(range: IBufferRange): string {
    const buffer = this.terminal.buffer.active;
    let text = "";
    for (let y = range.start.y; y <= range.end.y; y += 1) {
      const from = y === range.start.y ? range.start.x - 1 : 0;
      const to = y === range.end.y ? range.end.x : undefined;
      text += buffer.getLine(y - 1)?.translateToString(true, from, to) ?? "";
    }
    return text;
  }
}

function toByte(char: string): number {
  return char.charCodeAt(0) & 0xff;
}

function prefersStillness(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
