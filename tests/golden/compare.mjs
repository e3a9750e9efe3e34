// Compares the node's terminal model with the real xterm.js, cell by cell.
//
// For every recording and at several cuts: a snapshot written into a fresh terminal, and into one that
// showed something else before, must leave the same state as the recording itself; so must the
// rest of the recording written after the snapshot.
//
//   node compare.mjs PATH-TO-THE-SNAPSHOT-PROGRAM [RECORDING…]

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { Screen } from "./state.mjs";

const SCROLLBACK = 1000;
const CUTS = Number(process.env.GOLDEN_CUTS ?? 25);
const here = import.meta.dirname;
const [program, ...only] = process.argv.slice(2);
if (!program) throw new Error("usage: node compare.mjs PROGRAM [RECORDING…]");

/** Leaves a terminal in a state that a snapshot has to overcome. */
const DIRT = Buffer.from(
  "dirt \x1b[1;31;44mcolour\r\n".repeat(300) +
    "\x1b[5;9r\x1b[?6h\x1b[?7l\x1b[4h\x1b[3g\x1b[?1003h\x1b[?1016h\x1b[?1h\x1b=\x1b[?2004h\x1b[?25l\x1b[3 q" +
    "\x1b(0\x1b)A\x0e\x1b7\x1b]8;;http://dirt/\x1b\\\x1b[1\"q\x1b[?1049h\x1b[2;3rdirt\x1b[?6h\x1b[?45h" +
    "\x1b[?1004h\x1b[?2026h\x1b]0;dirt\x07\x1b]4;1;#123456\x07\x1b]0;unfinished",
);

