// Claims about small things: settings, edits of a soft keyboard, counts, pointers.

import { describe, expect, it } from "vitest";

import { shrinkOf } from "./cursor";
import { rateText } from "./rate";
import { DEFAULTS, parseDesktopSettings } from "./settings";
import { Tally } from "./tally";
import { editOf, FILLER } from "./text";

describe("stored settings", () => {
  it.each([
    [null, DEFAULTS],
    ["{", DEFAULTS],
    ["[]", DEFAULTS],
    ["7", DEFAULTS],
    ['{"view":{"mode":"actual"},"follows":false}', { view: { mode: "actual" }, follows: false }],
    ['{"view":{"mode":"zoom","factor":2}}', { view: { mode: "zoom", factor: 2 } }],
    ['{"view":{"mode":"zoom","factor":1e9}}', DEFAULTS],
    ['{"view":{"mode":"zoom"},"overlay":"yes"}', DEFAULTS],
    ['{"view":null,"overlay":true}', { overlay: true }],
  ])("%s are read as far as they make sense", (text, settings) => {
    expect(parseDesktopSettings(text)).toEqual({ ...DEFAULTS, ...settings });
  });
});

describe("an edit of a soft keyboard", () => {
  it.each([
    ["", "a", 0, "a"],
    ["hel", "hello", 0, "lo"],
    ["teh", "the ", 2, "he "],
    ["ab", "a", 1, ""],
    ["a😀", "a", 1, ""],
    ["same", "same", 0, ""],
    [FILLER, FILLER.slice(1), 1, ""],
  ])("from “%s” to “%s” erases %i and types “%s”", (before, after, erased, typed) => {
    expect(editOf(before, after)).toEqual({ erased, typed });
  });
});

it("counts per second, from one look to the next", () => {
  const tally = new Tally();
  tally.take(1000);
  for (let frame = 0; frame < 30; frame += 1) {
    tally.received(1000);
    tally.drawn(2000);
  }
  expect(tally.take(3000)).toEqual({ fps: 15, bytesPerSecond: 15_000, drawUs: 2000 });
  expect(tally.take(4000)).toEqual({ fps: 0, bytesPerSecond: 0, drawUs: 0 });
});

it("bandwidth is told in steps that read well", () => {
  expect([0, 999, 1000, 60_400, 999_499, 2_174_000].map(rateText)).toEqual([
    "0 B/s",
    "999 B/s",
    "1 KB/s",
    "60 KB/s",
    "999 KB/s",
    "2.2 MB/s",
  ]);
});

it("a pointer shrinks only beyond what browsers take", () => {
  const shape = { height: 16, hotX: 0, hotY: 0, rgba: new Uint8Array() };
  expect(shrinkOf({ ...shape, width: 64 }, 1)).toBe(1);
  expect(shrinkOf({ ...shape, width: 256 }, 2)).toBe(1);
  expect(shrinkOf({ ...shape, width: 256 }, 1)).toBe(0.5);
  expect(shrinkOf({ ...shape, width: 384 }, 1)).toBeCloseTo(1 / 3);
});
