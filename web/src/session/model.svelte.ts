// What one session view knows: the node's frames and the link's state, as runes for the page.

import { records } from "../api/client";
import { request } from "../api/request";
import type { Session } from "../api/types";
import type { ToStage } from "../desktop/messages";
import { DesktopState } from "../desktop/state.svelte";
import { LinkClient } from "../link/client";
import type { LinkView } from "../link/machine";
import type { FromLink, SpokenEvent } from "../link/messages";
import type { ScreenItem } from "../link/output";
import type { SessionTabState } from "../shell/tabs.svelte";
import type { Answer, Ask, Attached, Box, Phase, Size, Viewer } from "../wire/frames";
import { bannerFor, RESTORED_MS } from "./banner";
import type { Notices } from "./notices.svelte";
import { endedCard } from "./reasons";

export interface ModelEvents {
  screen(items: ScreenItem[]): void;
  clipboard(text: string): void;
}

/** Where a session leads, to open another like it. */
export type Origin = { target: string } | { quick: string };

export class SessionModel {
  readonly session: string;
  link = $state.raw<LinkView>({
    phase: "idle",
    failures: 0,
    cause: null,
    text: "",
    restoredAfterMs: null,
    ending: null,
  });
  attached = $state.raw<Attached | null>(null);
  phase = $state<Phase>("unknown");
  status = $state("");
  title = $state("");
  asks = $state.raw<Ask[]>([]);
  viewers = $state.raw<Viewer[]>([]);
  latency = $state.raw({ viewerUs: 0, targetUs: 0 });
  info = $state.raw<Session | null>(null);
  origin = $state.raw<Origin | null>(null);
  /** The screen shows this session's present, not a frame from before an outage. */
  isDrawn = $state(false);
  isFreshlyRestored = $state(false);
  readonly desktop = new DesktopState();
  /** The desktop that this page wished for when it attached. */
  box: Box = { width: 0, height: 0 };

  readonly isEnded = $derived(this.link.phase === "ended");
  readonly isUp = $derived(this.link.phase === "attached");
  readonly isReadOnly = $derived(this.attached?.readOnly ?? false);
  readonly isDesktop = $derived(this.attached?.isDesktop ?? false);
  readonly hasFiles = $derived(this.attached?.features.includes("files") ?? false);
  readonly banner = $derived(
    bannerFor({
      link: this.link,
      phase: this.phase,
      status: this.status,
      isFreshlyRestored: this.isFreshlyRestored,
    }),
  );
  readonly card = $derived(this.link.ending ? endedCard(this.link.ending) : null);
  readonly tab = $derived<SessionTabState>({
    title: this.title,
    phase: this.#tabPhase(),
    text: this.card?.title ?? this.banner?.text ?? "",
  });

