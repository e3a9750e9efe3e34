// Bytes ⇄ frames: the one place that knows protobuf. Bounded: a frame that is too large, malformed,
// without a known body or with a number nobody can count to is refused; text is cut and cleaned.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";

import { toCursor, toDesktop } from "./desktop";
import { FrameError } from "./fault";
import type { Ask, AskKind, ClientEvent, Phase, ServerEvent } from "./frames";
import { PROTOCOL_VERSION } from "./frames";
import {
  AskKind as AskKindMessage,
  type Ask as AskMessage,
  ClientFrameSchema,
  Phase as PhaseMessage,
  type ServerFrame,
  ServerFrameSchema,
} from "./gen/baton_pb";

export { FrameError, type FrameFault } from "./fault";

/** Largest frame accepted from a node, in bytes: a snapshot of 10 000 coloured lines is about 1.3 MB. */
export const MAX_SERVER_FRAME = 16 * 1024 * 1024;

/** Longest clipboard text accepted from a target, in characters. */
export const MAX_CLIPBOARD = 1024 * 1024;

/** Longest sentence shown to a person, in characters. */
const MAX_TEXT = 4096;
/** Longest title or label, in characters. */
const MAX_LABEL = 256;
/** Most entries of any list; more is noise or an attack. */
const MAX_ENTRIES = 256;

/**
 * Decodes one message of the node. A body that this version does not know yields `null` and is skipped.
 * Throws {@link FrameError} on anything that is not a frame.
 */
export function decodeServer(bytes: Uint8Array<ArrayBuffer>): ServerEvent | null {
  if (bytes.byteLength > MAX_SERVER_FRAME) {
    throw new FrameError("too_large", `frame of ${bytes.byteLength} bytes`);
  }
  let frame: ServerFrame;
  try {
    frame = fromBinary(ServerFrameSchema, bytes, { readUnknownFields: false });
  } catch {
    throw new FrameError("malformed", "frame does not decode");
  }
  return toEvent(frame.body);
}

type Body = ServerFrame["body"];

function toEvent(body: Body): ServerEvent | null {
  switch (body.case) {
    case "attached":
      return toAttached(body.value);
    case "snapshot":
      return {
        kind: "snapshot",
        offset: count(body.value.offsetBytes),
        cols: body.value.cols,
        rows: body.value.rows,
        data: body.value.data as Uint8Array<ArrayBuffer>,
      };
    case "output":
      return {
        kind: "output",
        offset: count(body.value.offsetBytes),
        data: body.value.data as Uint8Array<ArrayBuffer>,
      };
    case "desktopFrame":
      return { kind: "desktop", ...toDesktop(body.value, count(body.value.seq)) };
    case "cursorShape":
      return { kind: "cursor", shape: toCursor(body.value) };
    case "leds":
      return {
        kind: "leds",
        leds: {
          scrollLock: body.value.scrollLock,
          numLock: body.value.numLock,
          capsLock: body.value.capsLock,
        },
      };
    case "inputAck":
      return { kind: "input_ack", offset: count(body.value.offsetBytes) };
    case "resized":
      return {
        kind: "resized",
        offset: count(body.value.offsetBytes),
        cols: body.value.cols,
        rows: body.value.rows,
      };
    case "ping":
      return {
        kind: "ping",
        nonce: body.value.nonce,
        epoch: count(body.value.epoch),
        viewerRttUs: body.value.viewerRttUs,
        targetRttUs: body.value.targetRttUs,
      };
    case undefined:
      return null;
    default:
      return toSpoken(body);
  }
}

/** The frames that a person sees. */
function toSpoken(body: Body): ServerEvent | null {
  switch (body.case) {
    case "ask":
      return { kind: "ask", ask: toAsk(body.value) };
    case "askClosed":
      return { kind: "ask_closed", ask: body.value.ask };
    case "status":
      return { kind: "status", phase: toPhase(body.value.phase), text: sentence(body.value.text) };
    case "title":
      return { kind: "title", title: label(body.value.title) };
    case "viewers":
      return {
        kind: "viewers",
        viewers: body.value.viewers.slice(0, MAX_ENTRIES).map((one) => ({
          viewer: label(one.viewer),
          user: label(one.user),
          readOnly: one.readOnly,
        })),
      };
    case "notice":
      return { kind: "notice", code: label(body.value.code), text: sentence(body.value.text) };
    case "ended":
      return {
        kind: "ended",
        code: label(body.value.code),
        text: sentence(body.value.text),
        exitStatus: body.value.exitStatus ?? null,
      };
    case "clipboard":
      return { kind: "clipboard", text: body.value.text.slice(0, MAX_CLIPBOARD) };
    default:
      return null;
  }
}

