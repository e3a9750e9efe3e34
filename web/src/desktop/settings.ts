// What a person may choose about desktops, checked when read: storage is not to be trusted.

import { type View, ZOOM } from "./layout";

export interface DesktopSettings {
  view: View;
  /** The desktop takes the size of the window, where the target allows it. */
  follows: boolean;
  /** Frame rate, latency and bandwidth are shown. */
  overlay: boolean;
}

export const DEFAULTS: DesktopSettings = { view: { mode: "fit" }, follows: true, overlay: false };

/** Reads stored settings; whatever is missing or absurd takes its default. */
export function parseDesktopSettings(text: string | null): DesktopSettings {
  let stored: unknown = null;
  try {
    stored = text === null ? null : JSON.parse(text);
  } catch {
    // Not ours, or half written.
  }
  if (typeof stored !== "object" || stored === null) return { ...DEFAULTS };
  const { view, follows, overlay } = stored as Record<string, unknown>;
  return {
    view: checkedView(view),
    follows: typeof follows === "boolean" ? follows : DEFAULTS.follows,
    overlay: typeof overlay === "boolean" ? overlay : DEFAULTS.overlay,
  };
}

function checkedView(given: unknown): View {
  const { mode, factor } = (given ?? {}) as { mode?: unknown; factor?: unknown };
  if (mode === "actual") return { mode };
  const isFactor = typeof factor === "number" && factor >= ZOOM.least && factor <= ZOOM.most;
  return mode === "zoom" && isFactor ? { mode, factor } : DEFAULTS.view;
}
