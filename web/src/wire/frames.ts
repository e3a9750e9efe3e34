// What travels between browser and node, as plain values: the page never sees protobuf types.
// Offsets are absolute byte counts and safe integers; ids that are only echoed stay bigint.

/** Version of the frame vocabulary that this page speaks (`shared::frame::PROTOCOL_VERSION`). */
export const PROTOCOL_VERSION = 1;

/** Output that may be unacknowledged, in bytes (`shared::frame::OUTPUT_WINDOW`). */
export const OUTPUT_WINDOW = 256 * 1024;

/** How often consumed output is acknowledged at least, in bytes (`shared::frame::ACK_EVERY`). */
export const ACK_EVERY = 64 * 1024;

/** Input that may be unacknowledged, in bytes (`shared::frame::INPUT_WINDOW`). */
export const INPUT_WINDOW = 64 * 1024;

/** Largest frame a page may send, in bytes (`shared::frame::MAX_CLIENT_FRAME`). */
export const MAX_CLIENT_FRAME = 72 * 1024;

/** Longest text of a {@link ClientEvent} `set_clipboard`, in bytes: it must fit one frame. */
export const MAX_SET_CLIPBOARD = 64 * 1024;

/** WebSocket close codes of a node (`shared::close::SocketClose`). */
export const SocketClose = {
  sessionEnded: 4000,
  noFirstFrame: 4001,
  badTicket: 4002,
  badFrame: 4003,
  wrongVersion: 4004,
  viewerSilent: 4005,
  signedOut: 4006,
  nodeStopping: 4007,
} as const;

/** Columns and rows of a terminal. */
export interface Size {
  cols: number;
  rows: number;
}

/** Width and height in device pixels; zeroes when nobody wishes anything. */
export interface Box {
  width: number;
  height: number;
}

export type Phase = "unknown" | "connecting" | "asking" | "live" | "ended";
export type AskKind =
  | "unknown"
  | "credentials"
  | "keyboard_interactive"
  | "passphrase"
  | "host_key";

export interface AskField {
  label: string;
  secret: boolean;
  value: string;
}

/** A question of the session to a person. */
export interface Ask {
  ask: bigint;
  kind: AskKind;
  title: string;
  text: string;
  fields: AskField[];
  mayRemember: boolean;
}

/** A person's reply to an {@link Ask}. */
export interface Answer {
  ask: bigint;
  cancelled: boolean;
  values: string[];
  remember: boolean;
}

export interface Viewer {
  viewer: string;
  user: string;
  readOnly: boolean;
}

export interface Attached extends Size {
  protocol: number;
  session: string;
  viewer: string;
  epoch: number;
  readOnly: boolean;
  resumed: boolean;
  features: string[];
  title: string;
  protocolName: string;
  /** Desktop frames follow instead of a snapshot and output. */
  isDesktop: boolean;
}

/** Why a session is over, in the node's words. */
export interface Ended {
  code: string;
  text: string;
  exitStatus: number | null;
}

export interface Area extends Box {
  x: number;
  y: number;
}

/** A rectangle that moves within the desktop. */
export interface Move extends Area {
  fromX: number;
  fromY: number;
}

/**
 * What changed on a desktop. INVARIANT: everything lies on the desktop, and amounts are bounded;
 * the codec refuses the rest, so that nobody behind it has to look.
 */
export interface DesktopFrame extends Box {
  seq: number;
  /** Nothing before matters, and a new zstd stream begins. */
  key: boolean;
  copies: Move[];
  rects: Area[];
  pixels: Uint8Array<ArrayBuffer>;
  images: (Area & { jpeg: Uint8Array<ArrayBuffer> })[];
}

/** A pointer's picture; without pixels it is hidden. */
export interface CursorShape extends Box {
  hotX: number;
  hotY: number;
  rgba: Uint8Array<ArrayBuffer>;
}

export interface Leds {
  scrollLock: boolean;
  numLock: boolean;
  capsLock: boolean;
}

/** A key going down or up, by place and by meaning; 0 is unknown. */
export interface Key {
  scancode: number;
  keysym: number;
  down: boolean;
}

export interface Pointer {
  x: number;
  y: number;
  /** 1 left, 2 middle, 4 right, 8 back, 16 forward. */
  buttons: number;
  wheelX: number;
  wheelY: number;
}

/** A frame from the node. */
export type ServerEvent =
  | ({ kind: "attached" } & Attached)
  | ({ kind: "snapshot"; offset: number; data: Uint8Array<ArrayBuffer> } & Size)
  | { kind: "output"; offset: number; data: Uint8Array<ArrayBuffer> }
  | { kind: "input_ack"; offset: number }
  | ({ kind: "resized"; offset: number } & Size)
  | { kind: "ask"; ask: Ask }
  | { kind: "ask_closed"; ask: bigint }
  | { kind: "status"; phase: Phase; text: string }
  | { kind: "ping"; nonce: bigint; epoch: number; viewerRttUs: number; targetRttUs: number }
  | { kind: "title"; title: string }
  | { kind: "viewers"; viewers: Viewer[] }
  | { kind: "notice"; code: string; text: string }
  | ({ kind: "ended" } & Ended)
  | { kind: "clipboard"; text: string }
  | ({ kind: "desktop" } & DesktopFrame)
  | { kind: "cursor"; shape: CursorShape }
  | { kind: "leds"; leds: Leds };

/** A frame to the node. */
export type ClientEvent =
  | ({
      kind: "attach";
      ticket: Uint8Array;
      resumeOffset: number | null;
      epoch: number;
      readOnly: boolean;
      /** The desktop that would fill the page. */
      box: Box;
    } & Size)
  | { kind: "input"; offset: number; data: Uint8Array }
  | ({ kind: "resize" } & Size)
  | { kind: "ack"; offset: number }
  | { kind: "pong"; nonce: bigint }
  | ({ kind: "answer" } & Answer)
  | { kind: "end" }
  | { kind: "redraw" }
  | ({ kind: "pointer" } & Pointer)
  | ({ kind: "key" } & Key)
  | { kind: "frame_ack"; seq: number; drawUs: number }
  | { kind: "set_clipboard"; text: string }
  | ({ kind: "resize_desktop" } & Box)
  | { kind: "release_keys" };
