// Short messages inside a session view: seen in fullscreen, too. Each may carry one action.

export interface SessionNotice {
  id: number;
  text: string;
  tone: "plain" | "warn";
  action: { label: string; run: () => void } | null;
}

const SHOWN_MS = 5000;
const SHOWN_WITH_ACTION_MS = 15_000;
/** More at once is noise; the oldest goes. */
const MOST = 3;

export class Notices {
  items = $state.raw<SessionNotice[]>([]);
  #next = 1;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  /** Shows a message; one with the same text replaces its predecessor. */
  show(text: string, options: Partial<Pick<SessionNotice, "tone" | "action">> = {}): number {
    for (const old of this.items) if (old.text === text) this.dismiss(old.id);
    const id = this.#next++;
    const notice = { id, text, tone: "plain" as const, action: null, ...options };
    for (const old of this.items.slice(0, Math.max(0, this.items.length - MOST + 1))) {
      this.dismiss(old.id);
    }
    this.items = [...this.items, notice];
    const shown = notice.action ? SHOWN_WITH_ACTION_MS : SHOWN_MS;
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), shown),
    );
    return id;
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.items = this.items.filter((notice) => notice.id !== id);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
