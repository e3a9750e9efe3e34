// Why bytes of a node are refused.

/** Why bytes are not a frame. */
export type FrameFault = "too_large" | "malformed" | "unknown" | "out_of_range";

/** Bytes from the node that are not a usable frame. */
export class FrameError extends Error {
  readonly fault: FrameFault;

  constructor(fault: FrameFault, message: string) {
    super(message);
    this.name = "FrameError";
    this.fault = fault;
  }
}
