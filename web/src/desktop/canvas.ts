// A desktop on an OffscreenCanvas, and its JPEGs by whatever decoder the browser has.

import type { Area, Box, DesktopFrame, Move } from "../wire/frames";
import { jpegSize } from "./jpeg";
import type { Surface } from "./paint";
import { Pixels } from "./pixels";

/** What `drawImage` takes and what must be closed after. */
export type Picture = VideoFrame | ImageBitmap;

export class CanvasSurface implements Surface<Picture> {
  readonly #canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #pixels = new Pixels();
  #image: ImageData;

  constructor(canvas: OffscreenCanvas) {
    this.#canvas = canvas;
    // Opaque: the compositor need not blend, and what is read back is what was put.
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("no drawing context");
    this.#context = context;
    this.#image = new ImageData(this.#pixels.data, 1, 1);
  }

  get size(): Box {
    return this.#pixels.size;
  }

  resize({ width, height }: Box): void {
    this.#readBack();
    this.#pixels.resize({ width, height });
    this.#image = new ImageData(this.#pixels.data, width, height);
    // Blank until the end of this task, which nobody sees: the frame follows within it. Also a
    // key frame finds the old picture: a large one comes in parts.
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#show({ x: 0, y: 0, width, height });
  }

  move(move: Move): void {
    this.#readBack();
    this.#pixels.move(move);
    this.#show(move);
  }

  put(area: Area, pixels: Uint8ClampedArray<ArrayBuffer>): void {
    this.#pixels.put(area, pixels);
    this.#show(area);
  }

  draw(area: Area, image: Picture): void {
    this.#context.drawImage(image, area.x, area.y, area.width, area.height);
    this.#pixels.drew(area);
    if (this.#pixels.isStaleFull) this.#readBack();
  }

  /** SHA-256 over the whole picture as RGBA, in hexadecimal digits; for tests. */
  async hash(): Promise<string> {
    const { width, height } = this.#canvas;
    const { data } = this.#context.getImageData(0, 0, width, height);
    const digest = await crypto.subtle.digest("SHA-256", data);
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(
      "",
    );
  }

  #show({ x, y, width, height }: Area): void {
    this.#context.putImageData(this.#image, 0, 0, x, y, width, height);
  }

  /** Brings what only the canvas knows into memory. */
  #readBack(): void {
    for (const area of [...this.#pixels.stale]) {
      const { data } = this.#context.getImageData(area.x, area.y, area.width, area.height);
      this.#pixels.put(area, data);
    }
  }
}

/** Decodes one JPEG; null when it is none, claims another size, or the browser gives up. */
export async function decodeJpeg(image: DesktopFrame["images"][number]): Promise<Picture | null> {
  const claimed = jpegSize(image.jpeg);
  if (claimed?.width !== image.width || claimed.height !== image.height) return null;
  try {
    if (typeof ImageDecoder === "undefined") {
      return await createImageBitmap(new Blob([image.jpeg], { type: "image/jpeg" }));
    }
    // Two to three times cheaper than a bitmap: the bytes never leave this process.
    const decoder = new ImageDecoder({
      data: image.jpeg,
      type: "image/jpeg",
      colorSpaceConversion: "none",
    });
    const { image: frame } = await decoder.decode();
    decoder.close();
    return frame;
  } catch {
    return null;
  }
}
