// The directory that is shown: loading, sorting, selection, and what can be done with it.

import { codeOf, messageOf } from "../api/error";
import { download, FilesApi } from "./api";
import {
  arranged,
  type FileEntry,
  isFolder,
  isReadable,
  type Sorting,
  type SortKey,
} from "./listing";
import { joined, nameOf, parentOf } from "./paths";
import { fileProblem } from "./words";

export class FileBrowser {
  readonly api: FilesApi;
  path = $state("");
  entries = $state.raw<FileEntry[]>([]);
  sorting = $state.raw<Sorting>({ key: "name", isDescending: false });
  showsHidden = $state(false);
  selected = $state.raw<ReadonlySet<string>>(new Set());
  isLoading = $state(false);
  problem = $state("");
  readonly shown = $derived(arranged(this.entries, this.sorting, this.showsHidden));
  readonly chosen = $derived(this.shown.filter((entry) => this.selected.has(entry.name)));
  #abort: AbortController | null = null;

  constructor(session: string) {
    this.api = new FilesApi(session);
  }

  /** Shows a directory; the empty path is the home directory. */
  async open(path: string, select: string | null = null): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.isLoading = true;
    this.problem = "";
    let isFirst = true;
    try {
      await this.api.list(
        path,
        (at, items) => {
          if (abort.signal.aborted) return;
          this.path = at;
          this.entries = isFirst ? items : [...this.entries, ...items];
          if (isFirst) this.selected = new Set(select === null ? [] : [select]);
          isFirst = false;
        },
        abort.signal,
      );
    } catch (error) {
      if (!abort.signal.aborted) this.problem = fileProblem(codeOf(error), messageOf(error));
    } finally {
      if (this.#abort === abort) this.isLoading = false;
    }
  }

  reload(select: string | null = null): Promise<void> {
    return this.open(this.path, select);
  }

  up(): Promise<void> {
    if (this.path === "/") return Promise.resolve();
    return this.open(parentOf(this.path), nameOf(this.path));
  }

  sort(key: SortKey): void {
    const isDescending = this.sorting.key === key ? !this.sorting.isDescending : key !== "name";
    this.sorting = { key, isDescending };
  }

  /** Selects one, adds or removes one, or extends to one. */
  select(name: string, how: "only" | "toggle" | "range"): void {
    const names = this.shown.map((entry) => entry.name);
    if (how === "only") this.selected = new Set([name]);
    if (how === "toggle") {
      const next = new Set(this.selected);
      if (!next.delete(name)) next.add(name);
      this.selected = next;
    }
    if (how === "range") {
      const anchor = names.findIndex((one) => this.selected.has(one));
      const at = names.indexOf(name);
      const [from, to] = anchor < 0 ? [at, at] : [Math.min(anchor, at), Math.max(anchor, at)];
      this.selected = new Set(names.slice(from, to + 1));
    }
  }

  selectAll(): void {
    this.selected = new Set(this.shown.map((entry) => entry.name));
  }

  pathOf(entry: FileEntry): string {
    return joined(this.path, entry.name);
  }

  /** Opens a folder, downloads a file. Returns what went wrong. */
  async activate(entry: FileEntry): Promise<string | null> {
    if (isFolder(entry)) {
      await this.open(this.pathOf(entry));
      return null;
    }
    return this.download(entry);
  }

  async download(entry: FileEntry): Promise<string | null> {
    const path = this.pathOf(entry);
    if (isFolder(entry)) {
      download(this.api.archiveUrl(path), `${entry.name}.zip`);
      return null;
    }
    if (!isReadable(entry)) return "This is not a file that can be read.";
    return this.#try(async () => {
      await this.api.probe(path);
      download(this.api.contentUrl(path), entry.name);
    });
  }

  createFolder(name: string): Promise<string | null> {
    return this.#try(async () => {
      await this.api.createFolder(joined(this.path, name));
      await this.reload(name);
    });
  }

  rename(entry: FileEntry, name: string): Promise<string | null> {
    return this.#try(async () => {
      await this.api.rename(this.pathOf(entry), joined(this.path, name));
      await this.reload(name);
    });
  }

  remove(entries: FileEntry[]): Promise<string | null> {
    return this.#try(async () => {
      try {
        // Links are removed themselves, never what they point to.
        for (const entry of entries) {
          await this.api.remove(this.pathOf(entry), entry.kind === "directory");
        }
      } finally {
        await this.reload();
      }
    });
  }

  dispose(): void {
    this.#abort?.abort();
  }

  async #try(run: () => Promise<void>): Promise<string | null> {
    try {
      await run();
      return null;
    } catch (error) {
      return fileProblem(codeOf(error), messageOf(error));
    }
  }
}
