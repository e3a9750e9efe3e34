// The desktop as plain memory beside its canvas: a move within memory costs a third of a canvas
// drawn onto itself where there is no graphics card. Pure.
//
// INVARIANT: memory is what the canvas shows, except where images were drawn since; those areas are
// `stale` and must be read back before they move.

import type { Area, Box, Move } from "../wire/frames";

/** Stale areas that are remembered; beyond it they had better be read back. */
const MOST_STALE = 64;

export class Pixels {
  #data = opaque({ width: 1, height: 1 });
  #size: Box = { width: 1, height: 1 };
  #stale: Area[] = [];

  get data(): Uint8ClampedArray<ArrayBuffer> {
    return this.#data;
  }

  get size(): Box {
    return this.#size;
  }

  /** Areas that only the canvas knows. */
  get stale(): readonly Area[] {
    return this.#stale;
  }

  get isStaleFull(): boolean {
    return this.#stale.length >= MOST_STALE;
  }

  /** Takes a new size; what was there stays in the upper left corner, the rest is black. */
  resize(size: Box): void {
    const [old, { width, height }] = [this.#data, this.#size];
    this.#data = opaque(size);
    this.#size = size;
    this.#stale = [];
    const kept = Math.min(width, size.width) * 4;
    for (let row = 0; row < Math.min(height, size.height); row += 1) {
      const from = row * width * 4;
      this.#data.set(old.subarray(from, from + kept), row * size.width * 4);
    }
  }

  move({ fromX, fromY, x, y, width, height }: Move): void {
    const line = this.#size.width * 4;
    if (width === this.#size.width) {
      this.#data.copyWithin(y * line, fromY * line, (fromY + height) * line);
      return;
    }
    // Away from the source first, or rows would be overwritten before they are moved.
    const isDown = y > fromY;
    for (let step = 0; step < height; step += 1) {
      const row = isDown ? height - 1 - step : step;
      const from = (fromY + row) * line + fromX * 4;
      this.#data.copyWithin((y + row) * line + x * 4, from, from + width * 4);
    }
  }

  put(area: Area, pixels: Uint8ClampedArray): void {
    const line = this.#size.width * 4;
    const wide = area.width * 4;
    this.#stale = this.#stale.filter((one) => !covers(area, one));
    if (wide === line) {
      this.#data.set(pixels, area.y * line);
      return;
    }
    for (let row = 0; row < area.height; row += 1) {
      const part = pixels.subarray(row * wide, (row + 1) * wide);
      this.#data.set(part, (area.y + row) * line + area.x * 4);
    }
  }

  /** An image was drawn onto the canvas. */
  drew(area: Area): void {
    this.#stale = this.#stale.filter((one) => !covers(area, one));
    this.#stale.push({ x: area.x, y: area.y, width: area.width, height: area.height });
  }
}

function covers(outer: Area, inner: Area): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.width >= inner.x + inner.width &&
    outer.y + outer.height >= inner.y + inner.height
  );
}

function opaque({ width, height }: Box): Uint8ClampedArray<ArrayBuffer> {
  const data = new Uint8ClampedArray(width * height * 4);
  new Uint32Array(data.buffer).fill(0xff000000);
  return data;
}
