// Short messages that need no answer. Shown and announced by `Toasts.svelte`.

export interface Toast {
  id: number;
  kind: "ok" | "error";
  text: string;
}

const SHOWN_MS = { ok: 4000, error: 9000 };
/** More than this at once is noise; the oldest goes. */
const MAX_TOASTS = 4;

class Toasts {
  items = $state<Toast[]>([]);
  /** How many others show them now: a session in front does, above its screen. */
  hosts = $state(0);
  #next = 1;

  show(kind: Toast["kind"], text: string): void {
    const id = this.#next++;
    this.items = [...this.items, { id, kind, text }].slice(-MAX_TOASTS);
    setTimeout(() => this.dismiss(id), SHOWN_MS[kind]);
  }

  /** The caller shows them from now on; answers how to stop. */
  host(): () => void {
    this.hosts += 1;
    return () => {
      this.hosts -= 1;
    };
  }

  /** Something else begins: what went well before needs no words any more. */
  move(): void {
    this.items = this.items.filter((toast) => toast.kind === "error");
  }

  dismiss(id: number): void {
    this.items = this.items.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();

export function say(text: string): void {
  toasts.show("ok", text);
}

export function complain(text: string): void {
  toasts.show("error", text);
}
