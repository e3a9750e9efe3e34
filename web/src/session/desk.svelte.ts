// Everything behind one session view: joins link, terminal, clipboard and keys, so that the
// components only show and call.

import { tick } from "svelte";
import type { DesktopDesk } from "../desktop/desk.svelte";
import { boxOf } from "../desktop/layout";
import { desktopPreferences } from "../desktop/preferences.svelte";
import { encodeKey, type Modifiers, NO_MODIFIERS } from "../input/keys";
import { applySticky, FREE, modifiersOf, type Sticky, tapped, used } from "../input/sticky";
import { watchTouch } from "../input/touch";
import { judgeLink, type LinkVerdict } from "../terminal/links";
import { preferences } from "../terminal/preferences.svelte";
import { type SearchOptions, TerminalScreen } from "../terminal/screen";
import type { TerminalTheme } from "../terminal/themes";
import type { Box, Size } from "../wire/frames";
import { ClipboardDesk } from "./clipboard.svelte";
import { SessionModel } from "./model.svelte";
import { Notices } from "./notices.svelte";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class SessionDesk {
  readonly notices = new Notices();
  readonly model: SessionModel;
  readonly clipboard: ClipboardDesk;
  sticky = $state.raw<Sticky>(FREE);
  selection = $state("");
  size = $state.raw<Size>({ cols: 80, rows: 24 });
  /** The drawn size fills this window; false when another viewer's size wins. */
  isOwnSize = $state(true);
  found = $state.raw({ index: -1, count: 0 });
  /** A link that waits for a look. */
  link = $state.raw<Extract<LinkVerdict, { kind: "confirm" }> | null>(null);
  /** Rises with each bell that should be seen. */
  bells = $state(0);
  /** The view's other half when the session is a desktop and its parts are loaded. */
  desktop = $state.raw<DesktopDesk | null>(null);
  #screen: TerminalScreen | null = null;
  #stopTouch: (() => void) | null = null;
  #audio: AudioContext | null = null;

  constructor(session: string) {
    this.model = new SessionModel(session, this.notices, {
      screen: (items) => this.#screen?.push(items),
      clipboard: (text) => void this.clipboard.fromTarget(text),
    });
    this.clipboard = new ClipboardDesk({
      notices: this.notices,
      isBracketed: () => this.#screen?.terminal.modes.bracketedPasteMode ?? false,
      send: (text) => this.#send(text),
      focus: () => this.focus(),
      put: (text) => this.#putClipboard(text),
      isUsual: (text) => {
        this.desktop?.clipboardIs(text);
        return this.model.isDesktop;
      },
    });
  }

  /** Builds the terminal inside `host` and attaches. */
  mount(room: HTMLElement, host: HTMLElement, theme: TerminalTheme, ticket: string | null): void {
    const screen = new TerminalScreen(room, host, preferences.current, theme, {
      input: (data) => this.#typed(data),
      consumed: (offset) => this.model.consumed(offset),
      drawn: () => this.model.drawn(),
      wants: (size) => this.model.resize(size),
      shown: (size, isOwn) => {
        this.size = size;
        this.isOwnSize = isOwn;
      },
      bell: () => this.#bell(),
      selected: (text) => this.#selected(text),
      link: (text, address) => this.#onLink(text, address),
      found: (index, count) => {
        this.found = { index, count };
      },
    });
    this.#screen = screen;
    this.#stopTouch = watchTouch(room, {
      scroll: (lines) => this.#scroll(lines),
      zoom: (steps) => preferences.zoom(steps),
      // Within the gesture, or no soft keyboard appears.
      tap: () => screen.focus(),
      lineHeight: () => room.clientHeight / Math.max(1, screen.terminal.rows),
    });
    this.model.start(ticket, screen.size, wishOf(room));
  }

  /** The session turned out to be a desktop: there will be no terminal. */
  becomeDesktop(): void {
    this.#stopTouch?.();
    this.#screen?.dispose();
    this.#screen = null;
  }

  dispose(): void {
    this.#stopTouch?.();
    this.#screen?.dispose();
    this.#screen = null;
    this.model.dispose();
    this.notices.dispose();
    void this.#audio?.close();
  }

  apply(theme: TerminalTheme): void {
    this.#screen?.apply(preferences.current, theme);
  }

  setActive(isActive: boolean): void {
    this.#screen?.setActive(isActive);
    if (isActive) this.focus();
  }

  setUp(isUp: boolean): void {
    this.#screen?.setUp(isUp);
  }

  /** The session is over: the last screen is laid out for this window alone. */
  setEnded(): void {
    this.#screen?.setAlone();
  }

  setReadOnly(isReadOnly: boolean): void {
    if (this.#screen) this.#screen.terminal.options.disableStdin = isReadOnly;
  }

  /** Gives the keys to the terminal, once a dialog that is closing has let go of them. */
  focus(): void {
    void tick().then(() => (this.desktop ?? this.#screen)?.focus());
  }

  takeSize(): void {
    (this.desktop ?? this.#screen)?.takeSize();
  }

  clearScrollback(): void {
    this.#screen?.terminal.clear();
  }

  selectAll(): void {
    this.#screen?.terminal.selectAll();
  }

  find(text: string, direction: "next" | "previous", options: SearchOptions): void {
    this.#screen?.find(text, direction, options);
  }

  clearSearch(): void {
    this.found = { index: -1, count: 0 };
    this.#screen?.clearSearch();
  }

  /** Copies the selection. */
  copySelection(): void {
    void this.clipboard.copy(this.#screen?.terminal.getSelection() ?? "");
  }

  /** A key of the on-screen bar, with what is held there. */
  pressKey(key: string): void {
    this.sendKey(key, modifiersOf(this.sticky));
    this.sticky = used(this.sticky);
  }

  sendKey(key: string, modifiers: Modifiers = NO_MODIFIERS): void {
    if (this.desktop) {
      this.desktop.press([...heldNames(modifiers), key]);
      return;
    }
    const isApplication = this.#screen?.terminal.modes.applicationCursorKeysMode ?? false;
    this.#send(encodeKey(key, modifiers, isApplication));
  }

  /** Text for a desktop, with what is held on the on-screen bar. */
  typeText(text: string): void {
    const held = heldNames(modifiersOf(this.sticky));
    if (held.length === 0 || [...text].length !== 1) {
      this.desktop?.type(text);
      return;
    }
    this.desktop?.press([...held, text]);
    this.sticky = used(this.sticky);
  }

  hold(which: keyof Sticky): void {
    this.sticky = tapped(this.sticky, which);
  }

  /** Opens a link a person has looked at. */
  openLink(url: string): void {
    this.link = null;
    window.open(url, "_blank", "noopener,noreferrer");
  }

  #typed(data: Uint8Array): void {
    if (this.sticky.ctrl === "off" && this.sticky.alt === "off") {
      this.model.input(data);
      return;
    }
    const { data: text, sticky } = applySticky(this.sticky, decoder.decode(data));
    this.sticky = sticky;
    this.#send(text);
  }

  #send(text: string): void {
    if (text !== "") this.model.input(encoder.encode(text));
  }

  /** Fingers scroll the history, or turn the wheel of a full-screen program. */
  #scroll(lines: number): void {
    const terminal = this.#screen?.terminal;
    if (!terminal) return;
    if (terminal.buffer.active.type === "normal") {
      terminal.scrollLines(lines);
      return;
    }
    const key = lines > 0 ? "down" : "up";
    for (let step = 0; step < Math.min(Math.abs(lines), 20); step += 1) this.sendKey(key);
  }

  #putClipboard(text: string): boolean {
    if (!this.desktop) return false;
    this.desktop.putClipboard(text);
    this.notices.show("The session's clipboard has the text; paste it there.");
    return true;
  }

  #selected(text: string): void {
    this.selection = text;
    if (preferences.current.copyOnSelect && text !== "") void this.clipboard.copy(text, true);
  }

  #onLink(text: string, address: string): void {
    const verdict = judgeLink(text, address);
    if (verdict.kind === "open") this.openLink(verdict.url);
    else if (verdict.kind === "confirm") this.link = verdict;
    else this.notices.show("This link is not one a browser should open.", { tone: "warn" });
  }

  #bell(): void {
    const { bell } = preferences.current;
    if (bell === "visual") this.bells += 1;
    if (bell === "sound") this.#beep();
  }

  #beep(): void {
    try {
      this.#audio ??= new AudioContext();
      const { currentTime } = this.#audio;
      const tone = this.#audio.createOscillator();
      const volume = this.#audio.createGain();
      tone.frequency.value = 660;
      volume.gain.setValueAtTime(0.08, currentTime);
      volume.gain.exponentialRampToValueAtTime(0.001, currentTime + 0.15);
      tone.connect(volume).connect(this.#audio.destination);
      tone.start();
      tone.stop(currentTime + 0.15);
    } catch {
      // No audio device, or no gesture yet: a bell is not worth a word.
    }
  }
}

function heldNames({ ctrl, alt, shift }: Modifiers): string[] {
  return [...(ctrl ? ["ctrl"] : []), ...(alt ? ["alt"] : []), ...(shift ? ["shift"] : [])];
}

/** The desktop to wish for, should the session be one: it fills the room without its margins. */
function wishOf(room: HTMLElement): Box {
  if (!desktopPreferences.current.follows) return { width: 0, height: 0 };
  const { width, height } = room.getBoundingClientRect();
  const { marginTop, marginRight, marginBottom, marginLeft } = getComputedStyle(room);
  const sum = (one: string, other: string) => Number.parseFloat(one) + Number.parseFloat(other);
  const full = {
    width: width + sum(marginLeft, marginRight),
    height: height + sum(marginTop, marginBottom),
  };
  return boxOf(full, devicePixelRatio);
}
