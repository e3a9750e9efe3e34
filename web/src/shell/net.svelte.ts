// Whether the node answers. While it does not, one gentle probe asks again; pages that watch
// `generation` load anew when it is back.

import { account as api } from "../api/client";
import type { ApiError } from "../api/error";
import { watchRequests } from "../api/request";

const FIRST_MS = 2000;
const LONGEST_MS = 30_000;

class Net {
  outage = $state.raw<ApiError | null>(null);
  /** Rises each time the node came back. */
  generation = $state(0);
  retryAtMs = $state(0);
  #waitMs = FIRST_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    watchRequests((event, error) => {
      if (event === "outage" && error) this.#lost(error);
      else this.#back();
    });
    window.addEventListener("online", () => {
      if (this.outage) this.retry();
    });
    // Not believed without asking: a node on this computer needs no network.
    window.addEventListener("offline", () => this.retry(true));
  }

  /** Asks now instead of later. */
  retry(isBackground = false): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    void api.me(isBackground).catch(() => undefined);
  }

  #lost(error: ApiError): void {
    this.outage = error;
    if (this.#timer !== undefined) return;
    const wait = error.retryAfterS === null ? this.#waitMs : error.retryAfterS * 1000;
    this.#waitMs = Math.min(LONGEST_MS, this.#waitMs * 2);
    this.retryAtMs = Date.now() + Math.min(LONGEST_MS, wait);
    this.#timer = setTimeout(() => this.retry(true), Math.min(LONGEST_MS, wait));
  }

  #back(): void {
    if (!this.outage) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waitMs = FIRST_MS;
    this.outage = null;
    this.generation += 1;
  }
}

export const net = new Net();
