// The desktop half of the link Worker: decoder, canvas and painter, loaded with the first desktop.

import type { DesktopPort } from "../link/runner";
import type { DesktopFrame } from "../wire/frames";
import { CanvasSurface, decodeJpeg, type Picture } from "./canvas";
import type { FromStage, ToStage } from "./messages";
import { Painter } from "./painter";
import { Tally } from "./tally";
import { PieceDecoder } from "./zstd";

export type Post = (message: FromStage) => void;

export class DesktopStage {
  readonly #post: Post;
  readonly #painter: Painter<Picture>;
  readonly #tally = new Tally();
  readonly #decoder: Promise<PieceDecoder>;
  #surface: CanvasSurface | null = null;
  #shown = { width: 0, height: 0 };
  #isFirst = true;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(post: Post) {
    this.#post = post;
    this.#decoder = load();
    this.#painter = new Painter<Picture>({
      decode: decodeJpeg,
      close: (image) => image.close(),
      now: () => performance.now(),
      drawn: (frame, drawUs) => this.#drawn(frame, drawUs),
    });
  }

  readonly port: DesktopPort = {
    attached: () => {
      this.#isFirst = true;
      this.#painter.attached();
    },
    frame: (frame, bytes, replies) => {
      this.#tally.received(bytes);
      this.#painter.push(frame, replies);
    },
  };

  handle(message: ToStage): void {
    switch (message.kind) {
      case "canvas":
        void this.#open(message.canvas);
        break;
      case "tally":
        this.#report(message.isOn);
        break;
      case "hash":
        void this.#hash(message.id);
        break;
    }
  }

  async #open(canvas: OffscreenCanvas): Promise<void> {
    try {
      this.#surface = new CanvasSurface(canvas);
      this.#painter.open(await this.#decoder, this.#surface);
    } catch {
      this.#post({ kind: "desktop_unable" });
    }
  }

  #drawn(frame: DesktopFrame, drawUs: number): void {
    this.#tally.drawn(drawUs);
    const { width, height } = frame;
    const isNew = width !== this.#shown.width || height !== this.#shown.height;
    if (!isNew && !this.#isFirst) return;
    this.#isFirst = false;
    this.#shown = { width, height };
    this.#post({ kind: "desktop_drawn", size: { width, height } });
  }

  #report(isOn: boolean): void {
    clearInterval(this.#timer);
    if (!isOn) return;
    this.#tally.take(performance.now());
    this.#timer = setInterval(() => {
      this.#post({ kind: "desktop_tally", counts: this.#tally.take(performance.now()) });
    }, 1000);
  }

  async #hash(id: number): Promise<void> {
    this.#post({ kind: "desktop_hash", id, hash: (await this.#surface?.hash()) ?? "" });
  }
}

async function load(): Promise<PieceDecoder> {
  const answer = await fetch(new URL("./zstd.wasm", import.meta.url));
  if (!answer.ok) throw new Error("the decoder does not load");
  return PieceDecoder.load(await answer.arrayBuffer());
}
