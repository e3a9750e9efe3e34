// Claims about requests: what is sent, and what each kind of trouble becomes.

import { afterEach, expect, test, vi } from "vitest";
import { apiUrl, request, watchRequests } from "./request";

afterEach(() => vi.unstubAllGlobals());

function answer(status: number, body: string, headers: Record<string, string> = {}) {
  const fetched = vi.fn(
    async () => new Response(status === 204 ? null : body, { status, headers }),
  );
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

function heard(): string[] {
  const events: string[] = [];
  watchRequests((event) => events.push(event));
  return events;
}

test("empty and absent query values are left out", () => {
  expect(apiUrl("targets", { search: "a b", cursor: null, folder: undefined, limit: 5 })).toBe(
    "api/v1/targets?search=a+b&limit=5",
  );
  expect(apiUrl("me")).toBe("api/v1/me");
});

test("a body is JSON and says so; a request without one does not", async () => {
  const fetched = answer(204, "");
  await request("x", { method: "POST", body: { a: 1 } });
  await request("x", { method: "POST" });
  const [first, second] = fetched.mock.calls as unknown as [string, RequestInit][];
  expect(first?.[1].body).toBe('{"a":1}');
  expect(first?.[1].headers).toHaveProperty("content-type", "application/json");
  expect(second?.[1].headers).not.toHaveProperty("content-type");
});

test("only what the page asks by itself is marked so", async () => {
  const fetched = answer(200, "{}");
  await request("sessions", { isBackground: true });
  await request("sessions");
  const [first, second] = fetched.mock.calls as unknown as [string, RequestInit][];
  expect(first?.[1].headers).toHaveProperty("x-baton-background", "1");
  expect(second?.[1].headers).not.toHaveProperty("x-baton-background");
});

test("a lost login is told, a wrong password is not one", async () => {
  const events = heard();
  answer(401, '{"error":{"code":"signed_out","message":"Sign in."}}');
  await expect(request("me")).rejects.toMatchObject({ code: "signed_out" });
  expect(events).toEqual(["signed-out"]);
  await expect(request("sign-in", { isSignIn: true })).rejects.toBeDefined();
  expect(events).toEqual(["signed-out", "ok"]);
});

test("an unreachable node and a busy one are outages, a refusal is not", async () => {
  const events = heard();
  vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new TypeError("failed")));
  await expect(request("me")).rejects.toMatchObject({ code: "offline" });
  answer(503, "", { "retry-after": "3" });
  await expect(request("me")).rejects.toMatchObject({ retryAfterS: 3 });
  answer(403, '{"error":{"code":"denied","message":"No."}}');
  await expect(request("me")).rejects.toMatchObject({ code: "denied" });
  expect(events).toEqual(["outage", "outage", "ok"]);
});

test("a node that takes no new session is not an outage", async () => {
  const events = heard();
  answer(503, '{"error":{"code":"draining","message":"Try later."}}');
  await expect(request("sessions", { method: "POST" })).rejects.toMatchObject({ code: "draining" });
  answer(502, "<html>");
  await expect(request("sessions", { method: "POST" })).rejects.toBeDefined();
  expect(events).toEqual(["ok", "outage"]);
});

test("an answer that is not JSON is an error of ours, not a crash", async () => {
  answer(200, "<html>");
  await expect(request("me")).rejects.toMatchObject({ code: "bad_answer" });
});
