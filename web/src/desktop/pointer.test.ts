// Claims about pointers, fingers, and where a desktop lies.

import { describe, expect, it } from "vitest";

import { boxOf, layOut, zoomed, zoomTo } from "./layout";
import { buttonsOf, Notches, PointerDesk } from "./pointer";
import { Gestures, LONG_PRESS_MS, type TouchEffect } from "./touch";

const SIZE = { width: 100, height: 50 };

describe("a pointer", () => {
  it("waits with moves and says only the last", () => {
    const pointer = new PointerDesk();
    expect(pointer.to(10.9, 5.2, 0, SIZE)).toBeNull();
    expect(pointer.to(11, 6, 0, SIZE)).toBeNull();
    expect(pointer.take()).toEqual({ x: 11, y: 6, buttons: 0, wheelX: 0, wheelY: 0 });
    expect(pointer.take()).toBeNull();
  });

  it("says buttons at once, where they are, and moves before them are included", () => {
    const pointer = new PointerDesk();
    pointer.to(1, 1, 0, SIZE);
    expect(pointer.to(20, 20, 1, SIZE)).toMatchObject({ x: 20, y: 20, buttons: 1 });
    expect(pointer.take()).toBeNull();
    expect(pointer.to(20, 20, 0, SIZE)).toMatchObject({ buttons: 0 });
  });

  it("stays on the desktop", () => {
    const pointer = new PointerDesk();
    expect(pointer.to(-5, 900, 1, SIZE)).toMatchObject({ x: 0, y: 49 });
    expect(pointer.by(1000, -1000, 0, SIZE)).toMatchObject({ x: 99, y: 0 });
  });

  it("lets no button hang", () => {
    const pointer = new PointerDesk();
    expect(pointer.release()).toBeNull();
    pointer.to(1, 1, 4, SIZE);
    expect(pointer.release()).toMatchObject({ x: 1, y: 1, buttons: 0 });
  });

  it("has its buttons in our order", () => {
    expect([1, 2, 4, 8, 16, 3, 31].map(buttonsOf)).toEqual([1, 4, 2, 8, 16, 5, 31]);
  });
});

describe("a wheel", () => {
  it.each([
    ["a mouse of Chromium", 0, [100, 100, -100], [1, 1, -1]],
    ["a mouse on Linux", 0, [120, 120, 120], [1, 1, 1]],
    ["a mouse of Firefox", 1, [3, 3, -3], [1, 1, -1]],
    ["a trackpad", 0, [10, 20, 15, 10, 3], [0, 0, 0, 1, 0]],
    ["a fling", 0, [600, 100_000], [6, 10]],
    ["pages", 2, [1], [3]],
    ["a change of mind", 0, [40, -20, -40], [0, 0, -1]],
  ])("of %s turns whole notches", (_, mode, deltas, notches) => {
    const wheel = new Notches();
    expect(deltas.map((delta) => wheel.turn(delta, mode))).toEqual(notches);
  });

  it("is said with the place", () => {
    const pointer = new PointerDesk();
    pointer.to(3, 4, 0, SIZE);
    expect(pointer.wheel(0, -100, 0)).toEqual({ x: 3, y: 4, buttons: 0, wheelX: 0, wheelY: -1 });
    expect(pointer.wheel(0, -10, 0)).toBeNull();
  });
});

const kinds = (effects: TouchEffect[]) => effects.map((effect) => effect.kind);

