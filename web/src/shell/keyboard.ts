// Where a soft keyboard covers the page instead of making it smaller (Safari on iOS), the shell takes
// what is left, so that prompt and key bar stay above the keyboard.

/** Less than this is a browser's own bar, not a keyboard; CSS pixels. */
const LEAST_KEYBOARD = 120;

/** The height that is left above a keyboard; null when none covers the page or it is zoomed in. */
export function heightAbove(
  page: number,
  seen: { height: number; scale: number } | null,
): number | null {
  if (!seen || seen.scale > 1.01) return null;
  return page - seen.height >= LEAST_KEYBOARD ? Math.round(seen.height) : null;
}

/** Keeps `--view-height` true; answers how to stop. */
export function followKeyboard(): () => void {
  const { visualViewport: seen } = window;
  if (!seen) return () => {};
  const { style } = document.documentElement;
  const follow = (): void => {
    const height = heightAbove(window.innerHeight, seen);
    if (height === null) style.removeProperty("--view-height");
    else style.setProperty("--view-height", `${height}px`);
    // The browser has scrolled the focus into view; the shell has just moved it there itself.
    if (height !== null) window.scrollTo(0, 0);
  };
  seen.addEventListener("resize", follow);
  return () => {
    seen.removeEventListener("resize", follow);
    style.removeProperty("--view-height");
  };
}
