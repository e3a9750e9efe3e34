// Claims about the tabs of sessions.

import { beforeEach, expect, test, vi } from "vitest";
import { tabs } from "./tabs.svelte";

beforeEach(() => {
  const stored = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
  tabs.items = [];
  tabs.restore("ada");
});

const ids = () => tabs.items.map((tab) => tab.session);

test("a session has one tab, however often it is opened", () => {
  tabs.open("a", "first", "ticket");
  tabs.open("a", "again");
  expect(tabs.items).toHaveLength(1);
  expect(tabs.find("a")).toMatchObject({ title: "first", ticket: "ticket", isMounted: true });
});

test("closing brings the right neighbour to the front, or the left one at the end", () => {
  for (const session of ["a", "b", "c"]) tabs.open(session);
  expect(tabs.close("b")?.session).toBe("c");
  expect(tabs.close("c")?.session).toBe("a");
  expect(tabs.close("a")).toBeUndefined();
  expect(tabs.close("gone")).toBeUndefined();
});

test("stepping goes round", () => {
  for (const session of ["a", "b", "c"]) tabs.open(session);
  expect(tabs.beside("c", 1)?.session).toBe("a");
  expect(tabs.beside("a", -1)?.session).toBe("c");
  expect(tabs.beside("home", 1)?.session).toBe("a");
});

test("a reload brings tabs back, attached only once they are shown", () => {
  tabs.open("a", "vim");
  tabs.report("a", { title: "vim notes", phase: "live", text: "" });
  tabs.items = [];
  tabs.restore("ada");
  expect(tabs.items).toMatchObject([{ session: "a", title: "vim notes", isMounted: false }]);
  tabs.open("a");
  expect(tabs.find("a")?.isMounted).toBe(true);
});

test("another person never gets the tabs", () => {
  tabs.open("a", "secret");
  tabs.items = [];
  tabs.restore("grace");
  expect(ids()).toEqual([]);
});

test("losing the login leaves tabs that attach anew", () => {
  tabs.open("a", "vim", "used ticket");
  tabs.unmountAll();
  expect(tabs.find("a")).toMatchObject({ title: "vim", ticket: null, isMounted: false });
});

test("an empty title keeps the one that is known", () => {
  tabs.open("a", "Database");
  tabs.report("a", { title: "", phase: "connecting", text: "Dialling…" });
  expect(tabs.find("a")).toMatchObject({ title: "Database", text: "Dialling…" });
});

test("storage that holds nonsense is ignored", () => {
  for (const saved of ["{", "null", '{"owner":"ada","items":[1,{"session":2}]}']) {
    sessionStorage.setItem("baton.tabs", saved);
    tabs.restore("ada");
    expect(ids(), saved).toEqual([]);
  }
});
