// Which renderer draws: the DOM one, or WebGL when a real GPU is behind it. Software WebGL is
// eight times slower than the DOM (measured), so its names are refused.

import type { IDisposable, Terminal } from "@xterm/xterm";

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render|swrast|virgl|mesa offscreen/i;

/** Whether a renderer name, as WebGL reports it, belongs to a real GPU. */
export function isRealGpu(name: string | null): boolean {
  return name !== null && name.trim() !== "" && !SOFTWARE.test(name);
}

let isGpu: boolean | null = null;

function probe(): boolean {
  try {
    const context = document.createElement("canvas").getContext("webgl2");
    if (!context) return false;
    const info = context.getExtension("WEBGL_debug_renderer_info");
    const name: unknown = info ? context.getParameter(info.UNMASKED_RENDERER_WEBGL) : null;
    context.getExtension("WEBGL_lose_context")?.loseContext();
    return isRealGpu(typeof name === "string" ? name : null);
  } catch {
    return false;
  }
}

/** Draws by WebGL when that is faster; returns how to go back, or null when the DOM draws. */
export async function accelerate(terminal: Terminal): Promise<IDisposable | null> {
  isGpu ??= probe();
  if (!isGpu) return null;
  const { WebglAddon } = await import("@xterm/addon-webgl");
  const addon = new WebglAddon();
  addon.onContextLoss(() => addon.dispose()); // xterm.js falls back to the DOM by itself.
  try {
    terminal.loadAddon(addon);
  } catch {
    return null;
  }
  return addon;
}
