// The few keys that a terminal view handles besides chords, as terminals everywhere do. Pure.

export type KeyAction = "copy" | "browser_paste" | "search" | "larger" | "smaller";

interface Stroke {
  key: string;
  code: string;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
}

/** What a key does; null leaves it to the session (`isTerminal`) or the page. */
export function keyAction(
  stroke: Stroke,
  isTerminal: boolean,
  ctrlVPastes: boolean,
): KeyAction | null {
  if (stroke.altKey || stroke.metaKey || !stroke.ctrlKey) return null;
  if (stroke.shiftKey && stroke.code === "KeyF") return "search";
  if (!isTerminal) return null;
  if (stroke.shiftKey && stroke.code === "KeyC") return "copy";
  if (stroke.code === "KeyV" && (stroke.shiftKey || ctrlVPastes)) return "browser_paste";
  if (stroke.key === "+" || (stroke.shiftKey && stroke.key === "=")) return "larger";
  if (stroke.shiftKey && (stroke.key === "_" || stroke.key === "-")) return "smaller";
  return null;
}
