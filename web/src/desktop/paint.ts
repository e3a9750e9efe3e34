// One desktop frame onto a surface, in the order that the protocol promises: size, moves,
// rectangles, images. Pure but for the surface; tests paint into a plain buffer.

import type { Area, Box, DesktopFrame, Move } from "../wire/frames";
import { MAX_READ, type PixelSource } from "./zstd";

/** Where a desktop is drawn. */
export interface Surface<Image> {
  readonly size: Box;
  /** Takes a new size; the old picture stays in the upper left corner. */
  resize(size: Box): void;
  /** Source and destination may overlap. */
  move(move: Move): void;
  /** Rows of red, green, blue, 255. */
  put(area: Area, pixels: Uint8ClampedArray<ArrayBuffer>): void;
  draw(area: Area, image: Image): void;
}

/** Paints one frame; `images` are its decoded images in order, null where one is not to be drawn. */
export function paint<Image>(
  frame: DesktopFrame,
  images: (Image | null)[],
  source: PixelSource,
  surface: Surface<Image>,
): void {
  const { size } = surface;
  if (frame.width !== size.width || frame.height !== size.height) {
    surface.resize({ width: frame.width, height: frame.height });
  }
  for (const move of frame.copies) surface.move(move);
  if (frame.key) source.reset();
  if (frame.pixels.byteLength > 0 || frame.rects.length > 0) {
    source.begin(frame.pixels);
    for (const rect of frame.rects) putRect(rect, source, surface);
    source.finish();
  }
  for (const [index, area] of frame.images.entries()) {
    const image = images[index];
    if (image) surface.draw(area, image);
  }
}

/** In bands of whole rows: memory stays small however large the rectangle is. */
function putRect<Image>(rect: Area, source: PixelSource, surface: Surface<Image>): void {
  const rows = Math.max(1, Math.floor(MAX_READ / (rect.width * 4)));
  for (let row = 0; row < rect.height; row += rows) {
    const height = Math.min(rows, rect.height - row);
    const pixels = source.read(rect.width * height * 4);
    surface.put({ x: rect.x, y: rect.y + row, width: rect.width, height }, pixels);
  }
}
