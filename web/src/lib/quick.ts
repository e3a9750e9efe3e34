// The quick-connect line: `ssh://user@host:port` or `vnc://host:port`, forgiving where it is safe,
// clear where it is not.

import { defaultPort, PROTOCOLS, type Protocol } from "./protocol";

export type Quick =
  | {
      ok: true;
      protocol: Protocol;
      user: string | null;
      host: string;
      port: number;
      uri: string;
    }
  | { ok: false; text: string };

const MAX_CHARS = 512;

/** Parses what a person typed. Empty input is not an error: it answers `null`. */
export function parseQuick(input: string): Quick | null {
  let rest = input.trim();
  if (rest === "") return null;
  if (rest.length > MAX_CHARS) return wrong("This address is too long.");
  if (/[\s\p{Cc}]/u.test(rest)) return wrong("An address has no spaces.");
  let protocol: Protocol = "ssh";
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(rest);
  if (scheme) {
    const named = PROTOCOLS.find((one) => one.id === scheme[1]?.toLowerCase());
    if (!named) return wrong(`Only ssh:// and vnc:// can be opened, not ${scheme[1]}://.`);
    protocol = named.id;
    rest = rest.slice(scheme[0].length);
  }
  rest = rest.replace(/\/$/, "");
  if (/[/?#]/.test(rest)) return wrong("Nothing may follow the port.");
  const at = rest.lastIndexOf("@");
  const user = at >= 0 ? decodeUser(rest.slice(0, at)) : null;
  if (at >= 0 && user === "") return wrong("The user name before @ is missing.");
  if (user?.includes(":")) return wrong("Leave the password out; you will be asked for it.");
  return withHost(protocol, user, rest.slice(at + 1));
}

function withHost(protocol: Protocol, user: string | null, authority: string): Quick {
  const [host, portText] = splitPort(authority);
  if (host === "") return wrong("The host is missing.");
  const port = portText === null ? defaultPort(protocol) : Number(portText);
  if (portText !== null && (!/^\d{1,5}$/.test(portText) || port < 1 || port > 65_535)) {
    return wrong("The port is a number from 1 to 65535.");
  }
  if (!isHost(host)) return wrong("This is not a host name or address.");
  const userPart = user === null ? "" : `${encodeURIComponent(user)}@`;
  const hostPart = host.includes(":") ? `[${host}]` : host;
  const uri = `${protocol}://${userPart}${hostPart}:${port}`;
  return { ok: true, protocol, user, host, port, uri };
}

/** Splits `host:port`, `[v6]:port` and a bare IPv6 address. */
function splitPort(authority: string): [string, string | null] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(authority);
  if (bracketed) return [bracketed[1] ?? "", bracketed[2] ?? null];
  const colons = authority.split(":");
  if (colons.length > 2) return [authority, null];
  return [colons[0] ?? "", colons[1] ?? null];
}

function isHost(host: string): boolean {
  if (host.includes(":")) return /^[0-9a-f:.]{2,45}(%[\w.-]{1,32})?$/i.test(host);
  if (host.length > 253) return false;
  return host.split(".").every((label, index, all) => {
    if (label === "") return index === all.length - 1 && all.length > 1;
    return /^[\p{L}\p{N}_]([\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?$/u.test(label);
  });
}

function decodeUser(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function wrong(text: string): Quick {
  return { ok: false, text };
}
