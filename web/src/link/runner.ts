// Runs the link: machine, output and input windows against one socket. Everything with a side
// effect (socket, timer, clock, chance, page) is handed in, so that tests run it without a browser.

import { decodeServer, encodeClient, FrameError } from "../wire/codec";
import type { Box, ClientEvent, DesktopFrame, ServerEvent, Size } from "../wire/frames";
import { InputWindow } from "./input";
import { type LinkEffect, type LinkEvent, LinkMachine } from "./machine";
import type { FromLink, SpokenEvent, ToLink } from "./messages";
import { Acknowledger, OutputTracker, PagePacer } from "./output";

/** A socket as the runner sees it. */
export interface Socket {
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface SocketEvents {
  opened(): void;
  message(bytes: Uint8Array<ArrayBuffer>): void;
  closed(code: number): void;
}

/** Draws desktops: their frames never reach the page. */
export interface DesktopPort {
  /** A new socket; the next frame is a key frame. */
  attached(): void;
  /** `bytes` is what the frame took on the wire. */
  frame(
    frame: DesktopFrame,
    bytes: number,
    replies: { ack(seq: number, drawUs: number): void; redraw(): void },
  ): void;
}

export interface LinkDeps {
  connect(url: string, events: SocketEvents): Socket;
  post(message: FromLink, transfer: ArrayBuffer[]): void;
  now(): number;
  random(): number;
  /** Calls `run` after `ms`; returns how to prevent that. */
  after(ms: number, run: () => void): () => void;
  /** Where desktops are drawn; asked for with the first one. */
  desktop?(): DesktopPort;
}

const NOTHING = (): void => {};

export class LinkRunner {
  readonly #deps: LinkDeps;
  readonly #machine = new LinkMachine();
  readonly #output = new OutputTracker();
  readonly #pacer = new PagePacer();
  readonly #acks = new Acknowledger();
  readonly #input = new InputWindow();
  #socket: Socket | null = null;
  #cancelTimer = NOTHING;
  #isWaiting = false;
  /** Deadline the running timer was set for; 0 when none. */
  #armedFor = 0;
  #ticket: Uint8Array = new Uint8Array();
  #url = "";
  #size: Size = { cols: 80, rows: 24 };
  #box: Box = { width: 0, height: 0 };
  #readOnly = false;
  #try = 0;
  #desktop: DesktopPort | null = null;

  constructor(deps: LinkDeps) {
    this.#deps = deps;
  }

  /** Handles one message of the page. */
  handle(message: ToLink): void {
    switch (message.kind) {
      case "start":
        this.#url = message.url;
        this.#size = message.size;
        this.#box = message.box;
        this.#readOnly = message.readOnly;
        this.#feed({ kind: "start" });
        break;
      case "ticket":
      case "ticket_failed":
      case "wake":
      case "detach":
        this.#feed(message);
        break;
      case "input":
        this.#typed(message.data);
        break;
      case "resize":
        this.#size = message.size;
        this.#sendUp({ kind: "resize", ...message.size });
        break;
      case "consumed":
        this.#consumed(message.offset);
        break;
      case "answer":
        this.#sendUp({ kind: "answer", ...message.answer });
        break;
      case "end":
        this.#sendUp({ kind: "end" });
        break;
      case "redraw":
      case "pointer":
      case "key":
      case "set_clipboard":
      case "release_keys":
        this.#sendUp(message);
        break;
      case "resize_desktop":
        this.#box = message.box;
        this.#sendUp({ kind: "resize_desktop", ...message.box });
        break;
    }
  }

  #feed(event: LinkEvent): void {
    const now = this.#deps.now();
    const wasUp = this.#machine.isUp;
    const effects = this.#machine.on(event, now);
    if (wasUp && !this.#machine.isUp) this.#reportLoss(this.#input.lost(now), false);
    for (const effect of effects) this.#run(effect);
    if (!this.#isWaiting) this.#arm();
  }

  #run(effect: LinkEffect): void {
    switch (effect.kind) {
      case "fetch_ticket":
        this.#isWaiting = false;
        this.#try = effect.try;
        this.#post({ kind: "need_ticket", try: effect.try });
        break;
      case "open_socket":
        this.#open(effect.try, effect.ticket);
        break;
      case "send_attach":
        this.#attach(effect.epoch);
        break;
      case "close_socket":
        this.#socket?.close();
        this.#socket = null;
        break;
      case "wait":
        this.#wait(effect.floorMs, effect.ceilingMs);
        break;
      case "publish":
        this.#post({ kind: "link", view: this.#machine.view });
        break;
    }
  }

