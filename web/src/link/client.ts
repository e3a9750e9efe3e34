// The page's end of a link: starts the Worker, fetches tickets for it, hands its messages on.

import { ApiError } from "../api/error";
import { request } from "../api/request";
import type { ToStage } from "../desktop/messages";
import type { Answer, Box, Key, Pointer, Size } from "../wire/frames";
import type { TicketFault } from "./machine";
import type { FromLink, ToLink, ToWorker } from "./messages";

export interface LinkOptions {
  session: string;
  /** First ticket when the session was opened by this page; base64url. */
  ticket: string | null;
  readOnly: boolean;
  size: Size;
  /** The desktop that would fill the page, should it be one. */
  box: Box;
  on(message: Exclude<FromLink, { kind: "need_ticket" }>): void;
}

export class LinkClient {
  readonly #worker: Worker;
  readonly #options: LinkOptions;
  readonly #abort = new AbortController();
  #first: string | null;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#first = options.ticket;
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      type: "module",
      name: "session-link",
    });
    this.#worker.onmessage = (event: MessageEvent<FromLink>) => this.#on(event.data);
    this.#post({
      kind: "start",
      url: attachUrl(document.baseURI),
      size: options.size,
      box: options.box,
      readOnly: options.readOnly,
    });
    const wake = (): void => {
      if (document.visibilityState === "visible") this.wake();
    };
    const { signal } = this.#abort;
    addEventListener("online", wake, { signal });
    addEventListener("pageshow", wake, { signal });
    document.addEventListener("visibilitychange", wake, { signal });
  }

  input(data: Uint8Array): void {
    this.#post({ kind: "input", data });
  }

  resize(size: Size): void {
    this.#post({ kind: "resize", size });
  }

  /** Everything before `offset` has been drawn. */
  consumed(offset: number): void {
    this.#post({ kind: "consumed", offset });
  }

  answer(answer: Answer): void {
    this.#post({ kind: "answer", answer });
  }

  /** Ends the session for everyone. */
  end(): void {
    this.#post({ kind: "end" });
  }

  redraw(): void {
    this.#post({ kind: "redraw" });
  }

  pointer(pointer: Pointer): void {
    this.#post({ kind: "pointer", ...pointer });
  }

  key(key: Key): void {
    this.#post({ kind: "key", ...key });
  }

  setClipboard(text: string): void {
    this.#post({ kind: "set_clipboard", text });
  }

  resizeDesktop(box: Box): void {
    this.#post({ kind: "resize_desktop", box });
  }

  releaseKeys(): void {
    this.#post({ kind: "release_keys" });
  }

  /** Tells the half that draws desktops. */
  stage(message: ToStage): void {
    const transfer = message.kind === "canvas" ? [message.canvas] : [];
    this.#worker.postMessage({ kind: "stage", message } satisfies ToWorker, transfer);
  }

  /** Tries again now instead of waiting. */
  wake(): void {
    this.#post({ kind: "wake" });
  }

  /** Lets go of the session; it goes on without this page. */
  dispose(): void {
    this.#abort.abort();
    this.#worker.terminate(); // Closes the socket, too.
  }

  #on(message: FromLink): void {
    if (message.kind === "need_ticket") void this.#fetchTicket(message.try);
    else this.#options.on(message);
  }

  async #fetchTicket(attempt: number): Promise<void> {
    const first = this.#first;
    this.#first = null;
    try {
      const ticket = first ?? (await this.#issue());
      this.#post({ kind: "ticket", try: attempt, ticket: fromBase64Url(ticket) });
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.#post({ kind: "ticket_failed", try: attempt, fault: faultOf(error) });
    }
  }

  async #issue(): Promise<string> {
    const path = `sessions/${encodeURIComponent(this.#options.session)}/ticket`;
    const body = this.#options.readOnly ? { read_only: true } : {};
    const { signal } = this.#abort;
    const answer = await request<{ ticket: string }>(path, { method: "POST", body, signal });
    return answer.ticket;
  }

  #post(message: ToLink): void {
    this.#worker.postMessage(message);
  }
}

/** The WebSocket address beside the page. */
export function attachUrl(base: string): string {
  const url = new URL("api/v1/attach", base);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.search = "";
  url.hash = "";
  return url.href;
}

/** What a refused ticket means for the link. */
export function faultOf(error: unknown): TicketFault {
  if (!(error instanceof ApiError)) {
    return {
      kind: "unavailable",
      text: "The attach ticket could not be read.",
      retryAfterMs: null,
    };
  }
  if (error.status === 401) return { kind: "signed_out" };
  if (error.status === 403) return { kind: "forbidden", text: error.message };
  if (error.status === 404 || error.status === 410) return { kind: "gone" };
  const retryAfterMs = error.retryAfterS === null ? null : error.retryAfterS * 1000;
  return { kind: "unavailable", text: error.message, retryAfterMs };
}

/** Decodes an unpadded base64url ticket; throws when it is none. */
export function fromBase64Url(text: string): Uint8Array {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
