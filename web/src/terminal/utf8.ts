// Characters cut between two writes. xterm.js 6 loses U+2010 to U+203F when they are cut after their
// second byte, so an unfinished character waits for the next write. Pure.

/** How many bytes at the end begin a UTF-8 character that is not complete. */
export function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return lengthOf(byte) > back ? back : 0;
  }
  return 0;
}

/** The length of a character that begins with this byte. */
function lengthOf(lead: number): number {
  if ((lead & 0xe0) === 0xc0) return 2;
  if ((lead & 0xf0) === 0xe0) return 3;
  return (lead & 0xf8) === 0xf0 ? 4 : 1;
}

/** Holds the beginning of a character back until its rest arrives. */
export class WholeCharacters {
  #held = new Uint8Array(0);

  /** What can be written now: what was held back and `bytes`, without an unfinished end. */
  next(bytes: Uint8Array): Uint8Array {
    let all = bytes;
    if (this.#held.length > 0) {
      all = new Uint8Array(this.#held.length + bytes.length);
      all.set(this.#held);
      all.set(bytes, this.#held.length);
    }
    const end = all.length - unfinished(all);
    this.#held = all.slice(end);
    return all.subarray(0, end);
  }

  /** What follows replaces what was held back. */
  forget(): void {
    this.#held = new Uint8Array(0);
  }
}
