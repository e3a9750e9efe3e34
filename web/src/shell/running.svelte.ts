// The sessions that run now, polled gently: quicker while the home page is in front, not at all
// while the page is hidden.

import { sessions as api } from "../api/client";
import { codeOf } from "../api/error";
import type { Session } from "../api/types";

const NEAR_MS = 5000;
const FAR_MS = 20_000;

class Running {
  items = $state.raw<Session[]>([]);
  isReady = $state(false);
  error = $state.raw<unknown>(null);
  #waitMs = FAR_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOn = false;

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if (this.#isOn && !document.hidden) void this.refresh();
    });
  }

  start(): void {
    this.#isOn = true;
    void this.refresh();
  }

  stop(): void {
    this.#isOn = false;
    clearTimeout(this.#timer);
    this.items = [];
    this.isReady = false;
  }

  /** Someone looks at the list: answer how to stop looking. */
  watch(): () => void {
    this.#waitMs = NEAR_MS;
    void this.refresh();
    return () => {
      this.#waitMs = FAR_MS;
    };
  }

  /** Reads the list; `isBackground` when nobody asked for it. */
  async refresh(isBackground = false): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const page = await api.own(isBackground);
      this.items = page.items;
      this.isReady = true;
      this.error = null;
    } catch (cause) {
      if (codeOf(cause) !== "aborted") this.error = cause;
    }
    clearTimeout(this.#timer);
    if (this.#isOn) this.#timer = setTimeout(() => this.#next(), this.#waitMs);
  }

  find(session: string): Session | undefined {
    return this.items.find((item) => item.id === session);
  }

  /** Shows an end at once, before the node's list says so. */
  forget(session: string): void {
    this.items = this.items.filter((item) => item.id !== session);
  }

  #next(): void {
    if (document.hidden) return;
    void this.refresh(true);
  }
}

export const running = new Running();
