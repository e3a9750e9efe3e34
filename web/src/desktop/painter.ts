// The frames of one desktop, drawn strictly in order. Images are decoded ahead, a frame appears as
// a whole, and only then it is acknowledged. After a damaged piece nothing is drawn until a key
// frame; what is skipped is still acknowledged, or the node would wait for it.

import type { DesktopFrame } from "../wire/frames";
import { paint, type Surface } from "./paint";
import type { PixelSource } from "./zstd";

/** Frames that may wait; a node keeps at most four unacknowledged. */
const MAX_WAITING = 32;

/** How a drawn frame is answered; belongs to the socket it came from. */
export interface Replies {
  ack(seq: number, drawUs: number): void;
  /** A key frame is needed. */
  redraw(): void;
}

export interface PainterDeps<Image> {
  /** Decodes a JPEG; null when it cannot or should not be drawn. */
  decode(image: DesktopFrame["images"][number]): Promise<Image | null>;
  /** Frees a decoded image. */
  close(image: Image): void;
  /** A monotonic clock in milliseconds. */
  now(): number;
  /** A frame is on the surface. */
  drawn(frame: DesktopFrame, drawUs: number): void;
}

interface Job<Image> {
  frame: DesktopFrame;
  replies: Replies;
  images: Promise<(Image | null)[]> | null;
  generation: number;
}

export class Painter<Image> {
  readonly #deps: PainterDeps<Image>;
  #source: PixelSource | null = null;
  #surface: Surface<Image> | null = null;
  #waiting: Job<Image>[] = [];
  #generation = 0;
  #isBusy = false;
  #needsKey = true;
  #lastSeq = 0;

  constructor(deps: PainterDeps<Image>) {
    this.#deps = deps;
  }

  /** Everything to draw with is here. */
  open(source: PixelSource, surface: Surface<Image>): void {
    this.#source = source;
    this.#surface = surface;
    void this.#pump();
  }

  /** A new socket: what waits belongs to the old one, and the next frame is a key frame. */
  attached(): void {
    this.#generation += 1;
    this.#needsKey = true;
    for (const job of this.#waiting.splice(0)) void this.#discard(job);
  }

  push(frame: DesktopFrame, replies: Replies): void {
    const images =
      frame.images.length === 0
        ? null
        : Promise.all(frame.images.map((image) => this.#deps.decode(image)));
    this.#waiting.push({ frame, replies, images, generation: this.#generation });
    if (this.#waiting.length > MAX_WAITING) {
      for (const job of this.#waiting.splice(0)) {
        replies.ack(job.frame.seq, 0);
        void this.#discard(job);
      }
      this.#fail(replies);
    }
    void this.#pump();
  }

  async #pump(): Promise<void> {
    if (this.#isBusy || !this.#source || !this.#surface) return;
    this.#isBusy = true;
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) {
      // Without images nothing is awaited: the frame is drawn in the task it arrived in.
      const images = job.images ? await job.images : [];
      if (job.generation === this.#generation) {
        this.#draw(job, images, this.#source, this.#surface);
      }
      for (const image of images) if (image) this.#deps.close(image);
    }
    this.#isBusy = false;
  }

  #draw(
    { frame, replies }: Job<Image>,
    images: (Image | null)[],
    source: PixelSource,
    surface: Surface<Image>,
  ): void {
    const isNext = frame.key || frame.seq === this.#lastSeq + 1;
    if (!isNext && !this.#needsKey) this.#fail(replies);
    if (frame.key) this.#needsKey = false;
    this.#lastSeq = frame.seq;
    if (this.#needsKey) {
      replies.ack(frame.seq, 0);
      return;
    }
    const start = this.#deps.now();
    try {
      paint(frame, images, source, surface);
    } catch {
      // A damaged piece, or a browser without memory for it: only a key frame helps.
      this.#fail(replies);
      replies.ack(frame.seq, 0);
      return;
    }
    const drawUs = Math.max(0, Math.round((this.#deps.now() - start) * 1000));
    replies.ack(frame.seq, drawUs);
    this.#deps.drawn(frame, drawUs);
  }

  #fail(replies: Replies): void {
    this.#needsKey = true;
    replies.redraw();
  }

  async #discard(job: Job<Image>): Promise<void> {
    for (const image of (await job.images) ?? []) if (image) this.#deps.close(image);
  }
}
