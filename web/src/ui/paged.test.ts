// Claims about paging through a server-side list.

import { expect, test } from "vitest";
import { ApiError } from "../api/error";
import type { Paged } from "../api/types";
import { PagedList, type PageRequest } from "./paged.svelte";

/** A server whose answers the test gives by hand. */
function manual() {
  const asked: { page: PageRequest; signal: AbortSignal; answer: (page: Paged<string>) => void }[] =
    [];
  const list = new PagedList<string>(
    (page, signal) =>
      new Promise((answer) => {
        asked.push({ page, signal, answer });
      }),
    2,
  );
  return { asked, list };
}

/** Lets every promise that is ready go on. */
async function settled() {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
}

test("forward and back walk the cursors", async () => {
  const { asked, list } = manual();
  void list.reload();
  asked[0]?.answer({ items: ["a", "b"], next: "two" });
  await settled();
  expect(list).toMatchObject({ items: ["a", "b"], hasPrevious: false, isReady: true });
  list.forward();
  expect(asked[1]?.page).toMatchObject({ cursor: "two", limit: 2 });
  asked[1]?.answer({ items: ["c"], next: null });
  await settled();
  expect(list).toMatchObject({ pageNumber: 2, hasPrevious: true });
  list.forward();
  expect(asked).toHaveLength(2);
  list.back();
  expect(asked[2]?.page.cursor).toBeNull();
});

test("an answer that comes too late is dropped", async () => {
  const { asked, list } = manual();
  void list.reload();
  void list.reload();
  expect(asked[0]?.signal.aborted).toBe(true);
  asked[1]?.answer({ items: ["new"], next: null });
  await settled();
  asked[0]?.answer({ items: ["old"], next: null });
  await settled();
  expect(list.items).toEqual(["new"]);
});

test("a failure keeps what was shown, and the next success clears it", async () => {
  let isBroken = false;
  const list = new PagedList<string>(() =>
    isBroken
      ? Promise.reject(new ApiError("offline", "Gone."))
      : Promise.resolve({ items: ["a"], next: null }),
  );
  await list.reload();
  isBroken = true;
  await list.reload();
  expect(list.items).toEqual(["a"]);
  expect(list.error).toBeInstanceOf(ApiError);
  isBroken = false;
  await list.reload();
  expect(list.error).toBeNull();
});
