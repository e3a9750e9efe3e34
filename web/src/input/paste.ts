// What a paste becomes before it reaches the session. Pasted text is untrusted: a web page can put
// anything into the clipboard, including the sequence that ends a bracketed paste. Pure.

/** Pastes above this many characters ask first. */
export const LARGE_PASTE = 64 * 1024;

export type PasteWarning = "multiline" | "unbracketed" | "never";

export interface PreparedPaste {
  /** What is sent: controls removed, line ends as the Enter key sends them. */
  text: string;
  lines: number;
  characters: number;
  /** Control characters that were removed. */
  removed: number;
}

/** Removes controls (all but tab and line ends) and turns line ends into carriage returns. */
export function preparePaste(raw: string): PreparedPaste {
  const unified = raw.replace(/\r\n?/g, "\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point.
  const text = unified.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
  return {
    text: text.replaceAll("\n", "\r"),
    lines: text === "" ? 0 : text.replace(/\n$/, "").split("\n").length,
    characters: text.length,
    removed: unified.length - text.length,
  };
}

/** Whether a person should look first. A line end anywhere can run a command. */
export function needsConfirmation(
  paste: PreparedPaste,
  isBracketed: boolean,
  warning: PasteWarning,
): boolean {
  if (paste.characters > LARGE_PASTE) return true;
  if (warning === "never" || !paste.text.includes("\r")) return false;
  return warning === "multiline" || !isBracketed;
}

/** The bytes to send; a program that asked for it is told where the paste begins and ends. */
export function wrapPaste(text: string, isBracketed: boolean): string {
  return isBracketed ? `\x1b[200~${text}\x1b[201~` : text;
}
