// Files of a session over the API.

import { ApiError, unreachable } from "../api/error";
import { apiUrl, request, send } from "../api/request";
import type { FileEntry } from "./listing";

interface ListPage {
  path: string;
  items: FileEntry[];
  next: string | null;
}

/** Most entries that are shown; a directory beyond is cut, and says so. */
export const MOST_ENTRIES = 50_000;
/** The node's most: each page costs the target a whole listing. */
const PAGE = 2000;

export class FilesApi {
  readonly #base: string;

  constructor(session: string) {
    this.#base = `sessions/${encodeURIComponent(session)}/files`;
  }

  /** Lists a directory page by page; `onpage` is called with each. Empty path: home. */
  async list(
    path: string,
    onpage: (path: string, items: FileEntry[], isLast: boolean) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let cursor: string | null = null;
    let seen = 0;
    do {
      const query = { path, limit: PAGE, cursor };
      const page: ListPage = await request<ListPage>(this.#base, { query, signal });
      seen += page.items.length;
      cursor = seen < MOST_ENTRIES ? page.next : null;
      onpage(page.path, page.items, cursor === null);
    } while (cursor !== null);
  }

  createFolder(path: string): Promise<void> {
    return request<void>(`${this.#base}/directory`, { method: "POST", body: { path } });
  }

  rename(from: string, to: string): Promise<void> {
    return request<void>(`${this.#base}/rename`, { method: "POST", body: { from, to } });
  }

  remove(path: string, recursive: boolean): Promise<void> {
    return request<void>(this.#base, { method: "DELETE", query: { path, recursive } });
  }

  contentUrl(path: string): string {
    return apiUrl(`${this.#base}/content`, { path });
  }

  archiveUrl(path: string): string {
    return apiUrl(`${this.#base}/archive`, { path });
  }

  uploadUrl(path: string, mode: "new" | "replace"): string {
    return apiUrl(`${this.#base}/content`, { path, mode });
  }

  /** Asks whether a file can be had, so that a refusal is an error here, not a broken download. */
  async probe(path: string): Promise<void> {
    const abort = new AbortController();
    const content = `${this.#base}/content`;
    try {
      await send(content, { method: "HEAD", query: { path } }, abort.signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 0) throw error;
      // The answer to HEAD has no words; the same question by GET is refused with them.
      await send(content, { query: { path } }, abort.signal);
    } finally {
      abort.abort();
    }
  }
}

/** Hands a URL to the browser's own downloads. */
export function download(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}

export interface UploadEvents {
  progress(sent: number): void;
  done(): void;
  failed(error: ApiError): void;
}

/** Sends a file as a raw body; XMLHttpRequest because fetch reports no upload progress. */
export function upload(url: string, file: Blob, events: UploadEvents): () => void {
  const xhr = new XMLHttpRequest();
  xhr.open("PUT", url);
  xhr.setRequestHeader("accept", "application/json");
  xhr.setRequestHeader("content-type", "application/octet-stream");
  xhr.upload.onprogress = (event) => events.progress(event.loaded);
  xhr.onload = () => {
    if (xhr.status >= 200 && xhr.status < 300) events.done();
    else events.failed(errorOf(xhr));
  };
  xhr.onerror = () => events.failed(unreachable());
  xhr.send(file);
  return () => xhr.abort();
}

function errorOf(xhr: XMLHttpRequest): ApiError {
  try {
    const body = JSON.parse(xhr.responseText) as { error?: { code?: string; message?: string } };
    const { code, message } = body.error ?? {};
    if (code && message) return new ApiError(code, message, xhr.status);
  } catch {
    // A proxy's page.
  }
  return new ApiError("bad_answer", `The server answered with status ${xhr.status}.`, xhr.status);
}
