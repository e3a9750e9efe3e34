// Claims about keys: their places, their meanings, and that none stays down.

import { describe, expect, it } from "vitest";

import { COMBOS, keyNamed, pressed } from "./combos";
import { isPaste, Keyboard, type Stroke, type System, systemOf } from "./keyboard";
import { keysymOf, keysymOfText } from "./keysyms";
import { scancodeOf } from "./scancodes";

function stroke(code: string, key: string, given: Partial<Stroke> = {}): Stroke {
  const plain = { location: 0, repeat: false, ctrlKey: false, altKey: false, metaKey: false };
  return { code, key, ...plain, ...given };
}

/** Keys as text: `+41@1e` is keysym 0x41 at scancode 0x1e going down. */
const told = (keys: { scancode: number; keysym: number; down: boolean }[]) =>
  keys
    .map((k) => `${k.down ? "+" : "-"}${k.keysym.toString(16)}@${k.scancode.toString(16)}`)
    .join(" ");

describe("scancodes", () => {
  it.each([
    ["Escape", 0x01],
    ["Digit1", 0x02],
    ["Digit0", 0x0b],
    ["Backspace", 0x0e],
    ["Tab", 0x0f],
    ["KeyP", 0x19],
    ["Enter", 0x1c],
    ["ControlLeft", 0x1d],
    ["KeyA", 0x1e],
    ["Backquote", 0x29],
    ["ShiftLeft", 0x2a],
    ["Backslash", 0x2b],
    ["KeyZ", 0x2c],
    ["Slash", 0x35],
    ["ShiftRight", 0x36],
    ["NumpadMultiply", 0x37],
    ["AltLeft", 0x38],
    ["Space", 0x39],
    ["CapsLock", 0x3a],
    ["F1", 0x3b],
    ["F10", 0x44],
    ["NumLock", 0x45],
    ["ScrollLock", 0x46],
    ["Numpad7", 0x47],
    ["Numpad5", 0x4c],
    ["NumpadDecimal", 0x53],
    ["IntlBackslash", 0x56],
    ["F11", 0x57],
    ["F12", 0x58],
    ["F13", 0x64],
    ["NumpadEnter", 0xe01c],
    ["ControlRight", 0xe01d],
    ["NumpadDivide", 0xe035],
    ["PrintScreen", 0xe037],
    ["AltRight", 0xe038],
    ["Home", 0xe047],
    ["ArrowUp", 0xe048],
    ["PageUp", 0xe049],
    ["ArrowLeft", 0xe04b],
    ["ArrowRight", 0xe04d],
    ["End", 0xe04f],
    ["ArrowDown", 0xe050],
    ["PageDown", 0xe051],
    ["Insert", 0xe052],
    ["Delete", 0xe053],
    ["MetaLeft", 0xe05b],
    ["MetaRight", 0xe05c],
    ["ContextMenu", 0xe05d],
    ["", 0],
    ["constructor", 0],
  ])("%s is at %i", (code, scancode) => expect(scancodeOf(code)).toBe(scancode));
});

describe("keysyms", () => {
  it.each([
    ["a", 0, 0x61],
    ["A", 0, 0x41],
    [" ", 0, 0x20],
    ["ß", 0, 0xdf],
    ["€", 0, 0x20ac],
    ["я", 0, 0x0100044f],
    ["漢", 0, 0x01006f22],
    ["😀", 0, 0x0101f600],
    ["Enter", 0, 0xff0d],
    ["Enter", 3, 0xff8d],
    ["Backspace", 0, 0xff08],
    ["Delete", 0, 0xffff],
    ["Delete", 3, 0xff9f],
    ["ArrowLeft", 0, 0xff51],
    ["ArrowLeft", 3, 0xff96],
    ["7", 3, 0xffb7],
    ["7", 0, 0x37],
    ["+", 3, 0xffab],
    [".", 3, 0xffae],
    ["F1", 0, 0xffbe],
    ["F12", 0, 0xffc9],
    ["F24", 0, 0xffd5],
    ["F", 0, 0x46],
    ["Shift", 1, 0xffe1],
    ["Shift", 2, 0xffe2],
    ["Control", 1, 0xffe3],
    ["Control", 2, 0xffe4],
    ["Alt", 1, 0xffe9],
    ["AltGraph", 2, 0xfe03],
    ["Meta", 1, 0xffeb],
    ["PrintScreen", 0, 0xff61],
    ["\u0301", 0, 0xfe51],
    ["Dead", 0, 0],
    ["Process", 0, 0],
    ["Unidentified", 0, 0],
    ["toString", 0, 0],
    ["", 0, 0],
  ])("%s at %i is %i", (key, location, keysym) => expect(keysymOf(key, location)).toBe(keysym));

  it("leave controls and broken text out", () => {
    expect(["\0", "\u0085", "\ud800"].map(keysymOfText)).toEqual([0, 0, 0]);
    expect(["\n", "\t", "\x7f"].map(keysymOfText)).toEqual([0xff0d, 0xff09, 0xff08]);
  });
});

