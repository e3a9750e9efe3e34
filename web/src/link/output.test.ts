import { describe, expect, it } from "vitest";

import { ACK_EVERY } from "../wire/frames";
import { Acknowledger, JOIN_LIMIT, join, OutputTracker, PagePacer } from "./output";

const SIZE = { cols: 80, rows: 24 };
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const read = (tracker: OutputTracker): string =>
  tracker
    .take()
    .map((item) =>
      item.kind === "resize" ? `[${item.cols}]` : new TextDecoder().decode(item.data),
    )
    .join("");

function fresh(): OutputTracker {
  const tracker = new OutputTracker();
  tracker.attached(false);
  tracker.snapshot(100, SIZE, bytes("S"));
  tracker.take();
  return tracker;
}

describe("order", () => {
  it("shows no output before the snapshot", () => {
    const tracker = new OutputTracker();
    tracker.attached(false);
    expect(tracker.output(0, bytes("early"))).toBe("skipped");
    tracker.snapshot(5, SIZE, bytes("S"));
    expect(tracker.output(5, bytes("late"))).toBe("taken");
    expect(read(tracker)).toBe("Slate");
  });

  it("draws a byte that is sent twice only once", () => {
    const tracker = fresh();
    tracker.output(100, bytes("abc"));
    expect(tracker.output(100, bytes("abc"))).toBe("skipped");
    expect(tracker.output(101, bytes("bcd"))).toBe("taken");
    expect(read(tracker)).toBe("abcd");
    expect(tracker.received).toBe(104);
  });

  it("stops at a gap until a snapshot heals it", () => {
    const tracker = fresh();
    expect(tracker.output(101, bytes("x"))).toBe("gap");
    expect(tracker.output(100, bytes("y"))).toBe("skipped");
    tracker.snapshot(200, SIZE, bytes("S"));
    expect(tracker.output(200, bytes("z"))).toBe("taken");
    expect(read(tracker)).toBe("Sz");
  });

  it("continues by offset on a resumed socket, and not on another", () => {
    const tracker = fresh();
    tracker.output(100, bytes("abc"));
    tracker.attached(true);
    expect(tracker.output(103, bytes("d"))).toBe("taken");
    tracker.attached(false);
    expect(tracker.output(104, bytes("e"))).toBe("skipped");
  });

  it("changes the size exactly between the bytes it separates", () => {
    const tracker = fresh();
    tracker.resized(103, { cols: 132, rows: 24 });
    tracker.output(100, bytes("abcdef"));
    expect(read(tracker)).toBe("abc[132]def");
    tracker.resized(106, { cols: 80, rows: 24 });
    expect(read(tracker)).toBe("[80]");
  });
});

describe("pacing", () => {
  const output = (size: number, end: number) =>
    ({ kind: "output", data: new Uint8Array(size), end }) as const;

  it("hands the first bytes over at once, joins while the page is busy", () => {
    const pacer = new PagePacer();
    pacer.push([output(10, 10)]);
    expect(pacer.take()).toHaveLength(1);
    pacer.push([output(10, 20), output(10, 30)]);
    expect(pacer.take()).toHaveLength(0);
    pacer.consumed(10);
    const batch = pacer.take();
    expect(batch).toHaveLength(1);
    expect(batch[0]).toMatchObject({ end: 30 });
  });

  it("does not hold back a full piece or a snapshot", () => {
    const pacer = new PagePacer();
    pacer.push([output(10, 10)]);
    pacer.take();
    pacer.push([output(JOIN_LIMIT, JOIN_LIMIT + 10)]);
    expect(pacer.take()).toHaveLength(1);
    pacer.push([{ kind: "snapshot", data: new Uint8Array(1), end: 5, ...SIZE }]);
    expect(pacer.take()).toHaveLength(1);
    pacer.push([output(1, 6)]);
    expect(pacer.take()).toHaveLength(0);
    pacer.consumed(5);
    expect(pacer.take()).toHaveLength(1);
  });

  it("never joins across a resize nor beyond the limit", () => {
    const half = JOIN_LIMIT / 2;
    const joined = join([
      output(half, half),
      output(half, 2 * half),
      output(1, 2 * half + 1),
      { kind: "resize", ...SIZE },
      output(1, 2 * half + 2),
    ]);
    expect(joined.map((item) => (item.kind === "output" ? item.data.byteLength : "r"))).toEqual([
      JOIN_LIMIT,
      1,
      "r",
      1,
    ]);
  });
});

describe("acknowledging", () => {
  it("acknowledges every 64 KiB and when caught up", () => {
    const acks = new Acknowledger();
    expect(acks.consumed(1000, ACK_EVERY * 3)).toBeNull();
    expect(acks.consumed(ACK_EVERY, ACK_EVERY * 3)).toBe(ACK_EVERY);
    expect(acks.consumed(ACK_EVERY + 5, ACK_EVERY + 5)).toBe(ACK_EVERY + 5);
    expect(acks.consumed(ACK_EVERY + 5, ACK_EVERY + 5)).toBeNull();
  });
});
