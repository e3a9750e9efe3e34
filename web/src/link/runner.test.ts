import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { ClientFrameSchema, ServerFrameSchema } from "../wire/gen/baton_pb";
import type { FromLink } from "./messages";
import { LinkRunner, type SocketEvents } from "./runner";

type ServerBody = NonNullable<MessageInitShape<typeof ServerFrameSchema>["body"]>;

/** A node, a clock and a page, all of them lists. */
class World {
  now = 1000;
  readonly posts: FromLink[] = [];
  readonly sent: { case: string | undefined; value: unknown }[] = [];
  timers: { at: number; run: () => void }[] = [];
  events: SocketEvents | null = null;
  closes = 0;
  readonly drawn: string[] = [];
  replies: { ack(seq: number, drawUs: number): void; redraw(): void } | null = null;
  readonly runner = new LinkRunner({
    connect: (_url, events) => {
      this.events = events;
      return {
        send: (bytes) => {
          const { body } = fromBinary(ClientFrameSchema, bytes);
          this.sent.push({ case: body.case, value: body.value });
        },
        close: () => {
          this.closes += 1;
        },
      };
    },
    post: (message) => this.posts.push(message),
    now: () => this.now,
    random: () => 0.5,
    desktop: () => ({
      attached: () => this.drawn.push("attached"),
      frame: (frame, bytes, replies) => {
        this.drawn.push(`${frame.seq} of ${bytes > 0}`);
        this.replies = replies;
      },
    }),
    after: (ms, run) => {
      const timer = { at: this.now + ms, run };
      this.timers.push(timer);
      return () => {
        this.timers = this.timers.filter((one) => one !== timer);
      };
    },
  });

  advance(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const [next] = this.timers.filter((one) => one.at <= until).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.timers = this.timers.filter((one) => one !== next);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = until;
  }

  says(body: ServerBody): void {
    const frame = create(ServerFrameSchema, { body });
    this.events?.message(toBinary(ServerFrameSchema, frame) as Uint8Array<ArrayBuffer>);
  }

  get attempt(): number {
    const asks = this.posts.filter((post) => post.kind === "need_ticket");
    return asks.at(-1)?.try ?? 0;
  }

  attach(resumed = false, epoch = 1n, isDesktop = false): void {
    this.runner.handle({ kind: "ticket", try: this.attempt, ticket: new Uint8Array(32) });
    this.events?.opened();
    this.says({
      case: "attached",
      value: { protocol: 1, session: "s", epoch, cols: 80, rows: 24, resumed, isDesktop },
    });
  }

  frame(seq: bigint): void {
    this.says({ case: "desktopFrame", value: { seq, key: seq === 1n, width: 4, height: 4 } });
  }

  snapshot(offset: number): void {
    this.says({
      case: "snapshot",
      value: { offsetBytes: BigInt(offset), cols: 80, rows: 24, data: new Uint8Array([65]) },
    });
  }

  output(offset: number, size: number): void {
    this.says({
      case: "output",
      value: { offsetBytes: BigInt(offset), data: new Uint8Array(size) },
    });
  }

  kinds(): (string | undefined)[] {
    return this.sent.map((frame) => frame.case);
  }
}

function attached(): World {
  const world = new World();
  const size = { cols: 100, rows: 30 };
  world.runner.handle({
    kind: "start",
    url: "ws://x/",
    size,
    box: { width: 1280, height: 720 },
    readOnly: false,
  });
  world.attach();
  world.snapshot(0);
  world.runner.handle({ kind: "consumed", offset: 0 });
  return world;
}

describe("a session", () => {
  it("sends Attach first, with the page's size and without a resume offset", () => {
    const world = attached();
    expect(world.sent[0]).toMatchObject({ case: "attach", value: { cols: 100, rows: 30 } });
    const attach = world.sent[0]?.value as { resumeOffsetBytes?: bigint } | undefined;
    expect(attach?.resumeOffsetBytes).toBeUndefined();
  });

  it("answers a ping with its nonce and tells the page the latency", () => {
    const world = attached();
    world.says({ case: "ping", value: { nonce: 9n, epoch: 1n, viewerRttUs: 400 } });
    expect(world.sent.at(-1)).toMatchObject({ case: "pong", value: { nonce: 9n } });
    expect(world.posts.at(-1)).toEqual({ kind: "latency", viewerUs: 400, targetUs: 0 });
  });

  it("acknowledges what the page has drawn", () => {
    const world = attached();
    world.output(0, 10);
    world.runner.handle({ kind: "consumed", offset: 10 });
    expect(world.sent.at(-1)).toMatchObject({ case: "ack", value: { offsetBytes: 10n } });
  });

  it("asks for a redraw when output has a hole", () => {
    const world = attached();
    world.output(5, 10);
    expect(world.kinds().at(-1)).toBe("redraw");
  });

  it("drops the socket on garbage and tries again", () => {
    const world = attached();
    world.events?.message(new Uint8Array([0xff, 0xff]));
    expect(world.closes).toBe(1);
    world.advance(1);
    expect(world.posts.at(-1)).toMatchObject({ kind: "need_ticket" });
  });
});

