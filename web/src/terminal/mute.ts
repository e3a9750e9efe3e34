// Keeps xterm.js from answering queries: the node's terminal model answers, once, whoever watches.
// Without this every viewer would type its own answer into the session.

import type { IDisposable, Terminal } from "@xterm/xterm";

/** CSI queries: what is swallowed whole. */
const CSI_QUERIES = [
  { final: "c" }, // DA1
  { prefix: ">", final: "c" }, // DA2
  { prefix: "=", final: "c" }, // DA3
  { final: "n" }, // DSR, CPR
  { prefix: "?", final: "n" }, // DECDSR
  { intermediates: "$", final: "p" }, // DECRQM, ANSI modes
  { prefix: "?", intermediates: "$", final: "p" }, // DECRQM, DEC modes
  { prefix: ">", final: "q" }, // XTVERSION
  { final: "x" }, // DECREQTPARM
  { prefix: "?", final: "u" }, // Kitty keyboard query
] as const;

/** OSC colour numbers; `?` in their data asks, anything else sets. */
const OSC_COLORS = [4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

/** Window operations that report; 22 and 23 (title stack) stay. */
const WINDOW_REPORTS = new Set([11, 13, 14, 15, 16, 18, 19, 20, 21]);

/** Mutes `terminal`. `onModeSet` runs before a mode change that would make xterm.js send focus. */
export function mute(terminal: Terminal, onFocusMode: () => void): IDisposable {
  const { parser } = terminal;
  const handlers: IDisposable[] = CSI_QUERIES.map((id) =>
    parser.registerCsiHandler({ ...id }, () => true),
  );
  handlers.push(
    parser.registerCsiHandler({ final: "t" }, (params) => WINDOW_REPORTS.has(first(params))),
    parser.registerDcsHandler({ intermediates: "$", final: "q" }, () => true), // DECRQSS
    parser.registerDcsHandler({ intermediates: "+", final: "q" }, () => true), // XTGETTCAP
    parser.registerEscHandler({ final: "Z" }, () => true), // DECID
    // xterm.js reports the focus when a program switches reporting on; a real terminal does not.
    parser.registerCsiHandler({ prefix: "?", final: "h" }, (params) => {
      if (params.includes(1004)) onFocusMode();
      return false;
    }),
  );
  for (const number of OSC_COLORS) {
    handlers.push(parser.registerOscHandler(number, (data) => data.split(";").includes("?")));
  }
  return {
    dispose() {
      for (const handler of handlers) handler.dispose();
    },
  };
}

function first(params: (number | number[])[]): number {
  const value = params[0];
  return typeof value === "number" ? value : (value?.[0] ?? 0);
}
