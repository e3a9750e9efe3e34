// The settings of this browser: one object for every terminal of the page, kept in local storage
// and followed across tabs.

import { checked, parseSettings, type TerminalSettings } from "./settings";

const KEY = "baton.terminal";

class Preferences {
  current = $state<TerminalSettings>(parseSettings(read()));

  constructor() {
    addEventListener("storage", (event) => {
      if (event.key === KEY) this.current = parseSettings(event.newValue);
    });
  }

  /** Changes some settings and remembers them. */
  change(change: Partial<TerminalSettings>): void {
    this.current = checked({ ...this.current, ...change });
    try {
      localStorage.setItem(KEY, JSON.stringify(this.current));
    } catch {
      // Storage is blocked or full: the choice lasts as long as the page.
    }
  }

  /** One step larger or smaller. */
  zoom(step: number): void {
    this.change({ fontSize: Math.round(this.current.fontSize) + step });
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export const preferences = new Preferences();
