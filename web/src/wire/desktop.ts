// Desktop frames, checked: whatever passes lies on the desktop and is of bounded amount.

import { FrameError } from "./fault";
import type { Area, CursorShape, DesktopFrame, Move } from "./frames";
import type { CursorShape as CursorMessage, DesktopFrame as FrameMessage } from "./gen/baton_pb";

/** Longest side of a desktop, in pixels (`shared::desktop::DesktopSize::MAX_SIDE`). */
export const MAX_SIDE = 16_384;
/** Most pixels of a desktop (`shared::desktop::DesktopSize::MAX_PIXELS`). */
export const MAX_PIXELS = 7680 * 4320;
/** Longest side of a pointer's picture, in pixels (`shared::desktop::Cursor::MAX_SIDE`). */
export const MAX_CURSOR = 384;
/** Most rectangles, moves or images of one frame: twice the 64-pixel tiles of the largest desktop. */
const MAX_PARTS = 16_384;
/** Most pixels that one frame may touch, in desktops: damage hardly overlaps, moves may. */
const MAX_TOUCHED = 4;

/** Takes a desktop frame over; throws {@link FrameError} when it does not add up. */
export function toDesktop(value: FrameMessage, seq: number): DesktopFrame {
  const { width, height, key } = value;
  if (!isSide(width) || !isSide(height) || width * height > MAX_PIXELS) {
    throw absurd(`desktop of ${width} × ${height}`);
  }
  const copies = toMoves(value.copies);
  const rects = toAreas(value.rects);
  const images = value.images.map((image) => ({
    x: image.x,
    y: image.y,
    width: image.width,
    height: image.height,
    jpeg: image.jpeg as Uint8Array<ArrayBuffer>,
  }));
  const sources = copies.map((move) => ({ ...move, x: move.fromX, y: move.fromY }));
  for (const areas of [sources, copies, rects, images]) checkAreas(areas, width, height);
  const pixels = value.pixels as Uint8Array<ArrayBuffer>;
  return { seq, key, width, height, copies, rects, pixels, images };
}

/** Takes a pointer's picture over; without pixels it is hidden. */
export function toCursor(value: CursorMessage): CursorShape {
  const { width, height, hotX, hotY } = value;
  const rgba = value.rgba as Uint8Array<ArrayBuffer>;
  if (rgba.byteLength === 0) return { width: 0, height: 0, hotX: 0, hotY: 0, rgba };
  const isSane = width <= MAX_CURSOR && height <= MAX_CURSOR;
  if (!isSane || rgba.byteLength !== width * height * 4) {
    throw absurd(`pointer of ${width} × ${height} in ${rgba.byteLength} bytes`);
  }
  // A hot spot outside is common enough to be forgiven.
  return { width, height, hotX: Math.min(hotX, width - 1), hotY: Math.min(hotY, height - 1), rgba };
}

function toMoves(numbers: number[]): Move[] {
  if (numbers.length % 6 !== 0 || numbers.length > MAX_PARTS * 6) throw absurd("moves");
  const moves: Move[] = [];
  for (let at = 0; at < numbers.length; at += 6) {
    const [fromX = 0, fromY = 0, x = 0, y = 0, width = 0, height = 0] = numbers.slice(at, at + 6);
    moves.push({ fromX, fromY, x, y, width, height });
  }
  return moves;
}

function toAreas(numbers: number[]): Area[] {
  if (numbers.length % 4 !== 0 || numbers.length > MAX_PARTS * 4) throw absurd("rectangles");
  const areas: Area[] = [];
  for (let at = 0; at < numbers.length; at += 4) {
    const [x = 0, y = 0, width = 0, height = 0] = numbers.slice(at, at + 4);
    areas.push({ x, y, width, height });
  }
  return areas;
}

function checkAreas(areas: Area[], width: number, height: number): void {
  if (areas.length > MAX_PARTS) throw absurd(`${areas.length} parts`);
  let touched = 0;
  for (const area of areas) {
    const isInside =
      area.width > 0 &&
      area.height > 0 &&
      area.x + area.width <= width &&
      area.y + area.height <= height;
    if (!isInside) throw absurd("a part outside the desktop");
    touched += area.width * area.height;
  }
  if (touched > MAX_TOUCHED * width * height) throw absurd("more pixels than a frame needs");
}

function isSide(side: number): boolean {
  return side >= 1 && side <= MAX_SIDE;
}

function absurd(what: string): FrameError {
  return new FrameError("out_of_range", `absurd ${what}`);
}
