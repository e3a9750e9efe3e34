import { describe, expect, it } from "vitest";

import { SocketClose } from "../wire/frames";
import {
  BACKOFF_CAP_MS,
  type LinkEffect,
  type LinkEvent,
  LinkMachine,
  SILENCE_MS,
  STEP_MS,
} from "./machine";

const TICKET = new Uint8Array(32);

/** Drives a machine and remembers its current try, as the Worker does. */
class Drive {
  readonly machine = new LinkMachine();
  now = 1000;
  try = 0;

  on(event: LinkEvent): LinkEffect[] {
    const effects = this.machine.on(event, this.now);
    for (const effect of effects) if (effect.kind === "fetch_ticket") this.try = effect.try;
    return effects;
  }

  attach(epoch = 1, resumed = false): void {
    this.on({ kind: "ticket", try: this.try, ticket: TICKET });
    this.on({ kind: "opened", try: this.try });
    this.on({ kind: "attached", try: this.try, epoch, resumed });
  }

  get phase(): string {
    return this.machine.view.phase;
  }
}

function started(): Drive {
  const drive = new Drive();
  drive.on({ kind: "start" });
  return drive;
}

function up(epoch = 1): Drive {
  const drive = started();
  drive.attach(epoch);
  return drive;
}

const kinds = (effects: LinkEffect[]): string[] => effects.map((effect) => effect.kind);

describe("attaching", () => {
  it("fetches a ticket, opens a socket and sends Attach first", () => {
    const drive = new Drive();
    expect(kinds(drive.on({ kind: "start" }))).toEqual(["publish", "fetch_ticket"]);
    expect(kinds(drive.on({ kind: "ticket", try: 1, ticket: TICKET }))).toEqual(["open_socket"]);
    expect(drive.on({ kind: "opened", try: 1 })).toEqual([{ kind: "send_attach", epoch: 0 }]);
    expect(kinds(drive.on({ kind: "attached", try: 1, epoch: 3, resumed: false }))).toEqual([
      "publish",
    ]);
    expect(drive.phase).toBe("attached");
    expect(drive.machine.view.restoredAfterMs).toBeNull();
  });

  it("shows nothing before Attached", () => {
    const drive = started();
    expect(drive.machine.isUp).toBe(false);
    drive.attach();
    expect(drive.machine.isUp).toBe(true);
  });

  it("gives up a step that takes too long and tries again", () => {
    const drive = started();
    drive.now += STEP_MS;
    expect(kinds(drive.on({ kind: "timer" }))).toEqual(["close_socket", "publish", "wait"]);
    expect(drive.phase).toBe("connecting");
    expect(drive.machine.view.cause).toBe("unreachable");
  });

  it("ends when the session is gone, the login is over or the right is missing", () => {
    for (const fault of [
      { kind: "gone" },
      { kind: "signed_out" },
      { kind: "forbidden", text: "no" },
    ] as const) {
      const drive = started();
      drive.on({ kind: "ticket_failed", try: drive.try, fault });
      expect(drive.phase).toBe("ended");
      expect(drive.machine.view.ending?.kind).toBe(fault.kind);
    }
  });

  it("waits at least as long as the node asks", () => {
    const drive = started();
    const fault = { kind: "unavailable", text: "busy", retryAfterMs: 2000 } as const;
    const effects = drive.on({ kind: "ticket_failed", try: drive.try, fault });
    expect(effects.at(-1)).toEqual({ kind: "wait", floorMs: 2000, ceilingMs: 2000 });
    expect(drive.machine.view.text).toBe("busy");
  });
});

describe("losing the link", () => {
  it("notices a close at once and retries without waiting", () => {
    const drive = up();
    const effects = drive.on({ kind: "closed", try: drive.try, code: 1006 });
    expect(effects.at(-1)).toEqual({ kind: "wait", floorMs: 0, ceilingMs: 0 });
    expect(drive.phase).toBe("lost");
    expect(kinds(drive.on({ kind: "timer" }))).toEqual(["publish", "fetch_ticket"]);
    expect(drive.phase).toBe("reattaching");
  });

  it("declares silence after 1.5 s, not earlier, and any frame counts", () => {
    const drive = up();
    drive.now += SILENCE_MS - 1;
    expect(drive.on({ kind: "timer" })).toEqual([]);
    drive.on({ kind: "heard", try: drive.try, epoch: null });
    drive.now += SILENCE_MS - 1;
    expect(drive.on({ kind: "timer" })).toEqual([]);
    drive.now += 1;
    drive.on({ kind: "timer" });
    expect(drive.phase).toBe("lost");
    expect(drive.machine.view.cause).toBe("silent");
  });

  it("grows the ceiling up to its cap and restarts it after a steady link", () => {
    const drive = up();
    const ceilings: number[] = [];
    drive.on({ kind: "closed", try: drive.try, code: 1006 });
    for (let round = 0; round < 8; round += 1) {
      drive.on({ kind: "timer" });
      const effects = drive.on({ kind: "closed", try: drive.try, code: 1006 });
      const wait = effects.at(-1);
      if (wait?.kind === "wait") ceilings.push(wait.ceilingMs);
    }
    expect(ceilings.slice(0, 3)).toEqual([500, 1000, 2000]);
    expect(Math.max(...ceilings)).toBe(BACKOFF_CAP_MS);

    drive.on({ kind: "timer" });
    drive.attach();
    drive.now += 10_000;
    const again = drive.on({ kind: "closed", try: drive.try, code: 1006 });
    expect(again.at(-1)).toEqual({ kind: "wait", floorMs: 0, ceilingMs: 0 });
  });

  it("does not hammer a node that attaches and drops at once", () => {
    const drive = up();
    drive.on({ kind: "closed", try: drive.try, code: 1006 });
    drive.on({ kind: "timer" });
    drive.attach();
    const effects = drive.on({ kind: "closed", try: drive.try, code: 1006 });
    expect(effects.at(-1)).toEqual({ kind: "wait", floorMs: 0, ceilingMs: 500 });
  });

  it("reports how long the link was away, silence included", () => {
    const drive = up();
    drive.now += SILENCE_MS;
    drive.on({ kind: "timer" });
    drive.on({ kind: "timer" });
    drive.now += 300;
    drive.attach();
    expect(drive.machine.view.restoredAfterMs).toBe(SILENCE_MS + 300);
  });

  it("retries at once when woken, and starts no second try", () => {
    const drive = up();
    drive.on({ kind: "closed", try: drive.try, code: 1006 });
    expect(kinds(drive.on({ kind: "wake" }))).toContain("fetch_ticket");
    expect(drive.on({ kind: "wake" })).toEqual([]);
    expect(drive.on({ kind: "timer" })).toEqual([]);
  });

  it("ignores what an abandoned try still reports", () => {
    const drive = up();
    const old = drive.try;
    drive.on({ kind: "closed", try: old, code: 1006 });
    drive.on({ kind: "timer" });
    expect(drive.on({ kind: "closed", try: old, code: 4006 })).toEqual([]);
    expect(drive.on({ kind: "ticket", try: old, ticket: TICKET })).toEqual([]);
    expect(drive.phase).toBe("reattaching");
  });
});

