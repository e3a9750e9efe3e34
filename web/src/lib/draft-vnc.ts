// The VNC part of a target while it is edited. Pure.

import type { VncSettings } from "../api/types";

export interface VncDraft {
  certificates: VncSettings["certificates"];
  /** One per line. */
  pinned: string;
  require_encryption: boolean;
  shared: boolean;
  view_only: boolean;
  /** Empty is lossless. */
  quality: string;
  compression: string;
  resize: boolean;
}

export const DEFAULT_VNC: VncSettings = {
  certificates: "tofu",
  pinned: [],
  require_encryption: false,
  shared: true,
  view_only: false,
  quality: 8,
  compression: 2,
  resize: true,
};

/** A draft of what is stored; what is missing takes its default. */
export function vncDraftOf(stored: Partial<VncSettings> | undefined): VncDraft {
  const settings = { ...DEFAULT_VNC, ...stored };
  return {
    ...settings,
    pinned: settings.pinned.join("\n"),
    quality: settings.quality === null ? "" : String(settings.quality),
    compression: String(settings.compression),
  };
}

/** What is wrong with the pinned certificates, or null. */
export function pinnedProblem(draft: VncDraft): string | null {
  if (draft.certificates !== "pinned") return null;
  const pins = pinsOf(draft.pinned);
  if (pins.length === 0) return "Give at least one fingerprint.";
  const bad = pins.find((pin) => !/^x509-sha256 [A-Za-z0-9+/=]{20,200}$/.test(pin));
  return bad === undefined ? null : `Not x509-sha256 and base64: ${bad.slice(0, 60)}`;
}

/** What the API takes. */
export function vncSettingsOf(draft: VncDraft): VncSettings {
  return {
    ...draft,
    pinned: pinsOf(draft.pinned),
    quality: draft.quality === "" ? null : Number(draft.quality),
    compression: Number(draft.compression),
  };
}

function pinsOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim().replace(/\s+/g, " "))
    .filter(Boolean);
}
