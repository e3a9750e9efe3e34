import { describe, expect, it } from "vitest";

import type { LinkView } from "../link/machine";
import { bannerFor, roundTrip, seconds } from "./banner";
import { endedCard } from "./reasons";

const LINK: LinkView = {
  phase: "attached",
  failures: 0,
  cause: null,
  text: "",
  restoredAfterMs: null,
  ending: null,
};

describe("banner", () => {
  const show = (link: Partial<LinkView>, phase: "live" | "connecting" = "live", fresh = false) =>
    bannerFor({ link: { ...LINK, ...link }, phase, status: "", isFreshlyRestored: fresh });

  it("is silent when all is well", () => {
    expect(show({})).toBeNull();
    expect(show({ phase: "ended" })).toBeNull();
  });

  it("says why the link is away and that it is being restored", () => {
    expect(show({ phase: "reattaching", cause: "silent", failures: 1 })).toMatchObject({
      text: "Baton has not answered for a moment: reattaching…",
      canRetry: false,
    });
    expect(show({ phase: "lost", cause: "closed", failures: 3 })?.canRetry).toBe(true);
  });

  it("prefers the node's own words", () => {
    expect(show({ phase: "lost", cause: "unreachable", text: "Too many sessions." })?.text).toBe(
      "Too many sessions: reattaching…",
    );
  });

  it("tells how long the outage was, for a while", () => {
    expect(show({ restoredAfterMs: 812 }, "live", true)?.text).toBe("Restored in 0.8 s");
    expect(show({ restoredAfterMs: 812 }, "live", false)).toBeNull();
  });

  it("offers to cancel while the target is being reached", () => {
    expect(show({}, "connecting")).toMatchObject({ canCancel: true, tone: "busy" });
  });
});

it("times are short", () => {
  expect([seconds(20), seconds(812), seconds(12_400), seconds(240_000)]).toEqual([
    "0.1 s",
    "0.8 s",
    "12 s",
    "4 min",
  ]);
  expect([roundTrip(0), roundTrip(430), roundTrip(23_000), roundTrip(2 ** 32 - 1)]).toEqual([
    "–",
    "0.4 ms",
    "23 ms",
    "> 10 s",
  ]);
});

describe("endings", () => {
  it("explain a changed host key as an alarm", () => {
    const card = endedCard({
      kind: "session",
      code: "host_key_changed",
      text: "",
      exitStatus: null,
    });
    expect(card.tone).toBe("alarm");
    expect(card.lines.join(" ")).toContain("no password");
  });

  it("tell a failed command from a clean end", () => {
    const end = (exitStatus: number) =>
      endedCard({ kind: "session", code: "target_exited", text: "the shell ended", exitStatus });
    expect(end(0).tone).toBe("calm");
    expect(end(2)).toMatchObject({ tone: "trouble", lines: ["Exit status 2."] });
    expect(end(137).lines).toEqual(["Exit status 137: stopped by signal 9."]);
  });

  it("say so when the session goes on without this page", () => {
    for (const kind of ["signed_out", "version", "detached"] as const) {
      expect(endedCard({ kind }).lines.join(" ")).toContain("goes on");
    }
  });

  it("show a code of a later version with its text", () => {
    const card = endedCard({
      kind: "session",
      code: "new_one",
      text: "moon phase",
      exitStatus: null,
    });
    expect(card).toMatchObject({ title: "The session has ended", lines: ["Moon phase."] });
  });
});
