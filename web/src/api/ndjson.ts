// Lines of JSON from a stream, as they arrive. Bounded: a line longer than the limit is an error.

import { ApiError } from "./error";

const MAX_LINE_CHARS = 64 * 1024;

/** Calls `online` for each non-empty line. */
export async function readLines(
  stream: ReadableStream<Uint8Array>,
  online: (value: unknown) => void,
): Promise<void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let pending = "";
  for (;;) {
    const { done, value } = await reader.read();
    pending += decoder.decode(value, { stream: !done });
    const lines = pending.split("\n");
    pending = done ? "" : (lines.pop() ?? "");
    if (pending.length > MAX_LINE_CHARS) {
      await reader.cancel();
      throw new ApiError("bad_answer", "The server's answer could not be read.");
    }
    for (const line of lines) if (line.trim() !== "") online(parse(line));
    if (done) return;
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new ApiError("bad_answer", "The server's answer could not be read.");
  }
}
