// Claims about streamed lines.

import { expect, test } from "vitest";
import { readLines } from "./ndjson";

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
}

async function read(...chunks: string[]): Promise<unknown[]> {
  const seen: unknown[] = [];
  await readLines(streamOf(...chunks), (value) => seen.push(value));
  return seen;
}

test("lines may be cut anywhere", async () => {
  expect(await read('{"a"', ':1}\n{"a":', '2}\n{"a":3}')).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
});

test("empty lines and an empty stream are nothing", async () => {
  expect(await read("\n\n", '{"a":1}\n\n')).toEqual([{ a: 1 }]);
  expect(await read()).toEqual([]);
});

test("garbage is refused", async () => {
  await expect(read("not json\n")).rejects.toMatchObject({ code: "bad_answer" });
});

test("a line without an end is refused before it fills memory", async () => {
  await expect(read("x".repeat(70_000))).rejects.toMatchObject({ code: "bad_answer" });
});
