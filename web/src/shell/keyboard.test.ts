// Claims about soft keyboards that cover the page.

import { expect, test } from "vitest";
import { heightAbove } from "./keyboard";

test("a keyboard leaves what is above it", () => {
  expect(heightAbove(844, { height: 508.4, scale: 1 })).toBe(508);
});

test("a browser's bar, a zoomed page and an old browser change nothing", () => {
  expect(heightAbove(844, { height: 790, scale: 1 })).toBeNull();
  expect(heightAbove(844, { height: 422, scale: 2 })).toBeNull();
  expect(heightAbove(844, null)).toBeNull();
});
