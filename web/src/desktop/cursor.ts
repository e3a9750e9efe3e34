// The target's pointer as a CSS cursor: drawn by the browser, so it never lags.

import type { CursorShape } from "../wire/frames";

/** Largest side that browsers take, in CSS pixels. */
const MOST_PX = 128;

export interface Cursor {
  css: string;
  /** The picture itself, for a pointer that is locked and must be drawn; null when hidden. */
  picture: { url: string; width: number; height: number; hotX: number; hotY: number } | null;
}

/** How much smaller a pointer must become to be taken, 1 when it need not. */
export function shrinkOf(shape: CursorShape, density: number): number {
  return Math.min(1, (MOST_PX * density) / Math.max(1, shape.width, shape.height));
}

/** The cursor for a shape; without one the browser's arrow, without pixels none. */
export function cursorOf(shape: CursorShape | null, density: number): Cursor {
  if (!shape) return { css: "default", picture: null };
  const shrink = shrinkOf(shape, density);
  const url = shape.width === 0 ? null : drawn(shape, shrink);
  if (url === null) return { css: "none", picture: null };
  const [hotX, hotY] = [(shape.hotX * shrink) / density, (shape.hotY * shrink) / density];
  const width = (Math.round(shape.width * shrink) || 1) / density;
  const height = (Math.round(shape.height * shrink) || 1) / density;
  const picture = { url, width, height, hotX, hotY };
  const spot = `${Math.floor(hotX)} ${Math.floor(hotY)}`;
  const dense = `image-set(url("${url}") ${density}x) ${spot}, default`;
  if (density !== 1 && CSS.supports("cursor", dense)) return { css: dense, picture };
  return { css: `url("${url}") ${spot}, default`, picture };
}

function drawn({ width, height, rgba }: CursorShape, shrink: number): string | null {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.putImageData(new ImageData(new Uint8ClampedArray(rgba), width, height), 0, 0);
  if (shrink === 1) return canvas.toDataURL("image/png");
  const small = document.createElement("canvas");
  small.width = Math.round(width * shrink) || 1;
  small.height = Math.round(height * shrink) || 1;
  small.getContext("2d")?.drawImage(canvas, 0, 0, small.width, small.height);
  return small.toDataURL("image/png");
}
