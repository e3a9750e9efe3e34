// What the page and its link Worker tell each other.

import type { Answer, Attached, ServerEvent, Size } from "../wire/frames";
import type { LinkView, TicketFault } from "./machine";
import type { ScreenItem } from "./output";

/** Page → Worker. */
export type ToLink =
  | { kind: "start"; url: string; size: Size; readOnly: boolean }
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
  | { kind: "detach" };

/** Frames that go to the page as they are. */
export type SpokenEvent = Extract<
  ServerEvent,
  { kind: "ask" | "ask_closed" | "status" | "title" | "viewers" | "notice" | "clipboard" }
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
  | { kind: "input_lost"; bytes: number; refused: boolean };
