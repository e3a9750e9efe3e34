// A desktop on an OffscreenCanvas, and its JPEGs by whatever decoder the browser has.

import type { Area, Box, DesktopFrame, Move } from "../wire/frames";
import { jpegSize } from "./jpeg";
import type { Surface } from "./paint";

/** What `drawImage` takes and what must be closed after. */
export type Picture = VideoFrame | ImageBitmap;

export class CanvasSurface implements Surface<Picture> {
  readonly #canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;

  constructor(canvas: OffscreenCanvas) {
    this.#canvas = canvas;
    // Opaque: the compositor need not blend, and what is read back is what was put.
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("no drawing context");
    this.#context = context;
  }

  get size(): Box {
    return { width: this.#canvas.width, height: this.#canvas.height };
  }

  resize({ width, height }: Box): void {
    // Also for a key frame: a large one comes in parts.
    const old = this.#copy();
    // Blank until the end of this task, which nobody sees: the frame follows within it.
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#context.drawImage(old, 0, 0);
  }

  move({ fromX, fromY, x, y, width, height }: Move): void {
    // A canvas drawn onto itself is read as it was before (HTML, drawImage), so overlap is fine.
    this.#context.drawImage(this.#canvas, fromX, fromY, width, height, x, y, width, height);
  }

  put({ x, y, width, height }: Area, pixels: Uint8ClampedArray<ArrayBuffer>): void {
    this.#context.putImageData(new ImageData(pixels, width, height), x, y);
  }

  draw({ x, y, width, height }: Area, image: Picture): void {
    this.#context.drawImage(image, x, y, width, height);
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

  #copy(): OffscreenCanvas {
    const { width, height } = this.#canvas;
    const copy = new OffscreenCanvas(width, height);
    copy.getContext("2d", { alpha: false })?.drawImage(this.#canvas, 0, 0);
    return copy;
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
