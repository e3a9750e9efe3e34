// What the page knows of a desktop before, and whether or not, the view for it is loaded.

import type { Box, CursorShape, Leds } from "../wire/frames";
import type { FromStage } from "./messages";
import type { Counts } from "./tally";

export class DesktopState {
  /** Size of the drawn desktop; null before the first picture. */
  size = $state.raw<Box | null>(null);
  /** Null: the target has not said; the browser's own arrow is shown. */
  cursor = $state.raw<CursorShape | null>(null);
  leds = $state.raw<Leds | null>(null);
  counts = $state.raw<Counts>({ fps: 0, bytesPerSecond: 0, drawUs: 0 });
  /** This browser cannot draw desktops. */
  isUnable = $state(false);
  readonly #hashes = new Map<number, (hash: string) => void>();
  #lastHash = 0;

  /** Takes a message of the Worker; true when a picture is there now. */
  on(message: FromStage): boolean {
    switch (message.kind) {
      case "desktop_drawn":
        this.size = message.size;
        return true;
      case "desktop_unable":
        this.isUnable = true;
        return false;
      case "desktop_tally":
        this.counts = message.counts;
        return false;
      case "desktop_hash":
        this.#hashes.get(message.id)?.(message.hash);
        this.#hashes.delete(message.id);
        return false;
    }
  }

  /** Waits for the hash that `ask` asks the Worker for; for tests. */
  hash(ask: (id: number) => void): Promise<string> {
    this.#lastHash += 1;
    const id = this.#lastHash;
    const answer = new Promise<string>((resolve) => this.#hashes.set(id, resolve));
    ask(id);
    return answer;
  }
}
