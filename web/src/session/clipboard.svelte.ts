// The session's clipboard: both ways, with a trace a person can see. What the browser refuses is
// kept and tried again on the next gesture; the menu's text box always works.

import { copyText, PendingCopy, readText } from "../input/clipboard";
import { needsConfirmation, type PreparedPaste, preparePaste, wrapPaste } from "../input/paste";
import { preferences } from "../terminal/preferences.svelte";
import type { Notices } from "./notices.svelte";

export interface ClipboardDeps {
  notices: Notices;
  /** The program asked to be told where a paste begins and ends. */
  isBracketed(): boolean;
  /** Sends pasted bytes to the session. */
  send(text: string): void;
  focus(): void;
  /** Puts pasted text into the clipboard of a desktop; false when the session is none. */
  put(text: string): boolean;
  /** The target copied; true when that is too usual to tell. */
  isUsual(text: string): boolean;
}

/** How long a browser may take from the paste key to its paste event. */
const PASTE_EVENT_MS = 150;

export class ClipboardDesk {
  /** What the target or a selection put there last; shown in the menu. */
  remote = $state("");
  /** A paste that waits for its confirmation. */
  pending = $state.raw<PreparedPaste | null>(null);
  readonly #deps: ClipboardDeps;
  readonly #held: PendingCopy;
  #isTrusted = false;
  #expected: ReturnType<typeof setTimeout> | undefined;

  constructor(deps: ClipboardDeps) {
    this.#deps = deps;
    this.#held = new PendingCopy((outcome) => {
      if (outcome === "copied" && deps.isUsual(this.remote)) return;
      if (outcome === "copied") deps.notices.show("Copied from the session.");
      else this.#refused();
    });
  }

  /** The target set the clipboard (OSC 52): by policy taken, asked about, or ignored. */
  async fromTarget(text: string): Promise<void> {
    const policy = preferences.current.targetClipboard;
    if (policy === "off" || text === "") return;
    this.remote = text;
    const size = describe(text);
    const isUsual = this.#deps.isUsual(text);
    if (policy === "ask") {
      this.#deps.notices.show(`The target wants to put ${size} into your clipboard.`, {
        action: { label: "Copy", run: () => void this.copy(text) },
      });
      return;
    }
    if ((await copyText(text)) === "copied") {
      if (!isUsual) this.#deps.notices.show(`The target put ${size} into your clipboard.`);
      return;
    }
    this.#held.hold(text);
    if (isUsual) return; // The next click or key is soon.
    this.#deps.notices.show(`The target copied ${size}; your browser wants a click first.`, {
      action: { label: "Copy", run: () => void this.#held.gesture() },
    });
  }

  /** Copies on a person's wish. */
  async copy(text: string, isQuiet = false): Promise<void> {
    if (text === "") return;
    this.remote = text;
    this.#held.drop();
    if ((await copyText(text)) === "refused") this.#refused();
    else if (!isQuiet) this.#deps.notices.show(`Copied ${describe(text)}.`);
  }

  /** Reads the browser's clipboard and pastes it; true when the browser allowed that. */
  async pasteFromBrowser(): Promise<boolean> {
    const text = await readText();
    if (text === null) return false;
    this.paste(text);
    return true;
  }

  /** A paste key was pressed: should the browser not paste by itself, its clipboard is read. */
  expectPaste(): void {
    clearTimeout(this.#expected);
    this.#expected = setTimeout(() => void this.#pasteOrSay(), PASTE_EVENT_MS);
  }

  async #pasteOrSay(): Promise<void> {
    if (await this.pasteFromBrowser()) return;
    this.#deps.notices.show(
      "The browser does not let this page read its clipboard. Paste into the session menu.",
      { tone: "warn" },
    );
  }

  /** Pastes text, after a question when it could run something. */
  paste(raw: string): void {
    clearTimeout(this.#expected);
    if (this.#deps.put(raw)) return;
    const prepared = preparePaste(raw);
    if (prepared.text === "") return;
    const warning = this.#isTrusted ? "never" : preferences.current.pasteWarning;
    if (needsConfirmation(prepared, this.#deps.isBracketed(), warning)) this.pending = prepared;
    else this.#send(prepared);
  }

  /** The answer to the question; `always` trusts further pastes into this session. */
  settle(agreed: boolean, always: boolean): void {
    const prepared = this.pending;
    this.pending = null;
    if (agreed && always) this.#isTrusted = true;
    if (agreed && prepared) this.#send(prepared);
    this.#deps.focus();
  }

  /** Call on any gesture: a copy that the browser refused may work now. */
  gesture(): void {
    void this.#held.gesture();
  }

  #send(prepared: PreparedPaste): void {
    this.#deps.send(wrapPaste(prepared.text, this.#deps.isBracketed()));
    if (prepared.removed > 0) {
      const what = prepared.removed === 1 ? "character" : "characters";
      this.#deps.notices.show(`Removed ${prepared.removed} control ${what} from the paste.`);
    }
  }

  #refused(): void {
    this.#deps.notices.show(
      "The browser refused the clipboard. The session menu has the text to copy by hand.",
      { tone: "warn" },
    );
  }
}

function describe(text: string): string {
  const size = [...text].length;
  return size === 1 ? "1 character" : `${size.toLocaleString()} characters`;
}
