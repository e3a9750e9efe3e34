import { expect, it } from "vitest";

import { Pump } from "./pump";

/** An xterm.js that parses when told to. */
class FakeSink {
  cols = 80;
  rows = 24;
  readonly log: string[] = [];
  readonly pending: (() => void)[] = [];

  write(data: Uint8Array, done: () => void): void {
    this.pending.push(() => {
      this.log.push(`write ${data.byteLength}`);
      done();
    });
  }

  resize(cols: number, rows: number): void {
    this.cols = cols;
    this.rows = rows;
    this.log.push(`resize ${cols}`);
  }

  parse(): void {
    for (let next = this.pending.shift(); next; next = this.pending.shift()) next();
  }
}

function setup() {
  const sink = new FakeSink();
  const pump = new Pump(sink, {
    consumed: (offset) => sink.log.push(`consumed ${offset}`),
    snapshot: () => sink.log.push("snapshot"),
    resized: () => {},
  });
  return { sink, pump };
}

const SIZE = { cols: 80, rows: 24 };

it("resizes only after the bytes before are parsed", () => {
  const { sink, pump } = setup();
  pump.push([
    { kind: "output", data: new Uint8Array(5), end: 5 },
    { kind: "resize", cols: 100, rows: 24 },
    { kind: "output", data: new Uint8Array(5), end: 10 },
  ]);
  expect(sink.log).toEqual([]);
  sink.parse();
  expect(sink.log).toEqual(["write 5", "consumed 5", "resize 100", "write 5", "consumed 10"]);
});

it("applies a large snapshot in one write, with its size first", () => {
  const { sink, pump } = setup();
  pump.push([{ kind: "snapshot", data: new Uint8Array(500_000), end: 7, ...SIZE, cols: 90 }]);
  sink.parse();
  expect(sink.log).toEqual(["resize 90", "write 500000", "snapshot", "consumed 7"]);
});

it("writes output in pieces of at most 64 KiB and counts each", () => {
  const { sink, pump } = setup();
  pump.push([{ kind: "output", data: new Uint8Array(100_000), end: 100_000 }]);
  sink.parse();
  expect(sink.log).toEqual(["write 65536", "consumed 65536", "write 34464", "consumed 100000"]);
});

it("is silent after its end", () => {
  const { sink, pump } = setup();
  pump.push([{ kind: "output", data: new Uint8Array(5), end: 5 }]);
  pump.dispose();
  sink.parse();
  expect(sink.log).toEqual(["write 5"]);
});
