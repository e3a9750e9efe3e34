// A slow clock for «5 min ago»: one timer for the whole page, asleep while nobody looks.

const TICK_MS = 10_000;

class Clock {
  nowMs = $state(Date.now());

  constructor() {
    setInterval(() => this.#tick(), TICK_MS);
    document.addEventListener("visibilitychange", () => this.#tick());
  }

  #tick(): void {
    if (!document.hidden) this.nowMs = Date.now();
  }
}

export const clock = new Clock();
