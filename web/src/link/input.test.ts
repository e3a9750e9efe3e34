import { expect, it } from "vitest";

import { INPUT_WINDOW } from "../wire/frames";
import { HELD_FOR_MS, HELD_WHILE_AWAY, InputWindow } from "./input";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (window: InputWindow): string =>
  window
    .take()
    .map((frame) => new TextDecoder().decode(frame.data))
    .join("");

it("input_is_never_sent_with_a_hole", () => {
  const window = new InputWindow();
  window.attached(0);
  window.typed(bytes("rm -rf /"));
  window.take();
  window.acked(8);
  window.typed(bytes("tmp/x"));
  window.take(); // sent, never acknowledged
  expect(window.lost(100)).toBe(5);
  expect(window.typed(bytes("y\r"))).toBe("refused");
  window.attached(200);
  expect(text(window)).toBe("");
  window.typed(bytes("ls\r"));
  expect(text(window)).toBe("ls\r");
});

it("a refused key while away drops the rest, so that no hole arises", () => {
  const window = new InputWindow();
  window.attached(0);
  window.lost(1);
  expect(window.typed(new Uint8Array(HELD_WHILE_AWAY))).toBe("queued");
  expect(window.typed(bytes("x"))).toBe("refused");
  expect(window.attached(2)).toBe(HELD_WHILE_AWAY);
  expect(window.take()).toEqual([]);
});

it("keys typed during a short pause arrive when nothing was in flight", () => {
  const window = new InputWindow();
  window.attached(0);
  window.typed(bytes("a"));
  window.take();
  window.acked(1);
  expect(window.lost(100)).toBe(0);
  expect(window.typed(bytes("bc"))).toBe("queued");
  expect(window.take()).toEqual([]);
  expect(window.attached(900)).toBe(0);
  expect(window.take()).toEqual([{ offset: 0, data: bytes("bc") }]);
});

it("keys typed during a long outage are dropped, not typed by surprise", () => {
  const window = new InputWindow();
  window.attached(0);
  window.lost(100);
  window.typed(bytes("reboot\r"));
  expect(window.attached(101 + HELD_FOR_MS)).toBe(7);
  expect(window.take()).toEqual([]);
});

it("never leaves more than the window unacknowledged, and offsets are gapless", () => {
  const window = new InputWindow();
  window.attached(0);
  window.typed(new Uint8Array(200_000));
  let next = 0;
  let rounds = 0;
  while (next < 200_000 && rounds < 100) {
    rounds += 1;
    for (const frame of window.take()) {
      expect(frame.offset).toBe(next);
      next += frame.data.byteLength;
    }
    expect(window.inFlight).toBeLessThanOrEqual(INPUT_WINDOW);
    window.acked(next);
  }
  expect(next).toBe(200_000);
});

it("refuses an acknowledgement of bytes that were never sent", () => {
  const window = new InputWindow();
  window.attached(0);
  expect(window.acked(1)).toBe(false);
});

it("each socket starts its own offsets", () => {
  const window = new InputWindow();
  window.attached(0);
  window.typed(bytes("abc"));
  window.take();
  window.acked(3);
  window.lost(1);
  window.attached(2);
  window.typed(bytes("d"));
  expect(window.take()).toEqual([{ offset: 0, data: bytes("d") }]);
});
