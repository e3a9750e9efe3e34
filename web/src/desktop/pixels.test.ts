// Claims about the desktop's memory, against a slow and obvious one.

import { describe, expect, it } from "vitest";
import type { Move } from "../wire/frames";
import { Pixels } from "./pixels";

/** Each pixel a number in its red byte. */
function filled(width: number, height: number): Pixels {
  const pixels = new Pixels();
  pixels.resize({ width, height });
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let at = 0; at < width * height; at += 1) data[at * 4] = at;
  pixels.put({ x: 0, y: 0, width, height }, data);
  return pixels;
}

const reds = (pixels: Pixels) => Array.from(pixels.data.filter((_, at) => at % 4 === 0));

function movedSlowly(before: number[], width: number, move: Move): number[] {
  const after = [...before];
  for (let y = 0; y < move.height; y += 1) {
    for (let x = 0; x < move.width; x += 1) {
      const from = (move.fromY + y) * width + move.fromX + x;
      after[(move.y + y) * width + move.x + x] = before[from] ?? -1;
    }
  }
  return after;
}

describe("a move", () => {
  it.each([
    ["up, whole rows", { fromX: 0, fromY: 2, x: 0, y: 0, width: 8, height: 4 }],
    ["down, whole rows", { fromX: 0, fromY: 0, x: 0, y: 2, width: 8, height: 4 }],
    ["right", { fromX: 0, fromY: 1, x: 2, y: 1, width: 5, height: 3 }],
    ["left", { fromX: 3, fromY: 1, x: 1, y: 1, width: 5, height: 3 }],
    ["down and right", { fromX: 0, fromY: 0, x: 1, y: 1, width: 6, height: 4 }],
    ["down and left", { fromX: 2, fromY: 0, x: 1, y: 1, width: 6, height: 4 }],
    ["up and right", { fromX: 1, fromY: 2, x: 2, y: 1, width: 6, height: 4 }],
    ["nowhere", { fromX: 1, fromY: 1, x: 1, y: 1, width: 6, height: 4 }],
  ])("%s is right though it overlaps itself", (_, move) => {
    const pixels = filled(8, 6);
    const expected = movedSlowly(reds(pixels), 8, move);
    pixels.move(move);
    expect(reds(pixels)).toEqual(expected);
  });
});

describe("a new size", () => {
  it("keeps the corner and is opaque black elsewhere", () => {
    const pixels = filled(2, 2);
    pixels.resize({ width: 3, height: 1 });
    expect(Array.from(pixels.data)).toEqual([0, 255, 255, 255, 1, 255, 255, 255, 0, 0, 0, 255]);
  });
});

describe("stale areas", () => {
  const area = { x: 2, y: 2, width: 2, height: 2 };
  const white = (size: number) => new Uint8ClampedArray(size * 4).fill(255);

  it("are where images were drawn, until rectangles cover them", () => {
    const pixels = filled(8, 6);
    pixels.drew(area);
    pixels.put({ x: 2, y: 2, width: 2, height: 1 }, white(2));
    expect(pixels.stale).toEqual([area]);
    pixels.put({ x: 1, y: 2, width: 3, height: 2 }, white(6));
    expect(pixels.stale).toEqual([]);
  });

  it("do not pile up where images follow each other", () => {
    const pixels = filled(8, 6);
    for (let frame = 0; frame < 100; frame += 1) pixels.drew(area);
    expect(pixels.stale).toEqual([area]);
    expect(pixels.isStaleFull).toBe(false);
    for (let x = 0; x < 64; x += 1) pixels.drew({ x, y: 0, width: 1, height: 1 });
    expect(pixels.isStaleFull).toBe(true);
  });
});
