// Fullscreen with the keyboard: where the browser can (Chromium), keys like Ctrl+W, Alt+Tab and
// F11 then reach the session. Holding Escape always leaves.

interface KeyboardLock {
  lock?(keys?: string[]): Promise<void>;
  unlock?(): void;
}

function keyboard(): KeyboardLock | undefined {
  return (navigator as Navigator & { keyboard?: KeyboardLock }).keyboard;
}

/** Whether this browser can hand over its own keys. */
export function canLockKeys(): boolean {
  return typeof keyboard()?.lock === "function";
}

export function isFullscreen(): boolean {
  return document.fullscreenElement !== null;
}

/** What happened: with keys, without them, or not at all. */
export type FullscreenOutcome = "locked" | "unlocked" | "left" | "refused";

/** Enters or leaves fullscreen; must be called from a gesture. */
export async function toggleFullscreen(element: HTMLElement): Promise<FullscreenOutcome> {
  if (isFullscreen()) {
    keyboard()?.unlock?.();
    await document.exitFullscreen().catch(() => undefined);
    return "left";
  }
  try {
    await element.requestFullscreen({ navigationUI: "hide" });
  } catch {
    return "refused";
  }
  try {
    if (!canLockKeys()) return "unlocked";
    await keyboard()?.lock?.();
    return "locked";
  } catch {
    return "unlocked";
  }
}

/** To be called when the document left fullscreen by itself. */
export function releaseKeys(): void {
  keyboard()?.unlock?.();
}