function toAttached(value: Extract<Body, { case: "attached" }>["value"]): ServerEvent {
  return {
    kind: "attached",
    protocol: value.protocol,
    session: label(value.session),
    viewer: label(value.viewer),
    epoch: count(value.epoch),
    readOnly: value.readOnly,
    cols: value.cols,
    rows: value.rows,
    resumed: value.resumed,
    features: value.features.slice(0, MAX_ENTRIES).map(label),
    title: label(value.title),
    protocolName: label(value.protocolName),
    isDesktop: value.isDesktop,
  };
}

function toAsk(value: AskMessage): Ask {
  return {
    ask: value.ask,
    kind: toAskKind(value.kind),
    title: label(value.title),
    text: sentence(value.text),
    fields: value.fields.slice(0, MAX_ENTRIES).map((field) => ({
      label: label(field.label),
      secret: field.secret,
      value: field.value.slice(0, MAX_TEXT),
    })),
    mayRemember: value.mayRemember,
  };
}

function toPhase(phase: PhaseMessage): Phase {
  switch (phase) {
    case PhaseMessage.CONNECTING:
      return "connecting";
    case PhaseMessage.ASKING:
      return "asking";
    case PhaseMessage.LIVE:
      return "live";
    case PhaseMessage.ENDED:
      return "ended";
    default:
      return "unknown";
  }
}

function toAskKind(kind: AskKindMessage): AskKind {
  switch (kind) {
    case AskKindMessage.CREDENTIALS:
      return "credentials";
    case AskKindMessage.KEYBOARD_INTERACTIVE:
      return "keyboard_interactive";
    case AskKindMessage.PASSPHRASE:
      return "passphrase";
    case AskKindMessage.HOST_KEY:
      return "host_key";
    default:
      return "unknown";
  }
}

/** A byte count or epoch as a number; refused beyond 2^53, which no session reaches. */
function count(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new FrameError("out_of_range", "count is beyond what a page can hold");
  }
  return Number(value);
}

/** One line: controls (and the direction overrides that fake file names and hosts) become spaces. */
function label(text: string): string {
  return clean(text, MAX_LABEL).replaceAll("\n", " ");
}

/** A few lines of prose; line breaks stay, other controls go. */
function sentence(text: string): string {
  return clean(text, MAX_TEXT);
}

function clean(text: string, limit: number): string {
  const cut = text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point.
  return cut.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, " ");
}

/** Encodes one message for the node. */
export function encodeClient(event: ClientEvent): Uint8Array<ArrayBuffer> {
  const frame = create(ClientFrameSchema, { body: toBody(event) });
  return toBinary(ClientFrameSchema, frame) as Uint8Array<ArrayBuffer>;
}

type ClientBody = NonNullable<
  NonNullable<Parameters<typeof create<typeof ClientFrameSchema>>[1]>["body"]
>;

function toBody(event: ClientEvent): ClientBody {
  switch (event.kind) {
    case "attach":
      return {
        case: "attach",
        value: {
          protocol: PROTOCOL_VERSION,
          ticket: event.ticket,
          epoch: BigInt(event.epoch),
          cols: event.cols,
          rows: event.rows,
          readOnly: event.readOnly,
          width: event.box.width,
          height: event.box.height,
          ...(event.resumeOffset === null ? {} : { resumeOffsetBytes: BigInt(event.resumeOffset) }),
        },
      };
    case "input":
      return { case: "input", value: { offsetBytes: BigInt(event.offset), data: event.data } };
    case "resize":
      return { case: "resize", value: { cols: event.cols, rows: event.rows } };
    case "ack":
      return { case: "ack", value: { offsetBytes: BigInt(event.offset) } };
    case "pong":
      return { case: "pong", value: { nonce: event.nonce } };
    case "answer":
      return {
        case: "answer",
        value: {
          ask: event.ask,
          cancelled: event.cancelled,
          values: event.values,
          remember: event.remember,
        },
      };
    case "end":
      return { case: "end", value: {} };
    case "redraw":
      return { case: "redraw", value: {} };
    default:
      return toDesktopBody(event);
  }
}

/** What only desktops take. */
function toDesktopBody(
  event: Exclude<
    ClientEvent,
    {
      kind: "attach" | "input" | "resize" | "ack" | "pong" | "answer" | "end" | "redraw";
    }
  >,
): ClientBody {
  switch (event.kind) {
    case "pointer": {
      const { kind: _, ...value } = event;
      return { case: "pointer", value };
    }
    case "key": {
      const { kind: _, ...value } = event;
      return { case: "key", value };
    }
    case "frame_ack":
      return { case: "frameAck", value: { seq: BigInt(event.seq), drawUs: event.drawUs } };
    case "set_clipboard":
      return { case: "setClipboard", value: { text: event.text } };
    case "resize_desktop":
      return { case: "resizeDesktop", value: { width: event.width, height: event.height } };
    case "release_keys":
      return { case: "releaseKeys", value: {} };
  }
}
