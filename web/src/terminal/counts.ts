// Caps the counts of sequences that xterm.js 6 runs once per count: a target that asks for 2³¹
// lines would freeze the page. The caps change nothing that could be seen (docs/decisions/0003).

import type { IDisposable, Terminal } from "@xterm/xterm";

/** A parsed sequence's parameters, as xterm.js holds them; the public API hands out copies. */
interface Params {
  params: Int32Array;
}

type Register = (id: { final: string }, callback: (params: Params) => boolean) => IDisposable;

/** CHT, IL, DL, SU, SD, CBT: beyond the screen's side there is nothing left to move. */
const BY_SIDE = ["I", "L", "M", "S", "T", "Z"];
/** REP: beyond the screen's cells it repeats what it shows already, as the node's model does. */
const REPEAT = "b";

/** The part of xterm.js that is needed and told apart from its DOM. */
type Parser = Pick<Terminal, "cols" | "rows">;

/** Caps counts in `terminal`, whatever the target asks for. */
export function capCounts(terminal: Parser): IDisposable {
  const cap = (finals: string[], most: () => number): IDisposable[] =>
    finals.map((final) =>
      registrar(terminal)({ final }, ({ params }) => {
        params[0] = Math.min(params[0] ?? 0, most());
        return false; // xterm.js goes on with the smaller count.
      }),
    );
  const handlers = [
    ...cap(BY_SIDE, () => Math.max(terminal.cols, terminal.rows)),
    ...cap([REPEAT], () => terminal.cols * terminal.rows),
  ];
  return {
    dispose() {
      for (const handler of handlers) handler.dispose();
    },
  };
}

/** Not public, but what `parser.registerCsiHandler` calls; `counts.test.ts` fails should it go. */
function registrar(terminal: Parser): Register {
  const { _core: core } = terminal as unknown as { _core: { registerCsiHandler: Register } };
  return core.registerCsiHandler.bind(core);
}
