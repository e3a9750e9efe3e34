// Fingers on a terminal: one scrolls, two pinch the font size, a tap brings up the keyboard.
// xterm.js 6 has no touch support of its own.

export interface TouchEvents {
  /** Whole lines; positive is towards newer output. */
  scroll(lines: number): void;
  /** Steps of font size. */
  zoom(steps: number): void;
  tap(): void;
  /** Height of a line in CSS pixels. */
  lineHeight(): number;
}

/** Movement below this many CSS pixels is a tap. */
const SLOP = 8;
/** Relative change of finger distance for one step of font size. */
const ZOOM_STEP = 0.12;

interface Gesture {
  y: number;
  startY: number;
  distance: number;
  carried: number;
  isMoved: boolean;
}

/** Listens on `element`; returns how to stop. */
export function watchTouch(element: HTMLElement, events: TouchEvents): () => void {
  let gesture: Gesture | null = null;
  const abort = new AbortController();
  const options = { signal: abort.signal, passive: false, capture: true } as const;

  element.addEventListener(
    "touchstart",
    (event) => {
      const y = middle(event.touches);
      const isMoved = gesture?.isMoved ?? event.touches.length > 1;
      gesture = { y, startY: y, distance: spread(event.touches), carried: 0, isMoved };
    },
    options,
  );
  element.addEventListener(
    "touchmove",
    (event) => {
      if (!gesture) return;
      event.preventDefault(); // Neither the page nor the browser bar should move.
      if (event.touches.length >= 2) pinch(gesture, spread(event.touches), events);
      else drag(gesture, middle(event.touches), events);
    },
    options,
  );
  element.addEventListener(
    "touchend",
    (event) => {
      if (event.touches.length > 0) return;
      if (gesture && !gesture.isMoved) events.tap();
      gesture = null;
    },
    options,
  );
  element.addEventListener(
    "touchcancel",
    () => {
      gesture = null;
    },
    options,
  );
  return () => abort.abort();
}

function drag(gesture: Gesture, y: number, events: TouchEvents): void {
  if (!gesture.isMoved && Math.abs(y - gesture.startY) < SLOP) return;
  gesture.isMoved = true;
  gesture.carried += gesture.y - y;
  gesture.y = y;
  const lines = Math.trunc(gesture.carried / Math.max(1, events.lineHeight()));
  if (lines === 0) return;
  gesture.carried -= lines * events.lineHeight();
  events.scroll(lines);
}

function pinch(gesture: Gesture, distance: number, events: TouchEvents): void {
  gesture.isMoved = true;
  if (gesture.distance <= 0) {
    gesture.distance = distance;
    return;
  }
  const change = distance / gesture.distance - 1;
  const steps = Math.trunc(change / ZOOM_STEP);
  if (steps === 0) return;
  gesture.distance = distance;
  events.zoom(steps);
}

function middle(touches: TouchList): number {
  let sum = 0;
  for (const touch of touches) sum += touch.clientY;
  return touches.length === 0 ? 0 : sum / touches.length;
}

function spread(touches: TouchList): number {
  const [one, two] = [touches[0], touches[1]];
  return one && two ? Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY) : 0;
}