describe("a keyboard", () => {
  it("lifts a key with the meaning that went down", () => {
    const keyboard = new Keyboard("other");
    keyboard.down(stroke("ShiftLeft", "Shift", { location: 1 }));
    expect(told(keyboard.down(stroke("Digit7", "/")))).toBe("+2f@8");
    expect(told(keyboard.up(stroke("ShiftLeft", "Shift", { location: 1 })))).toBe("-ffe1@2a");
    expect(told(keyboard.up(stroke("Digit7", "7")))).toBe("-2f@8");
    expect(told(keyboard.up(stroke("Digit7", "7")))).toBe("");
  });

  it("repeats what went down, whatever the layout says meanwhile", () => {
    const keyboard = new Keyboard("other");
    keyboard.down(stroke("KeyA", "a"));
    expect(told(keyboard.down(stroke("KeyA", "A", { repeat: true })))).toBe("+61@1e");
  });

  it("lifts a key first whose coming up was lost", () => {
    const keyboard = new Keyboard("other");
    keyboard.down(stroke("KeyA", "a"));
    expect(told(keyboard.down(stroke("KeyA", "A")))).toBe("-61@1e +41@1e");
  });

  it("sends a dead key by its place and the composed character by its meaning", () => {
    const keyboard = new Keyboard("other");
    expect(told(keyboard.down(stroke("Equal", "Dead")))).toBe("+0@d");
    expect(told(keyboard.up(stroke("Equal", "Dead")))).toBe("-0@d");
    expect(told(keyboard.down(stroke("KeyE", "é")))).toBe("+e9@12");
  });

  it("ignores what an input method swallows", () => {
    const keyboard = new Keyboard("other");
    expect(keyboard.down(stroke("KeyA", "Process"))).toEqual([]);
    expect(keyboard.up(stroke("KeyA", "a"))).toEqual([]);
    expect(keyboard.down(stroke("", "Unidentified"))).toEqual([]);
  });

  it("types composed text as meanings", () => {
    const keyboard = new Keyboard("other");
    expect(told(keyboard.type("漢é\r\n"))).toBe(
      "+1006f22@0 -1006f22@0 +e9@0 -e9@0 +ff0d@0 -ff0d@0",
    );
  });

  it("taps a key of a soft keyboard that has no place", () => {
    expect(told(new Keyboard("other").down(stroke("", "a")))).toBe("+61@0 -61@0");
  });

  it("lifts everything when it is gone, last first", () => {
    const keyboard = new Keyboard("other");
    keyboard.down(stroke("ControlLeft", "Control", { location: 1 }));
    keyboard.down(stroke("KeyC", "c"));
    expect(told(keyboard.release())).toBe("-63@2e -ffe3@1d");
    expect(keyboard.isHolding).toBe(false);
    expect(keyboard.release()).toEqual([]);
  });

  it("what_goes_down_comes_up", () => {
    const codes = ["KeyA", "ControlLeft", "AltRight", "MetaLeft", "ShiftRight", "", "F5"];
    const keys = ["a", "Control", "AltGraph", "Meta", "Shift", "x", "F5", "Dead", "Process"];
    let seed = 1;
    const random = (most: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % most;
    };
    for (const system of ["mac", "windows", "other"] as System[]) {
      const keyboard = new Keyboard(system);
      const down = new Map<string, number>();
      const count = (sent: { scancode: number; keysym: number; down: boolean }[]) => {
        for (const key of sent) {
          const name = `${key.scancode}/${key.keysym}`;
          if (key.down) down.set(name, 1);
          else down.delete(name);
        }
      };
      for (let step = 0; step < 3000; step += 1) {
        const [code, key] = [codes[random(codes.length)] ?? "", keys[random(keys.length)] ?? ""];
        const one = stroke(code, key, { repeat: random(4) === 0, metaKey: random(3) === 0 });
        count(random(2) === 0 ? keyboard.down(one) : keyboard.up(one));
      }
      count(keyboard.release());
      expect([...down.keys()], system).toEqual([]);
    }
  });
});

