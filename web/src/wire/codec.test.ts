// Golden vectors are written by hand from the protobuf encoding rules, not by our own encoder,
// so that a mistake in the generated code or its runtime cannot agree with itself.

import { describe, expect, it } from "vitest";

import { decodeServer, encodeClient, FrameError, MAX_SERVER_FRAME } from "./codec";

function hex(text: string): Uint8Array<ArrayBuffer> {
  const pairs = text.replaceAll(/\s/g, "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fault(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    decodeServer(bytes);
  } catch (error) {
    if (error instanceof FrameError) return error.fault;
    throw error;
  }
  return "none";
}

describe("refused", () => {
  it("refuses a frame over the limit without decoding it", () => {
    expect(fault(new Uint8Array(MAX_SERVER_FRAME + 1))).toBe("too_large");
  });

  it("refuses a frame that is cut off", () => {
    expect(fault(hex("1a 08 08 05 12 04 61"))).toBe("malformed");
  });

  it("refuses bytes that are no protobuf", () => {
    expect(fault(hex("ff ff ff ff ff ff ff ff ff ff ff"))).toBe("malformed");
  });

  it("refuses an offset beyond 2^53", () => {
    expect(fault(hex("1a 0b 08 ff ff ff ff ff ff ff ff ff 01"))).toBe("out_of_range");
  });

  it("skips a frame whose body a later version added", () => {
    expect(decodeServer(hex("f2 06 02 08 01"))).toBeNull();
    expect(decodeServer(new Uint8Array())).toBeNull();
  });

  it("skips a field that a later version added", () => {
    // Output { offset: 5, data: "hi", field 100: 1 }
    expect(decodeServer(hex("1a 09 08 05 12 02 68 69 a0 06 01"))).toEqual({
      kind: "output",
      offset: 5,
      data: hex("68 69"),
    });
  });

  it("cleans controls and direction overrides out of what a person reads", () => {
    // Title { title: "a ESC b U+202E c" }
    expect(decodeServer(hex("52 08 0a 06 61 1b 62 e2 80 ae"))).toEqual({
      kind: "title",
      title: "a b ",
    });
  });

  it("cuts an endless title", () => {
    const title = new Uint8Array(4000).fill(0x61);
    const inner = Uint8Array.from([0x0a, 0xa0, 0x1f, ...title]);
    const event = decodeServer(Uint8Array.from([0x52, 0xa3, 0x1f, ...inner]));
    expect(event?.kind === "title" && event.title.length).toBe(256);
  });
});

describe("decoded", () => {
  it("reads Attached", () => {
    const bytes = hex(`0a 2a 08 01 12 02 73 31 1a 02 76 31 20 07 28 01 30 50 38 18 40 01
      4a 05 66 69 6c 65 73 52 04 72 6f 6f 74 5a 03 73 73 68`);
    bytes[1] = bytes.length - 2;
    expect(decodeServer(bytes)).toEqual({
      kind: "attached",
      protocol: 1,
      session: "s1",
      viewer: "v1",
      epoch: 7,
      readOnly: true,
      cols: 80,
      rows: 24,
      resumed: true,
      features: ["files"],
      title: "root",
      protocolName: "ssh",
      isDesktop: false,
    });
  });

  it("reads Output without copying its bytes", () => {
    const bytes = hex("1a 07 08 ac 02 12 02 68 69");
    const event = decodeServer(bytes);
    expect(event).toEqual({ kind: "output", offset: 300, data: hex("68 69") });
    expect(event?.kind === "output" && event.data.buffer).toBe(bytes.buffer);
  });

  it("reads Ping and keeps a 64-bit nonce whole", () => {
    expect(
      decodeServer(hex("4a 11 08 ff ff ff ff ff ff ff ff ff 01 10 02 18 e8 07 20 00")),
    ).toEqual({
      kind: "ping",
      nonce: 0xffff_ffff_ffff_ffffn,
      epoch: 2,
      viewerRttUs: 1000,
      targetRttUs: 0,
    });
  });

  it("tells an exit status of zero from none", () => {
    expect(decodeServer(hex("6a 05 0a 01 78 18 00"))).toMatchObject({ code: "x", exitStatus: 0 });
    expect(decodeServer(hex("6a 03 0a 01 78"))).toMatchObject({ code: "x", exitStatus: null });
  });

  it("reads Ask with its fields, and an unknown kind as unknown", () => {
    expect(decodeServer(hex("32 0d 08 03 10 63 2a 05 0a 01 70 10 01 30 01"))).toEqual({
      kind: "ask",
      ask: {
        ask: 3n,
        kind: "unknown",
        title: "",
        text: "",
        fields: [{ label: "p", secret: true, value: "" }],
        mayRemember: true,
      },
    });
  });
});

describe("encoded", () => {
  it("writes Attach, with the resume offset only when there is one", () => {
    const attach = {
      kind: "attach",
      ticket: hex("aa bb"),
      epoch: 7,
      cols: 80,
      rows: 24,
      readOnly: false,
      box: { width: 0, height: 0 },
    } as const;
    expect(toHex(encodeClient({ ...attach, resumeOffset: null }))).toBe(
      "0a0c" + "0801" + "1202aabb" + "2007" + "2850" + "3018",
    );
    expect(toHex(encodeClient({ ...attach, resumeOffset: 0 }))).toBe(
      "0a0e" + "0801" + "1202aabb" + "1800" + "2007" + "2850" + "3018",
    );
  });

  it("writes the size a desktop should have", () => {
    const bytes = encodeClient({
      kind: "attach",
      ticket: new Uint8Array(),
      epoch: 0,
      cols: 0,
      rows: 0,
      readOnly: false,
      box: { width: 1280, height: 720 },
      resumeOffset: null,
    });
    expect(toHex(bytes)).toBe("0a08" + "0801" + "40800a" + "48d005");
  });

  it("writes Input, Ack, Pong, Answer, End and Redraw", () => {
    expect(toHex(encodeClient({ kind: "input", offset: 300, data: hex("0d") }))).toBe(
      "120608ac0212010d",
    );
    expect(toHex(encodeClient({ kind: "ack", offset: 65536 }))).toBe("220408808004");
    expect(toHex(encodeClient({ kind: "pong", nonce: 5n }))).toBe("2a020805");
    expect(
      toHex(
        encodeClient({
          kind: "answer",
          ask: 3n,
          cancelled: false,
          values: ["a", ""],
          remember: true,
        }),
      ),
    ).toBe("320908031a01611a002001");
    expect(toHex(encodeClient({ kind: "end" }))).toBe("3a00");
    expect(toHex(encodeClient({ kind: "redraw" }))).toBe("4200");
  });
});