/** xorshift, so that every run cuts at the same places. */
function random(seed) {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13; state ^= state >>> 17; state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function cutsOf(bytes, name) {
  const next = random(bytes.length * 7919 + name.length);
  const cuts = new Set([0, bytes.length]);
  while (cuts.size < Math.min(CUTS, bytes.length)) cuts.add(next(bytes.length));
  return [...cuts].sort((a, b) => a - b);
}

/** Snapshots at each cut, by the node's model. */
function snapshots(recording, cuts) {
  const folder = mkdtempSync(join(tmpdir(), "golden-"));
  try {
    const file = join(folder, "recording");
    writeFileSync(file, recording.bytes);
    const steps = [...cuts.map((at) => [at, `${at}`]),
      ...recording.resizes.map(({ at, cols, rows }) => [at - 0.5, `${at}@${cols}x${rows}`])];
    steps.sort((a, b) => a[0] - b[0]);
    const args = [recording.cols, recording.rows, SCROLLBACK, file, ...steps.map(([, step]) => step)];
    const out = execFileSync(program, args.map(String), { maxBuffer: 1 << 30 });
    const found = [];
    for (let at = 0; at < out.length;) {
      const size = out.readUInt32LE(at);
      found.push(out.subarray(at + 4, at + 4 + size));
      at += 4 + size;
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes a part of a recording, resizing where the recording did. */
async function play(screen, recording, from, to) {
  let at = from;
  for (const resize of recording.resizes) {
    if (resize.at <= from && !(from === 0 && resize.at === 0)) continue;
    if (resize.at > to) break;
    await screen.write(recording.bytes.subarray(at, resize.at));
    screen.resize(resize.cols, resize.rows);
    at = resize.at;
  }
  await screen.write(recording.bytes.subarray(at, to));
}

function sizeAt(recording, cut) {
  let size = recording;
  for (const resize of recording.resizes) if (resize.at <= cut) size = resize;
  return size;
}

/** Where two states differ, as a few lines for a person. */
function differences(expected, actual, path = "") {
  if (isDeepStrictEqual(expected, actual)) return [];
  const isObject = (value) => value !== null && typeof value === "object";
  if (!isObject(expected) || !isObject(actual)) {
    return [`${path}: xterm.js has ${JSON.stringify(expected)}, the snapshot gives ${JSON.stringify(actual)}`];
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...keys].flatMap((key) => differences(expected[key], actual[key], `${path}/${key}`));
}

/** What a snapshot cannot restore; each is explained in docs/decisions/0003-terminal-model.md. */
function forgive(expected, actual, { isContinued, isNoise, hasResized }) {
  const states = [expected, actual];
  // A combining character after a pen change joins nothing; in insert mode it is not restored.
  const { modes } = expected;
  const isLost = modes.insertMode || (isNoise && (!modes.wraparound || hasResized));
  if (isLost) for (const state of states) state.join = 0;
  for (const state of states) {
    // A pending wrap over a blank cell takes a space, which nobody sees.
    const { lines } = state.alternate ?? state.primary;
    const { cells } = lines.at((state.alternate ?? state.primary).base + state.cursor[1]);
    if (state.cursor[0] >= cells.length) cells[cells.length - 1] = cells.at(-1).replace(/^" " 1 0 (\d+) 0 0 $/, "blank $1");
    // Half a wide character at the end of a row that was cut.
    for (const { cells } of [...state.primary.lines, ...(state.alternate?.lines ?? [])]) {
      const half = cells.at(-1).match(/^".*" 2 \d+ (\d+)/);
      if (half) cells[cells.length - 1] = `blank ${(Number(half[1]) & 0x03ffffff).toString(16)}`;
    }
    // Titles saved by the program are the node's: xterm.js does not let programs save them.
    if (isContinued) state.title = "";
  }
  // The first line continues one that is gone.
  for (const { primary, alternate } of states) {
    primary.lines[0].isWrapped = false;
    if (alternate) alternate.lines[0].isWrapped = false;
  }
  forgiveCells(expected.primary, actual.primary);
  if (expected.alternate && actual.alternate) forgiveCells(expected.alternate, actual.alternate);
  return states;
}

function forgiveCells(expected, actual) {
  for (const [y, { cells }] of expected.lines.entries()) {
    for (const [x, cell] of cells.entries()) {
      const other = actual.lines[y]?.cells;
      if (!other?.[x]) continue;
      // Shifting cells may part the halves of a wide character; the second alone shows nothing.
      const isHalf = (row) => row[x] === "spacer" && !/^".*" 2 /.test(row[x - 1] ?? "");
      if (isHalf(cells) || isHalf(other)) other[x] = cells[x];
      if (!cell.endsWith(" forgotten") && !other[x].endsWith(" forgotten")) continue;
      cells[x] = cell.replace(/ \S+$/, " ");
      other[x] = other[x].replace(/ \S+$/, " ");
    }
  }
}

async function check(recording, screen, expected, what, failures, isContinued = false) {
  const [wanted, got] = forgive(structuredClone(expected), structuredClone(screen.state()), {
    isContinued, isNoise: recording.isNoise, hasResized: recording.resizes.length > 0 });
  const found = differences(wanted, got);
  if (found.length > 0) {
    failures.push(`${recording.name}, ${what}: ${found.length} differences\n  ${found.slice(0, 6).join("\n  ")}`);
  }
}

async function compare(recording) {
  const failures = [];
  const { bytes } = recording;
  const cuts = cutsOf(bytes, recording.name);
  const snaps = snapshots(recording, cuts);
  const direct = new Screen(recording.cols, recording.rows, SCROLLBACK);
  const whole = new Screen(recording.cols, recording.rows, SCROLLBACK);
  await play(whole, recording, 0, bytes.length);
  const final = whole.state();
  let at = 0;
  let largest = 0;
  for (const [index, cut] of cuts.entries()) {
    await play(direct, recording, at, cut);
    at = cut;
    const snapshot = snaps[index];
    largest = Math.max(largest, snapshot.length);
    const { cols, rows } = sizeAt(recording, cut);
    const fresh = new Screen(cols, rows, SCROLLBACK);
    await fresh.write(snapshot);
    await check(recording, fresh, direct.state(), `snapshot at ${cut}`, failures);
    const dirty = new Screen(cols, rows, SCROLLBACK);
    await dirty.write(DIRT);
    await dirty.write(snapshot);
    await check(recording, dirty, direct.state(), `snapshot at ${cut} over another screen`, failures);
    await play(fresh, recording, cut, bytes.length);
    await check(recording, fresh, final, `snapshot at ${cut} and the rest`, failures, true);
    fresh.dispose();
    dirty.dispose();
    if (failures.length > 8) break;
  }
  console.log(`${failures.length === 0 ? "ok  " : "FAIL"} ${recording.name}: ${bytes.length} bytes, ${cuts.length} cuts, ` +
    `largest snapshot ${largest} bytes`);
  for (const failure of failures.slice(0, Number(process.env.GOLDEN_SHOW ?? 5))) console.log(failure);
  return failures.length;
}

/**
 * Text and control sequences without sense, but with all that xterm.js knows. What meets only in
 * nonsense and cannot be restored together comes in different streams: DECRC within a hyperlink,
 * character sets across both screens, and resizes of the alternate screen, of which xterm.js keeps
 * what it cut off.
 */
function noise(seed) {
  const hasLinks = seed % 2 === 1;
  const hasSets = seed % 4 === 2;
  const hasResize = seed % 3 === 0;
  const next = random(seed * 2654435761);
  const pick = (from) => from[next(from.length)];
  const number = () => pick(["", 0, 1, 2, 3, 5, 8, 20, 70]);
  const params = () => Array.from({ length: next(4) }, number).join(";");
  const modes = [1, 6, 7, 12, 25, 45, 66, 1000, 1002, 1003, 1004, 1006, 1016, 2004, 2026];
  if (!hasLinks) modes.push(1048);
  if (!hasSets && !hasResize) modes.push(47, 1047);
  if (!hasLinks && !hasSets && !hasResize) modes.push(1049);
  const colors = () => pick(["38;5;", "48;5;"]) + next(256) + ";" + pick(["", "1", "4:3", "7", "38;2;1;2;3", "58:5:9", "53"]);
  const makers = [
    () => pick(["word ", "漢字", "é", "e\u0301", "😀", "─", "x", "     ", "long".repeat(12), "\t", "q".repeat(30)]),
    () => pick(["\r\n", "\n", "\r", "\b", "\v", "\x0e", "\x0f", "\x07", "\u0085", "\u0084", "\u009b5C"]),
    () => `\x1b[${params()}${pick([..."@ABCDEFGHIJKLMPSTXZ\`abdefgr"])}`,
    () => `\x1b[${number()};${number()}H`,
    () => `\x1b[${pick(["?", ""])}${next(3)}${pick(["J", "K"])}`,
    () => `\x1b[?${pick(modes)}${pick(["h", "l"])}`,
    () => `\x1b[${pick([4, 20])}${pick(["h", "l"])}`,
    () => `\x1b[${pick([params(), colors()])}m`,
    () => `\x1b[${params()}${pick([" @", " A", "'}", "'~", "!p", " q", '"q', "s", hasLinks ? "s" : "u"])}`,
    () => `\x1b${pick(hasLinks ? [..."7DEHM=>no|}~"] : [..."78DEHM=>no|}~"])}`,
    () => hasSets ? `\x1b${pick([..."()*+"])}${pick([..."0AB4KR"])}` : "",
    () => hasLinks ? `\x1b]8;${pick(["", "id=a"])};${pick(["", "http://a/", "http://b/"])}\x1b\\` : "",
    () => pick(["\x1b#8", "\x1bc", "\x1b]0;title\x07", "\x1bPzz\x1b\\", "\x1b_x\x1b\\", "\x1b[3J", "\x18"]),
  ];
  const weights = [8, 4, 4, 3, 1, 1, 0.3, 3, 0.5, 1, 0.3, 0.4, 0.2];
  const total = weights.reduce((sum, weight) => sum + weight);
  let text = "";
  while (text.length < 3000) {
    let at = (next(10_000) / 10_000) * total;
    text += makers[Math.max(0, weights.findIndex((weight) => (at -= weight) < 0))]();
  }
  const resizes = hasResize ? [{ at: 1500, cols: 20 + next(60), rows: 5 + next(25) }] : [];
  return { name: `noise ${seed}`, bytes: Buffer.from(text), cols: 10 + next(70), rows: 4 + next(24), resizes, isNoise: true };
}

const list = JSON.parse(readFileSync(join(here, "recordings.json"), "utf8"));
let failed = 0;
for (const { name, file, cols, rows, resizes = [] } of list) {
  if (only.length > 0 && !only.includes(name)) continue;
  const bytes = readFileSync(join(here, "recordings", `${file ?? name}.bin`));
  const placed = resizes.map(({ at, ...size }) => ({ at: Math.floor(bytes.length * at), ...size }));
  failed += await compare({ name, bytes, cols, rows, resizes: placed });
}
for (let seed = 1; seed <= Number(process.env.GOLDEN_RANDOM ?? 20) && only.length === 0; seed++) {
  failed += await compare(noise(seed));
}
if (failed > 0) {
  console.log(`${failed} comparisons failed`);
  process.exit(1);
}