describe("a lost link", () => {
  it("is noticed after 1.5 s of silence and resumed by offset", () => {
    const world = attached();
    world.output(0, 10);
    world.advance(1400);
    expect(world.closes).toBe(0);
    world.advance(101);
    expect(world.closes).toBe(1);
    const before = world.posts.length;
    world.attach(true);
    const attach = world.sent.filter((frame) => frame.case === "attach").at(-1);
    expect(attach?.value).toMatchObject({ resumeOffsetBytes: 10n, epoch: 1n });
    world.output(10, 5);
    world.runner.handle({ kind: "consumed", offset: 15 });
    const drawn = world.posts.slice(before).filter((post) => post.kind === "screen");
    expect(drawn.flatMap((post) => post.items).map((item) => item.kind)).toEqual([
      "resize",
      "output",
    ]);
  });

  it("stays up as long as pings come", () => {
    const world = attached();
    for (let round = 0; round < 20; round += 1) {
      world.advance(500);
      world.says({ case: "ping", value: { nonce: 1n, epoch: 1n } });
    }
    expect(world.closes).toBe(0);
  });

  it("tells how many typed bytes may be lost, and sends none of them again", () => {
    const world = attached();
    world.runner.handle({ kind: "input", data: new Uint8Array(3) });
    world.events?.closed(1006);
    expect(world.posts).toContainEqual({ kind: "input_lost", bytes: 3, refused: false });
    world.advance(1);
    world.sent.length = 0;
    world.attach(true);
    expect(world.kinds()).not.toContain("input");
  });

  it("refuses a lower epoch without showing anything of it", () => {
    const world = attached();
    world.events?.closed(1006);
    world.advance(1);
    world.attach(false, 0n);
    const before = world.posts.length;
    world.snapshot(99);
    expect(world.posts.slice(before).filter((post) => post.kind === "screen")).toEqual([]);
  });

  it("backs off with chance between tries", () => {
    const world = attached();
    world.events?.closed(1006);
    world.advance(1);
    const fault = { kind: "unavailable", text: "", retryAfterMs: null } as const;
    world.runner.handle({ kind: "ticket_failed", try: world.attempt, fault });
    const tries = world.attempt;
    world.advance(249);
    expect(world.attempt).toBe(tries);
    world.advance(2);
    expect(world.attempt).toBeGreaterThan(tries);
  });

  it("leaves no timer behind when the session has ended", () => {
    const world = attached();
    world.says({ case: "ended", value: { code: "target_exited", text: "", exitStatus: 0 } });
    expect(world.timers).toEqual([]);
    expect(world.posts.at(-1)).toMatchObject({ kind: "link", view: { phase: "ended" } });
  });
});

describe("a desktop", () => {
  function desktop(): World {
    const world = new World();
    const box = { width: 1280, height: 720 };
    const size = { cols: 80, rows: 24 };
    world.runner.handle({ kind: "start", url: "ws://x/", size, box, readOnly: false });
    world.attach(false, 1n, true);
    return world;
  }

  it("is wished for in the size of the page, and in its newest one after an outage", () => {
    const world = desktop();
    expect(world.sent[0]).toMatchObject({ case: "attach", value: { width: 1280, height: 720 } });
    world.runner.handle({ kind: "resize_desktop", box: { width: 640, height: 480 } });
    expect(world.sent.at(-1)).toMatchObject({ case: "resizeDesktop", value: { width: 640 } });
    world.events?.closed(1006);
    world.advance(0);
    world.attach(false, 1n, true);
    expect(world.sent.at(-1)).toMatchObject({ case: "attach", value: { width: 640, height: 480 } });
  });

  it("is drawn beside the page, which never sees a frame", () => {
    const world = desktop();
    world.frame(1n);
    expect(world.drawn).toEqual(["attached", "1 of true"]);
    expect(world.posts.map((post) => post.kind)).not.toContain("screen");
    world.replies?.ack(1, 900);
    expect(world.sent.at(-1)).toMatchObject({ case: "frameAck", value: { seq: 1n, drawUs: 900 } });
  });

  it("that is slow to draw acknowledges nothing to a later socket", () => {
    const world = desktop();
    world.frame(1n);
    const late = world.replies;
    world.events?.closed(1006);
    world.advance(0);
    world.attach(false, 1n, true);
    const sent = world.sent.length;
    late?.ack(1, 900);
    late?.redraw();
    expect(world.sent.length).toBe(sent);
    expect(world.drawn.filter((what) => what === "attached")).toHaveLength(2);
  });

  it("takes keys and pointers at once, and drops them while the link is away", () => {
    const world = desktop();
    const pointer = { x: 1, y: 2, buttons: 1, wheelX: 0, wheelY: 0 };
    world.runner.handle({ kind: "key", scancode: 0x1e, keysym: 0x61, down: true });
    world.runner.handle({ kind: "pointer", ...pointer });
    world.runner.handle({ kind: "set_clipboard", text: "x" });
    world.runner.handle({ kind: "release_keys" });
    expect(world.kinds().slice(-4)).toEqual(["key", "pointer", "setClipboard", "releaseKeys"]);
    world.events?.closed(1006);
    const sent = world.sent.length;
    world.runner.handle({ kind: "pointer", ...pointer });
    expect(world.sent.length).toBe(sent);
  });

  it("absurd is a broken link, not a broken page", () => {
    const world = desktop();
    const value = { seq: 1n, key: true, width: 4, height: 4, rects: [0, 0, 9, 9] };
    world.says({ case: "desktopFrame", value });
    expect(world.posts.at(-1)).toMatchObject({ kind: "link", view: { cause: "protocol" } });
  });

  it("of a terminal's session is left alone", () => {
    const world = attached();
    world.frame(1n);
    expect(world.drawn).toEqual([]);
  });
});
