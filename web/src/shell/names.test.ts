// Claims about telling equal names apart.

import { expect, test } from "vitest";
import { ordinals } from "./names";

test("names that repeat are numbered in their order, others are left alone", () => {
  expect(ordinals(["web", "db", "web", "web"])).toEqual([1, null, 2, 3]);
  expect(ordinals(["web", "db"])).toEqual([null, null]);
  expect(ordinals([])).toEqual([]);
});
