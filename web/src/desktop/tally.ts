// What the small overlay shows: counted in the Worker, told once a second. Pure.

export interface Counts {
  /** Frames drawn in each second. */
  fps: number;
  /** Bytes received in each second. */
  bytesPerSecond: number;
  /** Mean time to decode and draw one frame, in microseconds; 0 when none was drawn. */
  drawUs: number;
}

export class Tally {
  #since = 0;
  #frames = 0;
  #bytes = 0;
  #drawUs = 0;

  received(bytes: number): void {
    this.#bytes += bytes;
  }

  drawn(drawUs: number): void {
    this.#frames += 1;
    this.#drawUs += drawUs;
  }

  /** Counts since the last time; `now` in milliseconds. */
  take(now: number): Counts {
    const seconds = Math.max(0.001, (now - this.#since) / 1000);
    const counts = {
      fps: this.#frames / seconds,
      bytesPerSecond: this.#bytes / seconds,
      drawUs: this.#frames === 0 ? 0 : this.#drawUs / this.#frames,
    };
    this.#since = now;
    this.#frames = this.#bytes = this.#drawUs = 0;
    return counts;
  }
}
