// Folders and recents, shared by sidebar, home and palette. Reloaded after a target changed.

import { targets } from "../api/client";
import type { Target } from "../api/types";

class Library {
  folders = $state.raw<string[]>([]);
  recent = $state.raw<Target[]>([]);
  /** Rises after every change; lists of targets watch it. */
  version = $state(0);

  async refresh(): Promise<void> {
    const [folders, recent] = await Promise.allSettled([targets.folders(), targets.recent()]);
    if (folders.status === "fulfilled") this.folders = folders.value.items;
    if (recent.status === "fulfilled") this.recent = recent.value.items;
  }

  changed(): void {
    this.version += 1;
    void this.refresh();
  }
}

export const library = new Library();
