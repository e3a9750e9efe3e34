// The page's end of a link: starts the Worker, fetches tickets for it, hands its messages on.

import { ApiError } from "../api/error";
import { request } from "../api/request";
import type { Answer, Size } from "../wire/frames";
import type { TicketFault } from "./machine";
import type { FromLink, ToLink } from "./messages";

export interface LinkOptions {
  session: string;
  /** First ticket when the session was opened by this page; base64url. */
  ticket: string | null;
  readOnly: boolean;
  size: Size;
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