describe("fingers", () => {
  it("click by a tap, even a shaky one", () => {
    const fingers = new Gestures();
    fingers.down(1, 10, 10, 0);
    expect(fingers.move(1, 13, 12, false)).toEqual([]);
    expect(fingers.up(1, 100)).toEqual([{ kind: "click", x: 10, y: 10, button: "left" }]);
  });

  it("click right by a rest, once", () => {
    const fingers = new Gestures();
    fingers.down(1, 10, 10, 0);
    expect(fingers.wait(LONG_PRESS_MS - 1)).toEqual([]);
    expect(fingers.wait(LONG_PRESS_MS)).toEqual([{ kind: "click", x: 10, y: 10, button: "right" }]);
    expect(fingers.wait(LONG_PRESS_MS + 1)).toEqual([]);
    expect(fingers.up(1, LONG_PRESS_MS + 10)).toEqual([]);
  });

  it("click twice at the same place", () => {
    const fingers = new Gestures();
    fingers.down(1, 10, 10, 0);
    fingers.up(1, 50);
    fingers.down(1, 22, 14, 200);
    expect(fingers.up(1, 250)).toEqual([{ kind: "click", x: 10, y: 10, button: "left" }]);
    fingers.down(1, 10, 10, 300);
    expect(fingers.move(1, 60, 10, false)).toEqual([{ kind: "move", x: 60, y: 10 }]);
  });

  it("drag after a tap, from where the tap was", () => {
    const fingers = new Gestures();
    fingers.down(1, 10, 10, 0);
    fingers.up(1, 50);
    fingers.down(1, 12, 10, 200);
    expect(fingers.move(1, 40, 10, true)).toEqual([
      { kind: "press", x: 10, y: 10 },
      { kind: "move", x: 40, y: 10 },
    ]);
    expect(fingers.up(1, 400)).toEqual([{ kind: "lift" }]);
  });

  it("move the view when it is larger than the window, else the pointer", () => {
    const fingers = new Gestures();
    fingers.down(1, 10, 10, 0);
    expect(fingers.move(1, 30, 15, true)).toEqual([{ kind: "pan", dx: 20, dy: 5 }]);
    expect(fingers.move(1, 31, 15, true)).toEqual([{ kind: "pan", dx: 1, dy: 0 }]);
    expect(fingers.up(1, 50)).toEqual([]);
  });

  it("scroll by two, the picture following", () => {
    const fingers = new Gestures();
    fingers.down(1, 0, 100, 0);
    fingers.down(2, 100, 100, 5);
    fingers.move(1, 0, 60, false);
    expect(fingers.move(2, 100, 60, false)).toEqual([
      { kind: "scroll", x: 50, y: 100, notchesX: 0, notchesY: 1 },
    ]);
    expect(fingers.up(1, 50)).toEqual([]);
    expect(fingers.up(2, 60)).toEqual([]);
  });

  it("pinch by two", () => {
    const fingers = new Gestures();
    fingers.down(1, 0, 0, 0);
    fingers.down(2, 100, 0, 5);
    const effects = fingers.move(2, 150, 0, true);
    expect(effects[0]).toEqual({ kind: "pinch", factor: 1.5, x: 75, y: 0 });
    expect(kinds(fingers.move(2, 150, 80, true))).toEqual(["pinch", "pan"]);
  });

  it("lift what they drag when a second finger comes or the browser takes them", () => {
    const drag = () => {
      const fingers = new Gestures();
      fingers.down(1, 10, 10, 0);
      fingers.up(1, 50);
      fingers.down(1, 10, 10, 100);
      fingers.move(1, 50, 50, false);
      return fingers;
    };
    expect(kinds(drag().down(2, 90, 90, 200))).toEqual(["lift"]);
    expect(kinds(drag().cancel())).toEqual(["lift"]);
    expect(drag().up(9, 300)).toEqual([]);
  });

  it("of a whole hand do nothing", () => {
    const fingers = new Gestures();
    for (const id of [1, 2, 3]) expect(fingers.down(id, id * 10, 0, id)).toEqual([]);
    expect(fingers.move(3, 90, 90, false)).toEqual([]);
    for (const id of [1, 2, 3]) expect(fingers.up(id, 100)).toEqual([]);
  });
});

describe("a layout", () => {
  const desktop = { width: 1280, height: 720 };

  it("at 1:1 is exact on every density, and on whole device pixels", () => {
    for (const density of [1, 1.25, 1.5, 2, 2.625]) {
      const room = { width: 1501, height: 901 };
      const layout = layOut({ mode: "actual" }, desktop, room, density);
      expect(layout.width * density).toBeCloseTo(1280, 9);
      expect(layout.left * density).toBeCloseTo(Math.round(layout.left * density), 9);
      expect(layout).toMatchObject({ factor: 1, isSharp: true });
    }
  });

  it("fits as a whole and keeps its shape", () => {
    const layout = layOut({ mode: "fit" }, desktop, { width: 640, height: 900 }, 1);
    expect(layout).toMatchObject({ width: 640, height: 360, left: 0, top: 270, isScrolled: false });
  });

  it("is sharp rather than full when the window is a few pixels larger", () => {
    const layout = layOut({ mode: "fit" }, desktop, { width: 1285, height: 727 }, 1);
    expect(layout).toMatchObject({ factor: 1, isSharp: true, left: 3, top: 4 });
    expect(layOut({ mode: "fit" }, desktop, { width: 1279, height: 720 }, 1).factor).toBeLessThan(
      1,
    );
  });

  it("scrolls when it is larger than the window", () => {
    const layout = layOut({ mode: "actual" }, desktop, { width: 600, height: 400 }, 1);
    expect(layout).toMatchObject({ left: 0, top: 0, isScrolled: true });
  });

  it("zooms in steps, stopping at 1:1 and at the limits", () => {
    expect(zoomed(0.9, 1)).toEqual({ mode: "actual" });
    expect(zoomed(1.2, -1)).toEqual({ mode: "actual" });
    expect(zoomed(1, 1)).toEqual({ mode: "zoom", factor: 1.25 });
    expect(zoomTo(99)).toEqual({ mode: "zoom", factor: 4 });
    expect(zoomTo(0)).toEqual({ mode: "zoom", factor: 0.25 });
  });

  it("wishes for the desktop that fills the window in device pixels", () => {
    expect(boxOf({ width: 800, height: 600.5 }, 1.5)).toEqual({ width: 1200, height: 900 });
    expect(boxOf({ width: 0, height: 600 }, 2)).toEqual({ width: 0, height: 0 });
  });
});
