// Claims about desktop frames: what does not add up is refused before anyone draws it.

import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { decodeServer, encodeClient, FrameError } from "./codec";
import type { ServerEvent } from "./frames";
import { ServerFrameSchema } from "./gen/baton_pb";

interface Given {
  width?: number;
  height?: number;
  copies?: number[];
  rects?: number[];
  images?: { x: number; y: number; width: number; height: number; jpeg: Uint8Array }[];
}

function decoded(given: Given): ServerEvent | null {
  const value = { seq: 1n, key: true, width: 100, height: 50, ...given };
  const frame = create(ServerFrameSchema, { body: { case: "desktopFrame", value } });
  return decodeServer(toBinary(ServerFrameSchema, frame) as Uint8Array<ArrayBuffer>);
}

function cursor(value: { width: number; height: number; hotX: number; rgba: Uint8Array }) {
  const frame = create(ServerFrameSchema, { body: { case: "cursorShape", value } });
  return decodeServer(toBinary(ServerFrameSchema, frame) as Uint8Array<ArrayBuffer>);
}

describe("a desktop frame", () => {
  it("arrives as moves and areas", () => {
    expect(decoded({ copies: [0, 10, 0, 0, 100, 40], rects: [0, 40, 100, 10] })).toMatchObject({
      kind: "desktop",
      seq: 1,
      key: true,
      copies: [{ fromX: 0, fromY: 10, x: 0, y: 0, width: 100, height: 40 }],
      rects: [{ x: 0, y: 40, width: 100, height: 10 }],
      images: [],
    });
  });

  it.each([
    ["no width", { width: 0 }],
    ["an endless side", { width: 65_535, height: 1 }],
    ["too many pixels", { width: 16_384, height: 16_384 }],
    ["half a rectangle", { rects: [0, 0, 10] }],
    ["half a move", { copies: [0, 0, 1, 1] }],
    ["an empty rectangle", { rects: [0, 0, 0, 10] }],
    ["a rectangle beyond the edge", { rects: [91, 0, 10, 10] }],
    ["a corner that overflows", { rects: [4_294_967_295, 0, 10, 10] }],
    ["a move from outside", { copies: [0, 45, 0, 0, 10, 10] }],
    ["a move to outside", { copies: [0, 0, 95, 0, 10, 10] }],
    [
      "an image outside",
      { images: [{ x: 0, y: 45, width: 8, height: 8, jpeg: new Uint8Array() }] },
    ],
    ["a bomb of rectangles", { rects: Array(5).fill([0, 0, 100, 50]).flat() }],
  ] as [string, Given][])("with %s is refused", (_, given) => {
    expect(() => decoded(given)).toThrow(FrameError);
  });
});

describe("a pointer's picture", () => {
  it("without pixels is hidden", () => {
    expect(cursor({ width: 9, height: 9, hotX: 1, rgba: new Uint8Array() })).toMatchObject({
      shape: { width: 0, height: 0 },
    });
  });

  it("keeps a hot spot inside", () => {
    expect(cursor({ width: 2, height: 1, hotX: 9, rgba: new Uint8Array(8) })).toMatchObject({
      shape: { hotX: 1, hotY: 0 },
    });
  });

  it("whose pixels do not fit its size is refused", () => {
    expect(() => cursor({ width: 2, height: 2, hotX: 0, rgba: new Uint8Array(15) })).toThrow();
    const large = new Uint8Array(385 * 4);
    expect(() => cursor({ width: 385, height: 1, hotX: 0, rgba: large })).toThrow();
  });
});

describe("what a desktop takes", () => {
  const hex = (bytes: Uint8Array) =>
    Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

  it("is written as the node reads it", () => {
    const pointer = { kind: "pointer", x: 300, y: 2, buttons: 1, wheelX: 0, wheelY: -1 } as const;
    expect(hex(encodeClient(pointer))).toBe("4a0908ac02100218012801");
    expect(hex(encodeClient({ kind: "key", scancode: 0xe01d, keysym: 0xffe4, down: true }))).toBe(
      "520a089dc00310e4ff031801",
    );
    expect(hex(encodeClient({ kind: "frame_ack", seq: 3, drawUs: 1500 }))).toBe("5a05080310dc0b");
    expect(hex(encodeClient({ kind: "set_clipboard", text: "é" }))).toBe("62040a02c3a9");
    expect(hex(encodeClient({ kind: "resize_desktop", width: 640, height: 480 }))).toBe(
      "6a0608800510e003",
    );
    expect(hex(encodeClient({ kind: "release_keys" }))).toBe("7200");
  });
});
