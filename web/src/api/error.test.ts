// Claims about reading errors.

import { expect, test, vi } from "vitest";
import { ApiError, errorFrom, messageOf, unreachable } from "./error";

test("the node's own error is taken as it is", () => {
  const body = '{"error":{"code":"throttled","message":"Wait.","request_id":"r1"}}';
  const error = errorFrom(429, body, "30");
  expect(error.code).toBe("throttled");
  expect(error.message).toBe("Wait.");
  expect(error.retryAfterS).toBe(30);
  expect(error.requestId).toBe("r1");
  expect(error.isOutage).toBe(false);
});

test("a proxy's page becomes a sentence instead of markup", () => {
  for (const body of ["<html>Bad Gateway</html>", "", "null", "[]", '{"error":"x"}']) {
    const error = errorFrom(502, body, null);
    expect(error.code).toBe("bad_answer");
    expect(error.message).not.toContain("<");
    expect(error.isOutage).toBe(true);
  }
});

test("a retry header that is a date or nonsense is ignored", () => {
  for (const header of ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "1e9", ""]) {
    expect(errorFrom(503, "", header).retryAfterS).toBeNull();
  }
});

test("a foreign exception never shows its insides", () => {
  expect(messageOf(new TypeError("x is undefined"))).not.toContain("undefined");
  expect(messageOf(new ApiError("a", "Said."))).toBe("Said.");
});

test("a computer without a network is told from a server that is away", () => {
  vi.stubGlobal("navigator", { onLine: false });
  expect(unreachable().message).toContain("browser is offline");
  vi.stubGlobal("navigator", { onLine: true });
  expect(unreachable().message).toBe("Baton cannot be reached.");
  vi.unstubAllGlobals();
});
