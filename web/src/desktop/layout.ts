// Where a desktop lies in its window, decided purely. Sizes of the desktop are device pixels, those
// of the window CSS pixels; at 1:1 one is exactly the other, whatever the screen's density.

import type { Box } from "../wire/frames";

export type View =
  /** As large as the window allows. */
  | { mode: "fit" }
  /** One pixel there is one pixel here. */
  | { mode: "actual" }
  /** Device pixels here for one pixel there. */
  | { mode: "zoom"; factor: number };

export const ZOOM = { least: 0.25, most: 4, step: 1.25 };

export interface Layout {
  /** Of the canvas, in CSS pixels. */
  width: number;
  height: number;
  /** Its upper left corner, in CSS pixels, on whole device pixels. */
  left: number;
  top: number;
  /** Device pixels here for one pixel there. */
  factor: number;
  /** Pixels stay sharp squares. */
  isSharp: boolean;
  /** The window shows a part only. */
  isScrolled: boolean;
}

/** Lays a desktop out in a window. */
export function layOut(view: View, desktop: Box, room: Box, density: number): Layout {
  const factor = factorOf(view, desktop, room, density);
  const width = (desktop.width * factor) / density;
  const height = (desktop.height * factor) / density;
  const snap = (space: number) => Math.round((Math.max(0, space) / 2) * density) / density;
  return {
    width,
    height,
    left: snap(room.width - width),
    top: snap(room.height - height),
    factor,
    isSharp: Number.isInteger(factor),
    isScrolled: width > room.width + 0.5 || height > room.height + 0.5,
  };
}

function factorOf(view: View, desktop: Box, room: Box, density: number): number {
  switch (view.mode) {
    case "actual":
      return 1;
    case "zoom":
      return view.factor;
    case "fit": {
      if (room.width <= 0 || room.height <= 0) return 1;
      const most = Math.min(
        (room.width * density) / desktop.width,
        (room.height * density) / desktop.height,
      );
      // A desktop that follows the window may be a few pixels off: sharp is better than full.
      return most >= 1 && most < 1.02 ? 1 : most;
    }
  }
}

/** The next step of the zoom, from what is shown now. */
export function zoomed(factor: number, steps: number): View {
  const next = factor * ZOOM.step ** steps;
  // Crossing 1:1 stops there: it is what people look for.
  if ((factor < 0.99 && next > 1) || (factor > 1.01 && next < 1)) return { mode: "actual" };
  return zoomTo(next);
}

/** A zoom within its limits. */
export function zoomTo(factor: number): View {
  const limited = Math.min(ZOOM.most, Math.max(ZOOM.least, factor));
  return Math.abs(limited - 1) < 0.01 ? { mode: "actual" } : { mode: "zoom", factor: limited };
}

/** The desktop that would fill a window, in device pixels; zeroes when there is no window. */
export function boxOf(room: Box, density: number): Box {
  if (room.width < 1 || room.height < 1) return { width: 0, height: 0 };
  return {
    width: Math.floor(room.width * density + 0.01),
    height: Math.floor(room.height * density + 0.01),
  };
}
