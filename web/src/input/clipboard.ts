// The browser's clipboard, with its refusals. Writing is tried by the asynchronous API, then by a
// copy command; what the browser refuses without a gesture is tried again on the next one.

export type CopyOutcome = "copied" | "refused";

/** Puts text into the clipboard. */
export async function copyText(text: string): Promise<CopyOutcome> {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return "copied";
    } catch {
      // Not focused, no gesture, or not allowed: the copy command may still work.
    }
  }
  return copyByCommand(text) ? "copied" : "refused";
}

/** Reads the clipboard; null when the browser refuses or cannot. */
export async function readText(): Promise<string | null> {
  try {
    return (await navigator.clipboard?.readText()) ?? null;
  } catch {
    return null;
  }
}

/** Whether reading might work at all (Firefox and plain HTTP have no such function). */
export function canRead(): boolean {
  return typeof navigator.clipboard?.readText === "function";
}

function copyByCommand(text: string): boolean {
  let isSet = false;
  const onCopy = (event: ClipboardEvent): void => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
    isSet = true;
  };
  document.addEventListener("copy", onCopy, { capture: true });
  try {
    // Deprecated, and the only way on plain HTTP and in older browsers.
    document.execCommand("copy");
  } catch {
    return false;
  } finally {
    document.removeEventListener("copy", onCopy, { capture: true });
  }
  return isSet;
}

/** Text that the browser refused to take; tried again once on the next gesture. */
export class PendingCopy {
  #text: string | null = null;
  readonly #done: (outcome: CopyOutcome) => void;

  constructor(done: (outcome: CopyOutcome) => void) {
    this.#done = done;
  }

  /** Newest wins: what the target copied before is gone there, too. */
  hold(text: string): void {
    this.#text = text;
  }

  drop(): void {
    this.#text = null;
  }

  /** Call from a gesture (`pointerup`, `keydown`). */
  async gesture(): Promise<void> {
    const text = this.#text;
    if (text === null) return;
    this.#text = null;
    this.#done(await copyText(text));
  }
}