  readonly #events: ModelEvents;
  readonly #notices: Notices;
  #client: LinkClient | null = null;
  #restoredTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: string, notices: Notices, events: ModelEvents) {
    this.session = session;
    this.#notices = notices;
    this.#events = events;
  }

  /** Attaches. `ticket` is the one that came with opening the session, if it did here. */
  start(ticket: string | null, size: Size, box: Box): void {
    this.box = box;
    this.#client = new LinkClient({
      session: this.session,
      ticket,
      readOnly: false,
      size,
      box,
      on: (message) => this.#on(message),
    });
  }

  /** The link for whoever may act on the session; null for those who only watch. */
  get wire(): LinkClient | null {
    return this.isReadOnly || this.isEnded ? null : this.#client;
  }

  /** Tells the Worker's half that draws desktops. */
  stage(message: ToStage): void {
    this.#client?.stage(message);
  }

  input(data: Uint8Array): void {
    if (!this.isReadOnly && !this.isEnded) this.#client?.input(data);
  }

  resize(size: Size): void {
    this.#client?.resize(size);
  }

  consumed(offset: number): void {
    this.#client?.consumed(offset);
  }

  drawn(): void {
    this.isDrawn = true;
  }

  answer(answer: Answer): void {
    this.#client?.answer(answer);
    this.asks = this.asks.filter((ask) => ask.ask !== answer.ask);
  }

  /** Tries to reattach now. */
  retry(): void {
    this.#client?.wake();
  }

  /** Asks the node for the whole screen again. */
  redraw(): void {
    this.#client?.redraw();
  }

  /** Ends the session for everyone. */
  end(): void {
    this.#client?.end();
  }

  dispose(): void {
    clearTimeout(this.#restoredTimer);
    this.#client?.dispose();
    this.#client = null;
  }

  #on(message: Exclude<FromLink, { kind: "need_ticket" }>): void {
    switch (message.kind) {
      case "link":
        this.#onLink(message.view);
        break;
      case "attached":
        this.#onAttached(message.attached);
        break;
      case "screen":
        this.#events.screen(message.items);
        break;
      case "latency":
        this.latency = { viewerUs: message.viewerUs, targetUs: message.targetUs };
        break;
      case "input_lost":
        this.#onInputLost(message.bytes, message.refused);
        break;
      case "spoken":
        this.#onSpoken(message.event);
        break;
      case "stage":
        if (this.desktop.on(message.message)) this.isDrawn = true;
        break;
    }
  }

  #onLink(view: LinkView): void {
    this.link = view;
    if (view.phase === "ended") {
      this.asks = [];
      if (view.ending?.kind === "gone") void this.#explain();
    }
    if (view.phase === "attached" && view.restoredAfterMs !== null) {
      this.isFreshlyRestored = true;
      clearTimeout(this.#restoredTimer);
      this.#restoredTimer = setTimeout(() => {
        this.isFreshlyRestored = false;
      }, RESTORED_MS);
    }
  }

  #onAttached(attached: Attached): void {
    this.attached = attached;
    if (attached.title !== "") this.title = attached.title;
    if (!attached.resumed) this.isDrawn = false;
    // Questions that are still open are asked again by the node.
    this.asks = [];
    if (!this.info) void this.#lookUp();
  }

  #onSpoken(event: SpokenEvent): void {
    switch (event.kind) {
      case "ask":
        this.asks = [...this.asks.filter((ask) => ask.ask !== event.ask.ask), event.ask];
        break;
      case "ask_closed":
        this.asks = this.asks.filter((ask) => ask.ask !== event.ask);
        break;
      case "status":
        this.phase = event.phase;
        this.status = event.text;
        break;
      case "title":
        this.title = event.title || this.info?.title || "";
        break;
      case "viewers":
        this.viewers = event.viewers;
        break;
      case "notice":
        this.#notices.show(event.text || event.code.replaceAll("_", " "));
        break;
      case "clipboard":
        this.#events.clipboard(event.text);
        break;
      case "cursor":
        this.desktop.cursor = event.shape;
        break;
      case "leds":
        this.desktop.leds = event.leds;
        break;
    }
  }

  #onInputLost(bytes: number, refused: boolean): void {
    if (this.isReadOnly) return;
    const text = refused
      ? "Not connected: what you type now is not sent."
      : `The last ${bytes === 1 ? "key" : `${bytes} bytes`} typed may not have arrived.`;
    this.#notices.show(text, { tone: "warn" });
  }

  /** Where this session leads; shown in the menu, used by "reconnect". */
  async #lookUp(): Promise<void> {
    try {
      const info = await request<Session>(`sessions/${encodeURIComponent(this.session)}`);
      this.info = info;
      this.origin = originOf(info);
      if (this.title === "") this.title = info.title;
    } catch {
      // Not essential: the menu shows less.
    }
  }

  /** The session ended while nobody looked: its history row says why. */
  async #explain(): Promise<void> {
    try {
      const page = await records.history({ limit: 100 });
      const row = page.items.find((item) => item.id === this.session);
      if (!row) return;
      this.origin = originOf(row);
      if (this.title === "") this.title = row.title;
      const ended = { code: row.reason, text: row.text, exitStatus: null };
      this.link = { ...this.link, ending: { kind: "session", ...ended } };
    } catch {
      // The plain "is over" stays.
    }
  }

  #tabPhase(): SessionTabState["phase"] {
    switch (this.link.phase) {
      case "ended":
        return "ended";
      case "lost":
      case "reattaching":
        return "lost";
      case "attached":
        if (this.phase === "asking") return "asking";
        return this.phase === "live" ? "live" : "connecting";
      default:
        return "connecting";
    }
  }
}

function originOf(row: { target: string | null; protocol: string; address: string }): Origin {
  if (row.target !== null) return { target: row.target };
  return { quick: `${row.protocol}://${row.address}` };
}
