// The uploads of one session: runs what `transfer.ts` decides.

import type { ApiError } from "../api/error";
import { codeOf, messageOf } from "../api/error";
import { type FilesApi, upload } from "./api";
import { MOST_FILES, type Selection } from "./entries";
import { joined } from "./paths";
import { isOpen, progressed, startable, summaryOf, type Transfer } from "./transfer";
import { fileProblem } from "./words";

/** An upload that has not moved for this long is given up. */
const STALL_MS = 60_000;
/** How often progress is shown. */
const SAMPLE_MS = 250;

interface Job {
  file: File;
  abort: (() => void) | null;
  sampledAt: number;
  movedAt: number;
}

export class UploadQueue {
  items = $state.raw<Transfer[]>([]);
  /** The answer to "replace?" for every further question. */
  always = $state<"replace" | "skip" | null>(null);
  readonly summary = $derived(summaryOf(this.items));
  readonly question = $derived(this.items.find((one) => one.state === "asking") ?? null);
  readonly #api: FilesApi;
  readonly #jobs = new Map<number, Job>();
  readonly #onchanged: (directory: string) => void;
  #next = 1;
  #watch: ReturnType<typeof setInterval> | undefined;

  /** `onchanged` is told when something new may be in a directory. */
  constructor(api: FilesApi, onchanged: (directory: string) => void) {
    this.#api = api;
    this.#onchanged = onchanged;
  }

  /** Creates the folders, then queues the files. Returns what went wrong with folders. */
  async add(directory: string, selection: Selection): Promise<string | null> {
    if (selection.files.length > MOST_FILES) {
      return `That is more than ${MOST_FILES.toLocaleString()} files. Pack them into an archive first.`;
    }
    for (const folder of selection.folders) {
      try {
        await this.#api.createFolder(joined(directory, folder));
      } catch (error) {
        if (codeOf(error) !== "exists") return fileProblem(codeOf(error), messageOf(error));
      }
    }
    if (selection.folders.length > 0) this.#onchanged(directory);
    const added = selection.files.map(({ path, file }): Transfer => {
      const id = this.#next++;
      this.#jobs.set(id, { file, abort: null, sampledAt: 0, movedAt: 0 });
      return {
        id,
        path: joined(directory, path),
        label: path,
        total: file.size,
        sent: 0,
        state: "waiting",
        speed: 0,
        mode: "new",
        problem: "",
      };
    });
    if (!this.items.some((one) => isOpen(one.state))) this.always = null;
    this.items = [...this.items, ...added];
    this.#pump();
    return null;
  }

  cancel(id: number): void {
    this.#jobs.get(id)?.abort?.();
    this.#set(id, { state: "cancelled", problem: "", speed: 0 });
    this.#pump();
  }

  cancelAll(): void {
    for (const one of this.items) if (isOpen(one.state)) this.cancel(one.id);
  }

  retry(id: number): void {
    this.#set(id, { state: "waiting", sent: 0, speed: 0, problem: "" });
    this.#pump();
  }

  /** Answers the question whether to replace; `forAll` answers those that follow. */
  answer(isReplace: boolean, forAll: boolean): void {
    if (forAll) this.always = isReplace ? "replace" : "skip";
    const { question } = this;
    if (question) this.#resolve(question.id, isReplace);
    if (!forAll) return;
    for (const one of this.items) if (one.state === "asking") this.#resolve(one.id, isReplace);
  }

  /** Forgets what is finished. */
  clear(): void {
    for (const one of this.items) if (!isOpen(one.state)) this.#jobs.delete(one.id);
    this.items = this.items.filter((one) => isOpen(one.state));
  }

  dispose(): void {
    this.cancelAll();
    clearInterval(this.#watch);
  }

  #resolve(id: number, isReplace: boolean): void {
    if (isReplace) this.#set(id, { state: "waiting", mode: "replace", sent: 0 });
    else this.#set(id, { state: "cancelled", problem: "Skipped: the name is taken." });
    this.#pump();
  }

  #pump(): void {
    for (const one of startable(this.items)) this.#start(one);
    const isBusy = this.items.some((one) => one.state === "running");
    clearInterval(this.#watch);
    if (isBusy) this.#watch = setInterval(() => this.#stopStalled(), 5000);
  }

  #start(transfer: Transfer): void {
    const job = this.#jobs.get(transfer.id);
    if (!job) return;
    const { id } = transfer;
    const now = performance.now();
    job.sampledAt = now;
    job.movedAt = now;
    const mode = this.always === "replace" ? "replace" : transfer.mode;
    this.#set(id, { state: "running", mode });
    job.abort = upload(this.#api.uploadUrl(transfer.path, mode), job.file, {
      progress: (sent) => this.#progress(id, job, sent),
      done: () => this.#done(transfer),
      failed: (error) => this.#failed(id, error),
    });
  }

  #progress(id: number, job: Job, sent: number): void {
    const now = performance.now();
    job.movedAt = now;
    if (now - job.sampledAt < SAMPLE_MS) return;
    const elapsed = now - job.sampledAt;
    job.sampledAt = now;
    this.items = this.items.map((one) => (one.id === id ? progressed(one, sent, elapsed) : one));
  }

  #done(transfer: Transfer): void {
    this.#set(transfer.id, { state: "done", sent: transfer.total, speed: 0 });
    const cut = transfer.path.lastIndexOf("/");
    this.#onchanged(cut > 0 ? transfer.path.slice(0, cut) : "/");
    this.#pump();
  }

  #failed(id: number, error: ApiError): void {
    if (error.code === "exists" && this.always !== "skip") {
      this.#set(id, { state: "asking", speed: 0 });
    } else if (error.code === "exists") {
      this.#resolve(id, false);
    } else {
      const problem = fileProblem(error.code, error.message);
      this.#set(id, { state: "failed", speed: 0, problem });
    }
    this.#pump();
  }

  #stopStalled(): void {
    const now = performance.now();
    for (const one of this.items) {
      const job = this.#jobs.get(one.id);
      // All bytes are sent: the target may need a while to store them.
      if (one.state !== "running" || !job || one.sent >= one.total) continue;
      if (now - job.movedAt < STALL_MS) continue;
      job.abort?.();
      this.#set(one.id, { state: "failed", speed: 0, problem: fileProblem("stalled", "") });
    }
    this.#pump();
  }

  #set(id: number, change: Partial<Transfer>): void {
    this.items = this.items.map((one) => (one.id === id ? { ...one, ...change } : one));
  }
}
