// Claims about painting: order, overlap, sizes, and what a damaged frame leaves behind.

import { describe, expect, it } from "vitest";

import type { Area, Box, DesktopFrame, Move } from "../wire/frames";
import { paint, type Surface } from "./paint";
import { Painter, type Replies } from "./painter";
import type { PixelSource } from "./zstd";

/** Pixels that are not compressed: a piece is what it decodes to. */
class Plain implements PixelSource {
  #piece = new Uint8Array();
  #at = 0;
  resets = 0;

  reset(): void {
    this.resets += 1;
  }

  begin(piece: Uint8Array): void {
    this.#piece = new Uint8Array(piece);
    this.#at = 0;
  }

  read(size: number): Uint8ClampedArray<ArrayBuffer> {
    if (this.#at + size > this.#piece.byteLength) throw new Error("too little");
    this.#at += size;
    return new Uint8ClampedArray(this.#piece.slice(this.#at - size, this.#at));
  }

  finish(): void {
    if (this.#at !== this.#piece.byteLength) throw new Error("too much");
  }
}

/** One letter for each pixel; an image paints its own letter. */
class Board implements Surface<string> {
  size: Box = { width: 0, height: 0 };
  rows: string[][] = [];
  bands = 0;

  resize(size: Box): void {
    const old = this.rows;
    this.size = size;
    this.rows = Array.from({ length: size.height }, (_, y) =>
      Array.from({ length: size.width }, (_, x) => old[y]?.[x] ?? "."),
    );
  }

  move({ fromX, fromY, x, y, width, height }: Move): void {
    const old = this.rows.map((row) => [...row]);
    this.#each({ x, y, width, height }, (dx, dy) => old[fromY + dy]?.[fromX + dx] ?? "?");
  }

  put(area: Area, pixels: Uint8ClampedArray): void {
    this.bands += 1;
    this.#each(area, (dx, dy) => String.fromCharCode(pixels[(dy * area.width + dx) * 4] ?? 0));
  }

  draw(area: Area, image: string): void {
    this.#each(area, () => image);
  }

  get text(): string {
    return this.rows.map((row) => row.join("")).join("|");
  }

  #each({ x, y, width, height }: Area, letter: (dx: number, dy: number) => string): void {
    for (let dy = 0; dy < height; dy += 1) {
      const row = this.rows[y + dy];
      for (let dx = 0; row && dx < width; dx += 1) row[x + dx] = letter(dx, dy);
    }
  }
}

const pixels = (letters: string) =>
  Uint8Array.from([...letters].flatMap((letter) => [letter.charCodeAt(0), 0, 0, 255]));

function frameOf(seq: number, given: Partial<DesktopFrame> = {}): DesktopFrame {
  const nothing = { copies: [], rects: [], pixels: new Uint8Array(), images: [] };
  return { seq, key: false, width: 4, height: 2, ...nothing, ...given };
}

const whole = { x: 0, y: 0, width: 4, height: 2 };
const key = (seq: number, letters = "abcdefgh") =>
  frameOf(seq, { key: true, rects: [whole], pixels: pixels(letters) });

describe("a frame", () => {
  it("is painted as size, moves, rectangles, images", () => {
    const board = new Board();
    const source = new Plain();
    paint(key(1), [], source, board);
    paint(
      frameOf(2, {
        copies: [{ fromX: 0, fromY: 1, x: 0, y: 0, width: 4, height: 1 }],
        rects: [
          { x: 0, y: 1, width: 2, height: 1 },
          { x: 3, y: 1, width: 1, height: 1 },
        ],
        pixels: pixels("123"),
        images: [{ x: 1, y: 0, width: 1, height: 2, jpeg: new Uint8Array() }],
      }),
      ["J"],
      source,
      board,
    );
    expect(board.text).toBe("eJgh|1Jg3");
    expect(source.resets).toBe(1);
  });

  it.each([
    ["right", { fromX: 0, x: 1 }, "aabc"],
    ["left", { fromX: 1, x: 0 }, "bcdd"],
  ])("moves an area that overlaps itself to the %s", (_, sides, row) => {
    const board = new Board();
    paint(key(1), [], new Plain(), board);
    const copy = { fromY: 0, y: 0, width: 3, height: 1, ...sides };
    paint(frameOf(2, { copies: [copy] }), [], new Plain(), board);
    expect(board.text).toBe(`${row}|efgh`);
  });

  it("of another size keeps what was there, also when it is a key frame in parts", () => {
    const board = new Board();
    paint(key(1), [], new Plain(), board);
    paint(frameOf(2, { width: 2, height: 3 }), [], new Plain(), board);
    expect(board.text).toBe("ab|ef|..");
    paint(frameOf(3, { key: true }), [], new Plain(), board);
    expect(board.text).toBe("ab..|ef..");
  });

  it("of a large rectangle is put in bands of whole rows", () => {
    const [width, height] = [1024, 300];
    const board = new Board();
    const rects = [{ x: 0, y: 0, width, height }];
    const frame = frameOf(1, { key: true, width, height, rects });
    frame.pixels = new Uint8Array(width * height * 4).fill(65);
    paint(frame, [], new Plain(), board);
    expect(board.bands).toBe(3);
    expect(board.rows.every((row) => row.every((letter) => letter === "A"))).toBe(true);
  });
});

/** A painter whose images are decoded when the test says so. */
class World {
  readonly board = new Board();
  readonly acks: number[] = [];
  readonly closed: string[] = [];
  redraws = 0;
  pictures: ((image: string | null) => void)[] = [];
  readonly replies: Replies = {
    ack: (seq) => this.acks.push(seq),
    redraw: () => {
      this.redraws += 1;
    },
  };
  readonly painter = new Painter<string>({
    decode: () => new Promise((resolve) => this.pictures.push(resolve)),
    close: (image) => this.closed.push(image),
    now: () => 0,
    drawn: () => {},
  });

  constructor() {
    this.painter.open(new Plain(), this.board);
  }

  push(...frames: DesktopFrame[]): void {
    for (const frame of frames) this.painter.push(frame, this.replies);
  }

  async decode(image: string | null): Promise<void> {
    this.pictures.shift()?.(image);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

const photo = (seq: number) =>
  frameOf(seq, { images: [{ x: 0, y: 0, width: 1, height: 1, jpeg: new Uint8Array() }] });

describe("a painter", () => {
  it("waits for a canvas and then draws what came before it", () => {
    const world = new World();
    const late = new Painter<string>({
      decode: async () => null,
      close: () => {},
      now: () => 0,
      drawn: () => {},
    });
    late.push(key(1), world.replies);
    expect(world.acks).toEqual([]);
    late.open(new Plain(), world.board);
    expect(world.acks).toEqual([1]);
  });

  it("acknowledges in order, each frame as a whole", async () => {
    const world = new World();
    world.push(key(1), photo(2), frameOf(3));
    expect(world.acks).toEqual([1]);
    expect(world.board.text).toBe("abcd|efgh");
    await world.decode("J");
    expect(world.acks).toEqual([1, 2, 3]);
    expect(world.board.text).toBe("Jbcd|efgh");
    expect(world.closed).toEqual(["J"]);
  });

  it("leaves out an image that does not decode", async () => {
    const world = new World();
    world.push(key(1), photo(2));
    await world.decode(null);
    expect(world.acks).toEqual([1, 2]);
    expect(world.board.text).toBe("abcd|efgh");
  });

  it("after a damaged piece keeps the picture and asks once for a key frame", () => {
    const world = new World();
    const damaged = frameOf(2, { rects: [whole], pixels: pixels("x") });
    world.push(key(1), damaged, frameOf(3), frameOf(4));
    expect(world.redraws).toBe(1);
    expect(world.acks).toEqual([1, 2, 3, 4]);
    expect(world.board.text).toBe("abcd|efgh");
    world.push(key(5, "ABCDEFGH"));
    expect(world.board.text).toBe("ABCD|EFGH");
  });

  it("refuses a gap in the numbers", () => {
    const world = new World();
    world.push(key(1), frameOf(3));
    expect(world.redraws).toBe(1);
    expect(world.acks).toEqual([1, 3]);
  });

  it("drops what an old socket sent, and starts with a key frame", async () => {
    const world = new World();
    world.push(key(1), photo(2), frameOf(3));
    world.painter.attached();
    await world.decode("J");
    expect(world.acks).toEqual([1]);
    expect(world.closed).toEqual(["J"]);
    world.push(frameOf(1));
    expect(world.board.text).toBe("abcd|efgh");
    world.push(key(2, "ABCDEFGH"));
    expect(world.board.text).toBe("ABCD|EFGH");
  });

  it("does not pile frames up", () => {
    const world = new World();
    world.push(key(1), ...Array.from({ length: 40 }, (_, index) => photo(index + 2)));
    expect(world.redraws).toBe(1);
    expect(world.acks.length).toBeGreaterThan(30);
  });
});
