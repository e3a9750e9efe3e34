// The settings of this browser for every desktop of the page, kept in local storage.

import { type DesktopSettings, parseDesktopSettings } from "./settings";

const KEY = "baton.desktop";

class DesktopPreferences {
  current = $state.raw<DesktopSettings>(parseDesktopSettings(read()));

  /** Changes some settings and remembers them. */
  change(change: Partial<DesktopSettings>): void {
    this.current = { ...this.current, ...change };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.current));
    } catch {
      // Storage is blocked or full: the choice lasts as long as the page.
    }
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export const desktopPreferences = new DesktopPreferences();