describe("epochs", () => {
  it("refuses an owner of a lower epoch and tries elsewhere", () => {
    const drive = up(5);
    drive.on({ kind: "closed", try: drive.try, code: 1006 });
    drive.on({ kind: "timer" });
    drive.attach(4);
    expect(drive.machine.isUp).toBe(false);
    expect(drive.machine.view.cause).toBe("stale");
    expect(drive.machine.epoch).toBe(5);
  });

  it("drops a socket that falls back to a lower epoch", () => {
    const drive = up(5);
    drive.on({ kind: "heard", try: drive.try, epoch: 6 });
    expect(drive.machine.isUp).toBe(true);
    drive.on({ kind: "heard", try: drive.try, epoch: 5 });
    expect(drive.phase).toBe("lost");
  });

  it("tells the next node which epoch its offset belongs to", () => {
    const drive = up(5);
    drive.on({ kind: "closed", try: drive.try, code: 1006 });
    drive.on({ kind: "timer" });
    drive.on({ kind: "ticket", try: drive.try, ticket: TICKET });
    expect(drive.on({ kind: "opened", try: drive.try })).toEqual([
      { kind: "send_attach", epoch: 5 },
    ]);
  });
});

describe("ending", () => {
  it("keeps the node's reason and ignores everything after", () => {
    const drive = up();
    const ended = { code: "target_exited", text: "logout", exitStatus: 0 };
    drive.on({ kind: "ended", try: drive.try, ended });
    expect(drive.machine.view.ending).toEqual({ kind: "session", ...ended });
    expect(drive.on({ kind: "closed", try: drive.try, code: 1006 })).toEqual([]);
    expect(drive.on({ kind: "wake" })).toEqual([]);
    expect(drive.machine.deadline).toBeNull();
  });

  it("does not retry after a close that says why retrying is useless", () => {
    for (const [code, kind] of [
      [SocketClose.sessionEnded, "gone"],
      [SocketClose.signedOut, "signed_out"],
      [SocketClose.wrongVersion, "version"],
    ] as const) {
      const drive = up();
      drive.on({ kind: "closed", try: drive.try, code });
      expect(drive.machine.view.ending?.kind).toBe(kind);
    }
  });

  it("retries after a bad ticket, a bad frame and a stopping node", () => {
    for (const code of [
      SocketClose.badTicket,
      SocketClose.badFrame,
      SocketClose.nodeStopping,
      SocketClose.viewerSilent,
    ]) {
      const drive = up();
      drive.on({ kind: "closed", try: drive.try, code });
      expect(drive.phase).toBe("lost");
    }
  });

  it("detaches for good when the page says so", () => {
    const drive = up();
    expect(kinds(drive.on({ kind: "detach" }))).toEqual(["close_socket", "publish"]);
    expect(drive.phase).toBe("ended");
  });
});

it("survives any order of events without a second try in flight", () => {
  // A small seeded generator: 20 000 random events, checked after each.
  let seed = 42;
  const next = (limit: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % limit;
  };
  for (let run = 0; run < 40; run += 1) {
    const drive = started();
    for (let step = 0; step < 500; step += 1) {
      const which = drive.try - next(2);
      const events: LinkEvent[] = [
        { kind: "ticket", try: which, ticket: TICKET },
        { kind: "opened", try: which },
        { kind: "attached", try: which, epoch: next(4), resumed: next(2) === 0 },
        { kind: "heard", try: which, epoch: next(3) === 0 ? next(4) : null },
        { kind: "closed", try: which, code: 1006 },
        { kind: "broken", try: which },
        { kind: "timer" },
        { kind: "wake" },
      ];
      drive.now += next(900);
      const epoch = drive.machine.epoch;
      const event = events[next(events.length)];
      if (!event) continue;
      const effects = drive.on(event);
      expect(drive.machine.epoch).toBeGreaterThanOrEqual(epoch);
      expect(effects.filter((effect) => effect.kind === "fetch_ticket").length).toBeLessThan(2);
      expect(drive.machine.isUp).toBe(drive.phase === "attached");
      // Never stuck: it is up, or something will call `timer`.
      const waits = effects.some((effect) => effect.kind === "wait");
      const isWaiting = drive.machine.deadline === null;
      if (isWaiting && effects.length > 0) expect(waits).toBe(true);
    }
  }
});
