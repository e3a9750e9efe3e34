// What the page adds to xterm.js so that it agrees with the node's model: the real parser, no DOM.

import { Unicode11Addon } from "@xterm/addon-unicode11";
import { Terminal } from "@xterm/headless";
import { describe, expect, it } from "vitest";

import { capCounts } from "./counts";
import { Pump } from "./pump";
import { unfinished, WholeCharacters } from "./utf8";

const encoder = new TextEncoder();

function setup() {
  const terminal = new Terminal({ cols: 80, rows: 24, allowProposedApi: true });
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  capCounts(terminal);
  return terminal;
}

function written(terminal: Terminal, data: string | Uint8Array): Promise<void> {
  return new Promise((done) => terminal.write(data, done));
}

function row(terminal: Terminal, y: number): string {
  const { active } = terminal.buffer;
  return active.getLine(active.baseY + y)?.translateToString(true) ?? "";
}

describe("counts", () => {
  it("of two thousand million cost no more than a screen", async () => {
    const terminal = setup();
    const start = performance.now();
    for (const final of "ILMSTZ") await written(terminal, `x\x1b[2147483647${final}`);
    await written(terminal, "\x1b[Hy\x1b[2147483647b");
    // Uncapped, one of them takes many seconds or throws for want of memory.
    expect(performance.now() - start).toBeLessThan(2000);
    expect(row(terminal, 23)).toBe("y");
  });

  it("within the screen are what they were", async () => {
    const terminal = setup();
    await written(terminal, "a\x1b[4b\r\n\x1b[2Ib\x1b[Zc\r\nlast\x1b[2;1H\x1b[2L");
    expect(row(terminal, 0)).toBe("aaaaa");
    expect(row(terminal, 1)).toBe("");
    expect(row(terminal, 3)).toBe(`${" ".repeat(16)}c`);
    expect(row(terminal, 4)).toBe("last");
  });

  it("left out mean one", async () => {
    const terminal = setup();
    await written(terminal, "a\x1b[b\r\n\x1b[L");
    expect(row(terminal, 0)).toBe("aa");
  });
});

it("widths are those of Unicode 11: a sign of its time takes two columns", async () => {
  const terminal = setup();
  await written(terminal, "🥰|");
  expect(terminal.buffer.active.cursorX).toBe(3);
});

describe("characters cut between writes", () => {
  it("are told from whole and from broken ones", () => {
    const ends = (text: string, cut: number) => unfinished(encoder.encode(text).slice(0, cut));
    expect([ends("é", 1), ends("é", 2)]).toEqual([1, 0]);
    expect([ends("–", 1), ends("–", 2), ends("–", 3)]).toEqual([1, 2, 0]);
    expect([ends("🥰", 1), ends("🥰", 2), ends("🥰", 3), ends("🥰", 4)]).toEqual([1, 2, 3, 0]);
    expect(unfinished(Uint8Array.of(0x80, 0x80, 0x80, 0x80))).toBe(0);
    expect(unfinished(Uint8Array.of(0xff))).toBe(0);
    expect(unfinished(new Uint8Array(0))).toBe(0);
  });

  it("wait for their rest and are forgotten with the screen they belong to", () => {
    const whole = new WholeCharacters();
    expect(whole.next(Uint8Array.of(0x61, 0xe2, 0x80))).toEqual(Uint8Array.of(0x61));
    expect(whole.next(Uint8Array.of(0x93))).toEqual(Uint8Array.of(0xe2, 0x80, 0x93));
    whole.next(Uint8Array.of(0xe2));
    whole.forget();
    expect(whole.next(Uint8Array.of(0x61))).toEqual(Uint8Array.of(0x61));
  });

  it("reach the screen wherever they are cut", async () => {
    const text = "a–é漢🥰‐z";
    const bytes = encoder.encode(text);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const terminal = setup();
      await new Promise<void>((drawn) => {
        const consumed = (offset: number) => offset === bytes.length && drawn();
        const pump = new Pump(terminal, { consumed, snapshot: () => {}, resized: () => {} });
        pump.push([
          { kind: "output", data: bytes.slice(0, cut), end: cut },
          { kind: "output", data: bytes.slice(cut), end: bytes.length },
        ]);
        if (cut === bytes.length) pump.push([]);
      });
      expect(row(terminal, 0), `cut at ${cut}`).toBe(text);
    }
  });
});
