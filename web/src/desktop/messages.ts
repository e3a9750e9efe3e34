// What the page and the desktop half of its link Worker tell each other.

import type { Box } from "../wire/frames";
import type { Counts } from "./tally";

/** Page → Worker. */
export type ToStage =
  /** The canvas to draw on, given away for good. */
  | { kind: "canvas"; canvas: OffscreenCanvas }
  /** Whether counts are wanted. */
  | { kind: "tally"; isOn: boolean }
  /** Asks for a hash of the picture; for tests. */
  | { kind: "hash"; id: number };

/** Worker → page. */
export type FromStage =
  /** The first picture of an attach, or the first of a new size, is drawn. */
  | { kind: "desktop_drawn"; size: Box }
  /** This browser cannot draw desktops. */
  | { kind: "desktop_unable" }
  | { kind: "desktop_tally"; counts: Counts }
  | { kind: "desktop_hash"; id: number; hash: string };