  #open(attempt: number, ticket: Uint8Array): void {
    this.#ticket = ticket;
    // A late event of an older socket carries the older number, which the machine ignores.
    this.#socket = this.#deps.connect(this.#url, {
      opened: () => this.#feed({ kind: "opened", try: attempt }),
      message: (bytes) => this.#received(attempt, bytes),
      closed: (code) => this.#feed({ kind: "closed", try: attempt, code }),
    });
  }

  #attach(epoch: number): void {
    const ticket = this.#ticket;
    this.#ticket = new Uint8Array();
    this.#send({
      kind: "attach",
      ticket,
      resumeOffset: this.#output.received,
      epoch,
      readOnly: this.#readOnly,
      box: this.#box,
      ...this.#size,
    });
  }

  #wait(floorMs: number, ceilingMs: number): void {
    this.#cancelTimer();
    this.#armedFor = 0;
    this.#isWaiting = true;
    const delay = floorMs + this.#deps.random() * (ceilingMs - floorMs);
    this.#cancelTimer = this.#deps.after(delay, () => {
      this.#isWaiting = false;
      this.#feed({ kind: "timer" });
    });
  }

  /** One timer for the machine's deadline; re-armed when it fires early, not on every frame. */
  #arm(): void {
    const deadline = this.#machine.deadline;
    if (deadline === null) {
      this.#cancelTimer();
      this.#cancelTimer = NOTHING;
      this.#armedFor = 0;
      return;
    }
    if (this.#armedFor !== 0 && this.#armedFor <= deadline) return;
    this.#cancelTimer();
    this.#armedFor = deadline;
    this.#cancelTimer = this.#deps.after(deadline - this.#deps.now(), () => {
      this.#armedFor = 0;
      this.#feed({ kind: "timer" });
    });
  }

  #received(attempt: number, bytes: Uint8Array<ArrayBuffer>): void {
    if (attempt !== this.#try) return;
    try {
      const event = decodeServer(bytes);
      if (event) this.#onFrame(attempt, event, bytes.byteLength);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#feed({ kind: "broken", try: attempt });
    }
  }

  #onFrame(attempt: number, event: ServerEvent, bytes: number): void {
    if (event.kind === "attached") {
      this.#onAttached(attempt, event);
      return;
    }
    if (event.kind === "ended") {
      const { code, text, exitStatus } = event;
      this.#feed({ kind: "ended", try: attempt, ended: { code, text, exitStatus } });
      return;
    }
    const epoch = event.kind === "ping" ? event.epoch : null;
    this.#feed({ kind: "heard", try: attempt, epoch });
    if (!this.#machine.isUp) return;
    switch (event.kind) {
      case "snapshot":
        this.#output.snapshot(event.offset, event, event.data);
        this.#flush();
        break;
      case "output":
        if (this.#output.output(event.offset, event.data) === "gap") {
          this.#sendUp({ kind: "redraw" });
        }
        this.#flush();
        break;
      case "desktop":
        this.#onDesktop(attempt, event, bytes);
        break;
      case "resized":
        this.#output.resized(event.offset, event);
        this.#flush();
        break;
      case "input_ack":
        if (this.#input.acked(event.offset)) this.#pump();
        else this.#feed({ kind: "broken", try: attempt });
        break;
      case "ping":
        this.#sendUp({ kind: "pong", nonce: event.nonce });
        this.#post({
          kind: "latency",
          viewerUs: event.viewerRttUs,
          targetUs: event.targetRttUs,
        });
        break;
      default:
        this.#post({ kind: "spoken", event: event satisfies SpokenEvent });
        break;
    }
  }

  #onAttached(attempt: number, event: Extract<ServerEvent, { kind: "attached" }>): void {
    const { epoch, resumed } = event;
    this.#feed({ kind: "attached", try: attempt, epoch, resumed });
    if (!this.#machine.isUp) return;
    const { kind: _, ...attached } = event;
    if (attached.isDesktop) {
      this.#desktop ??= this.#deps.desktop?.() ?? null;
      this.#desktop?.attached();
    }
    this.#output.attached(resumed);
    // The size may have changed meanwhile; a snapshot brings its own.
    if (resumed) this.#output.resized(this.#output.received ?? 0, attached);
    this.#acks.reset(this.#output.received ?? 0);
    this.#reportLoss(this.#input.attached(this.#deps.now()), false);
    this.#post({ kind: "attached", attached });
    this.#flush();
    this.#pump();
  }

  #onDesktop(attempt: number, frame: DesktopFrame, bytes: number): void {
    this.#desktop?.frame(frame, bytes, {
      ack: (seq, drawUs) => {
        if (attempt === this.#try) this.#sendUp({ kind: "frame_ack", seq, drawUs });
      },
      redraw: () => {
        if (attempt === this.#try) this.#sendUp({ kind: "redraw" });
      },
    });
  }

  #typed(data: Uint8Array): void {
    if (this.#input.typed(data) === "refused") this.#reportLoss(data.byteLength, true);
    this.#pump();
  }

  #pump(): void {
    for (const frame of this.#input.take()) this.#send({ kind: "input", ...frame });
  }

  #consumed(offset: number): void {
    this.#pacer.consumed(offset);
    this.#flush();
    const ack = this.#acks.consumed(offset, this.#output.received ?? 0);
    if (ack !== null) this.#sendUp({ kind: "ack", offset: ack });
  }

  #flush(): void {
    this.#pacer.push(this.#output.take());
    const items = this.#pacer.take();
    if (items.length === 0) return;
    const buffers = new Set<ArrayBuffer>();
    for (const item of items) if (item.kind !== "resize") buffers.add(item.data.buffer);
    this.#deps.post({ kind: "screen", items }, [...buffers]);
  }

  #reportLoss(bytes: number, refused: boolean): void {
    if (bytes > 0) this.#post({ kind: "input_lost", bytes, refused });
  }

  #post(message: FromLink): void {
    this.#deps.post(message, []);
  }

  #sendUp(event: ClientEvent): void {
    if (this.#machine.isUp) this.#send(event);
  }

  #send(event: ClientEvent): void {
    this.#socket?.send(encodeClient(event));
  }
}
