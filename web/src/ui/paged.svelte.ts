// One page of a server-side list: search, next, previous, reload. The newest request wins.

import { codeOf } from "../api/error";
import type { Paged } from "../api/types";

export interface PageRequest {
  limit: number;
  cursor: string | null;
  search: string;
  /** The page asks by itself, not a person. */
  isBackground: boolean;
}

type Load<T> = (page: PageRequest, signal: AbortSignal) => Promise<Paged<T>>;

/** Long enough that typing a word is one request, short enough to feel live. */
const SEARCH_DELAY_MS = 180;

export class PagedList<T> {
  items = $state.raw<T[]>([]);
  next = $state<string | null>(null);
  error = $state.raw<unknown>(null);
  isLoading = $state(true);
  /** False until the first answer, so that «nothing here» is never shown too early. */
  isReady = $state(false);
  search = $state("");
  #cursors = $state<(string | null)[]>([null]);
  #load: Load<T>;
  #limit: number;
  #running: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(load: Load<T>, limit = 50) {
    this.#load = load;
    this.#limit = limit;
  }

  get pageNumber(): number {
    return this.#cursors.length;
  }

  get hasPrevious(): boolean {
    return this.#cursors.length > 1;
  }

  async reload(isBackground = false): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.isLoading = true;
    const cursor = this.#cursors.at(-1) ?? null;
    try {
      const page = await this.#load(
        { limit: this.#limit, cursor, search: this.search, isBackground },
        running.signal,
      );
      if (running.signal.aborted) return;
      this.items = page.items;
      this.next = page.next;
      this.error = null;
      this.isReady = true;
    } catch (cause) {
      if (running.signal.aborted || codeOf(cause) === "aborted") return;
      this.error = cause;
    }
    this.isLoading = false;
  }

  find(text: string): void {
    this.search = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.first(), SEARCH_DELAY_MS);
  }

  first(): void {
    this.#cursors = [null];
    void this.reload();
  }

  forward(): void {
    if (this.next === null) return;
    this.#cursors.push(this.next);
    void this.reload();
  }

  back(): void {
    if (!this.hasPrevious) return;
    this.#cursors.pop();
    void this.reload();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#running?.abort();
  }
}