describe("on Windows", () => {
  const control = stroke("ControlLeft", "Control", { location: 1, ctrlKey: true });

  it("AltGr is one key, not Control and Alt", () => {
    const keyboard = new Keyboard("windows");
    expect(keyboard.down(control)).toEqual([]);
    expect(keyboard.isUnsettled).toBe(true);
    expect(told(keyboard.down(stroke("AltRight", "AltGraph", { location: 2 })))).toBe("+fe03@e038");
    expect(told(keyboard.down(stroke("KeyQ", "@")))).toBe("+40@10");
    expect(told(keyboard.up(stroke("KeyQ", "@")))).toBe("-40@10");
    expect(keyboard.up(control)).toEqual([]);
    expect(told(keyboard.up(stroke("AltRight", "AltGraph")))).toBe("-fe03@e038");
  });

  it("a Control that AltGr does not follow goes down before the next key", () => {
    const keyboard = new Keyboard("windows");
    keyboard.down(control);
    expect(told(keyboard.down(stroke("KeyC", "c", { ctrlKey: true })))).toBe("+ffe3@1d +63@2e");
  });

  it("a Control alone is pressed and lifted", () => {
    const keyboard = new Keyboard("windows");
    keyboard.down(control);
    expect(told(keyboard.up(control))).toBe("+ffe3@1d -ffe3@1d");
    keyboard.down(control);
    expect(told(keyboard.settle())).toBe("+ffe3@1d");
  });

  it("both Shifts come up together", () => {
    const keyboard = new Keyboard("windows");
    keyboard.down(stroke("ShiftLeft", "Shift", { location: 1 }));
    keyboard.down(stroke("ShiftRight", "Shift", { location: 2 }));
    expect(told(keyboard.up(stroke("ShiftRight", "Shift")))).toBe("-ffe2@36 -ffe1@2a");
  });
});

describe("on macOS", () => {
  it("a key with Command comes up at once, for nobody will say so", () => {
    const keyboard = new Keyboard("mac");
    expect(told(keyboard.down(stroke("MetaLeft", "Meta", { location: 1 })))).toBe("+ffe9@38");
    expect(told(keyboard.down(stroke("KeyC", "c", { metaKey: true })))).toBe("+63@2e -63@2e");
    expect(told(keyboard.up(stroke("MetaLeft", "Meta")))).toBe("-ffe9@38");
  });

  it("keys held before Command come up with it", () => {
    const keyboard = new Keyboard("mac");
    keyboard.down(stroke("KeyA", "a"));
    keyboard.down(stroke("MetaLeft", "Meta", { location: 1 }));
    expect(told(keyboard.up(stroke("MetaLeft", "Meta")))).toBe("-ffe9@38 -61@1e");
  });

  it("Option is the third level and CapsLock is a tap", () => {
    const keyboard = new Keyboard("mac");
    expect(told(keyboard.down(stroke("AltLeft", "Alt", { location: 1 })))).toBe("+fe03@e038");
    expect(told(keyboard.down(stroke("CapsLock", "CapsLock")))).toBe("+ffe5@3a -ffe5@3a");
  });
});

describe("lights", () => {
  it("are made to agree before a letter, once", () => {
    const keyboard = new Keyboard("other");
    keyboard.leds = { capsLock: false, numLock: false, scrollLock: false };
    const upper = stroke("KeyA", "A", { capsLock: true, numLock: true });
    expect(told(keyboard.down(upper))).toBe("+ffe5@3a -ffe5@3a +41@1e");
    expect(told(keyboard.down(stroke("KeyB", "B", { capsLock: true })))).toBe("+42@30");
    const pad = stroke("Numpad7", "7", { location: 3, numLock: true });
    expect(told(keyboard.down(pad))).toBe("+ff7f@45 -ff7f@45 +ffb7@47");
  });

  it("are left alone where nothing is known", () => {
    const keyboard = new Keyboard("other");
    expect(told(keyboard.down(stroke("KeyA", "A", { capsLock: true })))).toBe("+41@1e");
  });
});

describe("combinations", () => {
  it("go down in order and up in reverse", () => {
    expect(told(pressed(["ctrl", "alt", "delete"]))).toBe(
      "+ffe3@1d +ffe9@38 +ffff@e053 -ffff@e053 -ffe9@38 -ffe3@1d",
    );
    expect(told(pressed(["ctrl", "alt", "f1"]))).toContain("+ffbe@3b");
  });

  it("know every key they name", () => {
    for (const [text, names] of COMBOS) {
      for (const name of names) {
        expect(keyNamed(name).keysym, text).toBeGreaterThan(0);
        expect(keyNamed(name).scancode, text).toBeGreaterThan(0);
      }
    }
    expect(keyNamed("|")).toEqual({ scancode: 0, keysym: 0x7c });
  });
});

it("pastes are recognised", () => {
  const plain = { ...stroke("KeyV", "v"), shiftKey: false };
  expect(isPaste({ ...plain, ctrlKey: true })).toBe(true);
  expect(isPaste({ ...plain, ctrlKey: true, shiftKey: true, key: "V" })).toBe(true);
  expect(isPaste({ ...plain, ctrlKey: true, altKey: true })).toBe(false);
  expect(isPaste({ ...plain, code: "Insert", key: "Insert", shiftKey: true })).toBe(true);
  expect(isPaste({ ...plain, ctrlKey: true, key: "м" })).toBe(true);
  expect(isPaste({ ...plain, ctrlKey: true, key: "k" })).toBe(false);
  expect(isPaste({ ...plain, ctrlKey: true, code: "Period" })).toBe(true);
  expect(isPaste(plain)).toBe(false);
});

it("systems are told apart", () => {
  expect(["MacIntel", "Win32", "Linux x86_64", "iPad"].map(systemOf)).toEqual([
    "mac",
    "windows",
    "other",
    "mac",
  ]);
});
