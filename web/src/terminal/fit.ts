// How many cells fit, and how small letters must be when another viewer's size wins. Pure.

import type { Size } from "../wire/frames";
import { FONT_SIZE } from "./settings";

/** Pixels, CSS. */
export interface Box {
  width: number;
  height: number;
}

/** Limits of a terminal (`shared::terminal::TerminalSize::LIMITS`). */
export const LIMITS = { least: 2, most: 1000 };

/** Room that the terminal's own scroll bar takes, in CSS pixels. */
export const SCROLLBAR = 14;

/** The size that fills `room` with cells of `cell`, or null while either is unknown. */
export function fitting(room: Box, cell: Box): Size | null {
  if (!(cell.width > 0) || !(cell.height > 0)) return null;
  if (room.width < cell.width * LIMITS.least + SCROLLBAR || room.height < cell.height) return null;
  return {
    cols: clamp(Math.floor((room.width - SCROLLBAR) / cell.width)),
    rows: clamp(Math.floor(room.height / cell.height)),
  };
}

/** The font size at which `size` fits into `room`, given what a cell measures at `fontSize`. */
export function shrunkFont(size: Size, room: Box, cell: Box, fontSize: number): number {
  const wide = (room.width - SCROLLBAR) / (size.cols * cell.width);
  const high = room.height / (size.rows * cell.height);
  const factor = Math.min(1, wide, high);
  if (!Number.isFinite(factor) || factor >= 1) return fontSize;
  // Half pixels keep letters even; rounding down keeps the last row.
  return Math.max(FONT_SIZE.least - 2, Math.floor(fontSize * factor * 2) / 2);
}

export function isSame(one: Size, two: Size): boolean {
  return one.cols === two.cols && one.rows === two.rows;
}

function clamp(side: number): number {
  return Math.min(LIMITS.most, Math.max(LIMITS.least, side));
}
