// Streaming zstd in wasm: each piece of one long stream decodes to exactly the bytes that were
// flushed into it. Built from the C sources by web/wasm; why, says docs/decisions/0012.

/** Largest read, in bytes; `OUTPUT_BYTES` of web/wasm/zstd.c. */
export const MAX_READ = 512 * 1024;

/** The stream is damaged, or holds other than it should. What follows is meaningless until a reset. */
export class StreamError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StreamError";
  }
}

interface Exports {
  memory: WebAssembly.Memory;
  start(): number;
  reset(): number;
  begin(size: number): number;
  read(size: number): number;
  finish(): number;
}

/** What {@link PieceDecoder} offers to whoever paints. */
export interface PixelSource {
  /** A new stream begins. */
  reset(): void;
  /** Takes the next piece. */
  begin(piece: Uint8Array): void;
  /** The next bytes of the piece, at most {@link MAX_READ}; valid until the next call. */
  read(size: number): Uint8ClampedArray<ArrayBuffer>;
  /** The piece must be used up. */
  finish(): void;
}

export class PieceDecoder implements PixelSource {
  readonly #wasm: Exports;
  readonly #output: number;

  private constructor(wasm: Exports) {
    this.#wasm = wasm;
    this.#output = wasm.start();
    if (this.#output === 0) throw new StreamError("no memory for a decoder");
  }

  /** Compiles the module from its bytes. */
  static async load(bytes: BufferSource): Promise<PieceDecoder> {
    const { instance } = await WebAssembly.instantiate(bytes);
    return new PieceDecoder(instance.exports as unknown as Exports);
  }

  reset(): void {
    if (this.#wasm.reset() !== 0) throw new StreamError("the decoder does not reset");
  }

  begin(piece: Uint8Array): void {
    const at = this.#wasm.begin(piece.byteLength);
    if (at === 0) throw new StreamError(`no room for a piece of ${piece.byteLength} bytes`);
    // A fresh view each time: growing detaches older ones.
    new Uint8Array(this.#wasm.memory.buffer).set(piece, at);
  }

  read(size: number): Uint8ClampedArray<ArrayBuffer> {
    const fault = size > MAX_READ ? -1 : this.#wasm.read(size);
    if (fault === -2) throw new StreamError("a piece holds too little");
    if (fault !== 0) throw new StreamError("a piece does not decode");
    const memory = this.#wasm.memory.buffer as ArrayBuffer;
    return new Uint8ClampedArray(memory, this.#output, size);
  }

  finish(): void {
    if (this.#wasm.finish() !== 0) throw new StreamError("a piece holds too much");
  }
}
