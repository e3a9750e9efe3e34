// Claims about the streaming decoder, against pieces that the reference encoder flushed.

import { beforeEach, describe, expect, it } from "vitest";

import golden from "./pieces.golden.json";
import { MAX_READ, PieceDecoder, StreamError } from "./zstd";
import wasm from "./zstd.wasm?url&inline";

interface Piece {
  piece: string;
  size: number;
  sha256: string;
}

const bytesOf = ({ piece }: Piece) => Uint8Array.from(atob(piece), (char) => char.charCodeAt(0));

/** Decodes a piece in reads of at most `most` bytes and hashes what came out. */
async function hashOf(decoder: PieceDecoder, piece: Piece, most = MAX_READ): Promise<string> {
  const whole = new Uint8Array(piece.size);
  decoder.begin(bytesOf(piece));
  for (let at = 0; at < piece.size; at += most) {
    whole.set(decoder.read(Math.min(piece.size - at, most)), at);
  }
  decoder.finish();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

let decoder: PieceDecoder;
beforeEach(async () => {
  decoder = await PieceDecoder.load(await (await fetch(wasm)).arrayBuffer());
});

describe("a stream", () => {
  it.each(["desktop", "far", "resumed"] as const)("decodes piece by piece: %s", async (name) => {
    for (const piece of golden[name]) expect(await hashOf(decoder, piece)).toBe(piece.sha256);
  });

  it("may be read in any portions", async () => {
    for (const piece of golden.desktop) expect(await hashOf(decoder, piece, 7)).toBe(piece.sha256);
  });

  it("begins again after a reset, also in the middle of a piece", async () => {
    decoder.begin(bytesOf(golden.desktop[0] as Piece));
    decoder.read(100);
    decoder.reset();
    for (const piece of golden.desktop) expect(await hashOf(decoder, piece)).toBe(piece.sha256);
  });

  it("keeps its memory small", async () => {
    const large = golden.far[1] as Piece;
    await hashOf(decoder, golden.far[0] as Piece);
    await hashOf(decoder, large);
    const view = decoder.read.bind(decoder);
    decoder.begin(bytesOf(golden.far[2] as Piece));
    expect(view(4).buffer.byteLength).toBeLessThan(6 * 1024 * 1024);
  });
});

describe("a piece is refused", () => {
  const [first, second] = golden.desktop as [Piece, Piece, Piece];

  it("when it is no zstd", async () => {
    decoder.begin(new Uint8Array(64).fill(7));
    expect(() => decoder.read(4)).toThrow(StreamError);
  });

  it("when it holds less than its rectangles need", async () => {
    decoder.begin(bytesOf(first));
    decoder.read(first.size);
    expect(() => decoder.read(4)).toThrow(/too little/);
  });

  it("when it holds more", async () => {
    decoder.begin(bytesOf(first));
    decoder.read(first.size - 4);
    expect(() => decoder.finish()).toThrow(/too much/);
  });

  it("when it is cut anywhere", async () => {
    const whole = bytesOf(first);
    for (let cut = 0; cut < whole.length; cut += 13) {
      decoder.reset();
      decoder.begin(whole.subarray(0, cut));
      expect(() => decoder.read(first.size), `cut at ${cut}`).toThrow(StreamError);
    }
  });

  it("when it belongs to a stream that was not begun", async () => {
    decoder.begin(bytesOf(second));
    expect(() => decoder.read(second.size)).toThrow(StreamError);
  });

  it("when its window is larger than agreed", async () => {
    decoder.begin(bytesOf(golden.vast[0] as Piece));
    expect(() => decoder.read(1000)).toThrow(StreamError);
  });

  it("when bits are turned, without ever leaving the decoder unusable", async () => {
    const whole = bytesOf(first);
    for (let at = 0; at < whole.length; at += 5) {
      const bent = whole.slice();
      bent[at] = (bent[at] ?? 0) ^ (1 << (at % 8));
      decoder.reset();
      try {
        decoder.begin(bent);
        decoder.read(first.size);
        decoder.finish();
      } catch (error) {
        expect(error).toBeInstanceOf(StreamError);
      }
    }
    decoder.reset();
    expect(await hashOf(decoder, first)).toBe(first.sha256);
  });

  it("when it is absurdly large", async () => {
    expect(() => decoder.begin(new Uint8Array(16 * 1024 * 1024 + 1))).toThrow(/no room/);
  });
});
