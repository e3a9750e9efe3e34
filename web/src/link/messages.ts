// What the page and its link Worker tell each other.

import type { FromStage, ToStage } from "../desktop/messages";
import type { Answer, Attached, Box, Key, Pointer, ServerEvent, Size } from "../wire/frames";
import type { LinkView, TicketFault } from "./machine";
import type { ScreenItem } from "./output";

/** Page → Worker. */
export type ToLink =
  | { kind: "start"; url: string; size: Size; box: Box; readOnly: boolean }
  | { kind: "ticket"; try: number; ticket: Uint8Array }
  | { kind: "ticket_failed"; try: number; fault: TicketFault }
  | { kind: "input"; data: Uint8Array }
  | { kind: "resize"; size: Size }
  /** Everything before `offset` has been drawn. */
  | { kind: "consumed"; offset: number }
  | { kind: "answer"; answer: Answer }
  | { kind: "end" }
  | { kind: "redraw" }
  | { kind: "wake" }
  | { kind: "detach" }
  | ({ kind: "pointer" } & Pointer)
  | ({ kind: "key" } & Key)
  | { kind: "set_clipboard"; text: string }
  | { kind: "resize_desktop"; box: Box }
  | { kind: "release_keys" };

/** Page → Worker, whichever half it is for. */
export type ToWorker = ToLink | { kind: "stage"; message: ToStage };

/** Frames that go to the page as they are. */
export type SpokenEvent = Extract<
  ServerEvent,
  {
    kind:
      | "ask"
      | "ask_closed"
      | "status"
      | "title"
      | "viewers"
      | "notice"
      | "clipboard"
      | "cursor"
      | "leds";
  }
>;

/** Worker → page. */
export type FromLink =
  | { kind: "need_ticket"; try: number }
  | { kind: "link"; view: LinkView }
  | { kind: "attached"; attached: Attached }
  | { kind: "screen"; items: ScreenItem[] }
  | { kind: "spoken"; event: SpokenEvent }
  /** Round trips in microseconds; 0 when unknown. */
  | { kind: "latency"; viewerUs: number; targetUs: number }
  /** Typing that will not reach the target, in bytes. */
  | { kind: "input_lost"; bytes: number; refused: boolean }
  | { kind: "stage"; message: FromStage };
