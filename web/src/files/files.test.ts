import { describe, expect, it } from "vitest";

import {
  arranged,
  beginningWith,
  type FileEntry,
  modeText,
  sizeText,
  visibleRows,
} from "./listing";
import { crumbs, joined, nameProblem, parentOf, visible } from "./paths";
import { AT_ONCE, progressed, startable, summaryOf, type Transfer } from "./transfer";

describe("paths", () => {
  it("join, split and climb without doubling slashes", () => {
    expect(joined("/", "etc")).toBe("/etc");
    expect(joined("/etc", "ssh")).toBe("/etc/ssh");
    expect(parentOf("/etc/ssh/")).toBe("/etc");
    expect(parentOf("/etc")).toBe("/");
    expect(parentOf("/")).toBe("/");
    expect(crumbs("/srv/www").map((crumb) => crumb.path)).toEqual(["/", "/srv", "/srv/www"]);
  });

  it("show hostile names without obeying them", () => {
    expect(visible("a\u001b[31m\n\u202egpj.exe")).toBe("a␛[31m␊�gpj.exe");
    expect(visible("zero\u200bwidth")).toBe("zero�width");
    expect(visible("日本語 ñ 👩‍💻".replace("\u200d", ""))).toContain("日本語");
  });

  it("refuse names that are paths", () => {
    for (const name of ["", ".", "..", "a/b", "a\0", "ü".repeat(128)]) {
      expect(nameProblem(name), name).not.toBeNull();
    }
    expect(nameProblem("notes.txt")).toBeNull();
  });
});

const entry = (name: string, more: Partial<FileEntry> = {}): FileEntry => ({
  name,
  kind: "file",
  target_kind: null,
  size: 0,
  modified: null,
  mode: null,
  ...more,
});

describe("listing", () => {
  it("puts folders first, counts as people do, hides dot files", () => {
    const entries = [
      entry("b10"),
      entry("b2"),
      entry(".profile"),
      entry("zoo", { kind: "directory" }),
      entry("link", { kind: "link", target_kind: "directory" }),
    ];
    const names = (sorting: Parameters<typeof arranged>[1], hidden: boolean) =>
      arranged(entries, sorting, hidden).map((one) => one.name);
    expect(names({ key: "name", isDescending: false }, false)).toEqual([
      "link",
      "zoo",
      "b2",
      "b10",
    ]);
    expect(names({ key: "name", isDescending: true }, true).at(-1)).toBe(".profile");
  });

  it("finds a name by its beginning, going round", () => {
    const entries = ["alpha", "Beta", "bravo"].map((name) => entry(name));
    expect(beginningWith(entries, "b", 2)).toBe(2);
    expect(beginningWith(entries, "be", 2)).toBe(1);
    expect(beginningWith(entries, "x", 0)).toBe(-1);
    expect(beginningWith([], "x", 0)).toBe(-1);
  });

  it("says sizes and modes shortly", () => {
    expect([0, 999, 1000, 12_345, 999_600, 4e9].map(sizeText)).toEqual([
      "0 B",
      "999 B",
      "1.0 KB",
      "12.3 KB",
      "1.0 MB",
      "4.0 GB",
    ]);
    expect(modeText(entry("x", { mode: 0o40755, kind: "directory" }))).toBe("drwxr-xr-x");
  });

  it("draws only what is on the screen of 10 000 entries", () => {
    expect(visibleRows(0, 300, 30, 10_000)).toEqual({ first: 0, last: 18 });
    expect(visibleRows(150_000, 300, 30, 10_000)).toEqual({ first: 4992, last: 5018 });
    expect(visibleRows(0, 300, 30, 0)).toEqual({ first: 0, last: 0 });
  });
});

const transfer = (more: Partial<Transfer>): Transfer => ({
  id: 1,
  path: "/a",
  label: "a",
  total: 1000,
  sent: 0,
  state: "waiting",
  speed: 0,
  mode: "new",
  problem: "",
  ...more,
});

describe("queue", () => {
  it("starts a few at once and no more", () => {
    const waiting = [1, 2, 3, 4, 5].map((id) => transfer({ id }));
    expect(startable(waiting)).toHaveLength(AT_ONCE);
    expect(startable([transfer({ state: "running" }), ...waiting])).toHaveLength(AT_ONCE - 1);
  });

  it("does not let a question block the others", () => {
    const list = [transfer({ state: "asking" }), transfer({ id: 2 })];
    expect(startable(list).map((one) => one.id)).toEqual([2]);
  });

  it("smooths speed and says what is left", () => {
    const once = progressed(transfer({ state: "running" }), 500, 1000);
    expect(once.speed).toBe(500);
    const twice = progressed(once, 900, 1000);
    expect(twice.speed).toBe(475);
    expect(summaryOf([twice])).toMatchObject({ progress: 0.9, active: 1 });
    expect(summaryOf([twice]).left).toBeCloseTo(100 / 475);
  });

  it("counts an empty file as whole, a cancelled one not at all", () => {
    expect(summaryOf([transfer({ state: "done", total: 0 })]).progress).toBe(1);
    expect(summaryOf([transfer({ state: "cancelled" })])).toMatchObject({ progress: 1, active: 0 });
  });
});
