// «Test connection»: streams the node's steps; aborting the signal cancels at the node.

import { ApiError } from "./error";
import { readLines } from "./ndjson";
import { send } from "./request";
import type { TargetBody, TestResult, TestStep } from "./types";

/** Runs the test and answers its verdict. */
export async function testTarget(
  body: TargetBody | { id: string; changes: TargetBody },
  onstep: (step: TestStep) => void,
  signal: AbortSignal,
): Promise<TestResult> {
  const response = await send("targets/test", { method: "POST", body, signal }, signal);
  let result: TestResult | null = null;
  try {
    if (response.body) {
      await readLines(response.body, (line) => {
        if (isResult(line)) result = line;
        else if (isStep(line)) onstep(line);
      });
    }
  } catch (cause) {
    if (signal.aborted) throw new ApiError("aborted", "Cancelled.");
    if (cause instanceof ApiError) throw cause;
    throw new ApiError("offline", "The connection to the server broke during the test.");
  }
  if (result === null) throw new ApiError("bad_answer", "The test ended without a result.");
  return result;
}

function isResult(value: unknown): value is TestResult {
  return typeof value === "object" && value !== null && "ok" in value;
}

function isStep(value: unknown): value is TestStep {
  return typeof value === "object" && value !== null && "step" in value && "text" in value;
}
