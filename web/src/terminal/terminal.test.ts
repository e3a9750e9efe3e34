import { describe, expect, it } from "vitest";

import { fitting, SCROLLBAR, shrunkFont } from "./fit";
import { judgeLink } from "./links";
import { isRealGpu } from "./renderer";
import { checked, DEFAULTS, fontList, parseSettings } from "./settings";
import { contrast, THEMES, themeFor } from "./themes";

const CELL = { width: 8, height: 16 };

describe("fit", () => {
  it("leaves room for the scroll bar and never guesses from an unmeasured cell", () => {
    expect(fitting({ width: 640 + SCROLLBAR, height: 400 }, CELL)).toEqual({ cols: 80, rows: 25 });
    expect(fitting({ width: 640, height: 400 }, { width: 0, height: 0 })).toBeNull();
    expect(fitting({ width: 0, height: 0 }, CELL)).toBeNull();
  });

  it("stays within what a node accepts", () => {
    expect(fitting({ width: 1e6, height: 1e6 }, CELL)).toEqual({ cols: 1000, rows: 1000 });
  });

  it("shrinks letters until another viewer's size fits, and never enlarges them", () => {
    const room = { width: 400 + SCROLLBAR, height: 400 };
    expect(shrunkFont({ cols: 100, rows: 25 }, room, CELL, 14)).toBe(7);
    expect(shrunkFont({ cols: 20, rows: 5 }, room, CELL, 14)).toBe(14);
    expect(shrunkFont({ cols: 1000, rows: 1000 }, room, CELL, 14)).toBe(4);
  });
});

describe("settings", () => {
  it("survives broken and hostile storage", () => {
    expect(parseSettings(null)).toEqual(DEFAULTS);
    expect(parseSettings("{")).toEqual(DEFAULTS);
    expect(parseSettings("[1]")).toEqual(DEFAULTS);
    const read = parseSettings('{"fontSize":9999,"bell":"loud","scrollback":"x","junk":1}');
    expect(read).toEqual({ ...DEFAULTS, fontSize: 40 });
  });

  it("cleans a font name that would escape its declaration", () => {
    const { fontFamily } = checked({ ...DEFAULTS, fontFamily: "Hack;}body{display:none" });
    expect(fontFamily).toBe("Hackbodydisplaynone");
    expect(fontList("Hack")).toMatch(/^"Hack", ui-monospace/);
  });
});

describe("themes", () => {
  it("are readable: text 5:1, colours 4:1 on their background", () => {
    for (const { id, colors } of THEMES) {
      const { background = "", foreground = "" } = colors;
      expect(contrast(background, foreground), id).toBeGreaterThan(5);
      for (const [name, color] of Object.entries(colors)) {
        if (!/red|green|yellow|blue|magenta|cyan/i.test(name)) continue;
        expect(contrast(background, String(color)), `${id} ${name}`).toBeGreaterThan(3.9);
      }
    }
  });

  it("follow the page when asked to", () => {
    expect(themeFor("auto", false).isDark).toBe(false);
    expect(themeFor("auto", true).isDark).toBe(true);
    expect(themeFor("nonsense", true).id).toBe("baton-dark");
  });
});

describe("links", () => {
  it("opens what it shows", () => {
    const url = "https://example.org/a";
    expect(judgeLink(url, url)).toEqual({ kind: "open", url });
    expect(judgeLink("https://example.org", "https://example.org/").kind).toBe("open");
  });

  it("asks when text and address differ, or the address is disguised", () => {
    for (const [text, address] of [
      ["click me", "https://example.org/"],
      ["https://bank.example", "https://evil.example/"],
      ["https://bank.example@evil.example/", "https://bank.example@evil.example/"],
      ["https://xn--pple-43d.com/", "https://xn--pple-43d.com/"],
      ["http://3221225985/", "http://3221225985/@192.0.2.9"],
    ] as const) {
      expect(judgeLink(text, address).kind, address).toBe("confirm");
    }
  });

  it("refuses every other scheme", () => {
    for (const address of ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "x"]) {
      expect(judgeLink(address, address).kind).toBe("refuse");
    }
  });
});

it("software renderers are no GPU", () => {
  expect(isRealGpu(null)).toBe(false);
  expect(isRealGpu("ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device), SwiftShader driver)")).toBe(
    false,
  );
  expect(isRealGpu("llvmpipe (LLVM 15.0.6, 256 bits)")).toBe(false);
  expect(isRealGpu("ANGLE (NVIDIA, NVIDIA GeForce RTX 3060)")).toBe(true);
});
