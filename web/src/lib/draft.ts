// A target while it is edited: plain strings as in the form, checked here, turned into the body
// that the API takes. Pure.

import type { HostKeyPolicy, Target, TargetBody, TargetSecret, TargetSettings } from "../api/types";
import { pinnedProblem, type VncDraft, vncDraftOf, vncSettingsOf } from "./draft-vnc";
import { defaultPort, type Protocol, protocolOf } from "./protocol";

export interface Draft {
  protocol: Protocol;
  name: string;
  folder: string;
  host: string;
  port: string;
  user_name: string;
  policy: HostKeyPolicy;
  pinned_keys: string;
  known_hosts: string;
  jump: string | null;
  /** What happens to the stored secret. */
  secret: "keep" | "none" | "password" | "private_key";
  password: string;
  pem: string;
  passphrase: string;
  term: string;
  environment: string;
  command: string;
  keepalive_s: string;
  legacy_algorithms: boolean;
  files: boolean;
  initial_directory: string;
  vnc: VncDraft;
}

export type DraftErrors = Partial<Record<keyof Draft, string>>;

export const DEFAULT_SETTINGS: TargetSettings = {
  host_key_policy: "trust_on_first_use",
  pinned_keys: [],
  known_hosts: "",
  term: "xterm-256color",
  environment: {},
  command: null,
  keepalive_s: 15,
  legacy_algorithms: false,
  files: true,
  initial_directory: null,
};

/** A fresh draft, or one of a stored target. */
export function draftOf(target: Target | null): Draft {
  const settings = { ...DEFAULT_SETTINGS, ...target?.settings };
  const protocol = protocolOf(target?.protocol ?? "ssh");
  return {
    protocol,
    name: target?.name ?? "",
    folder: target?.folder ?? "",
    host: target?.host ?? "",
    port: String(target?.port ?? defaultPort(protocol)),
    user_name: target?.user_name ?? "",
    policy: settings.host_key_policy,
    pinned_keys: settings.pinned_keys.join("\n"),
    known_hosts: settings.known_hosts,
    jump: target?.jump ?? null,
    secret: target?.has_secret ? "keep" : "none",
    password: "",
    pem: "",
    passphrase: "",
    term: settings.term,
    environment: Object.entries(settings.environment)
      .map(([name, value]) => `${name}=${value}`)
      .join("\n"),
    command: settings.command ?? "",
    keepalive_s: String(settings.keepalive_s),
    legacy_algorithms: settings.legacy_algorithms,
    files: settings.files,
    initial_directory: settings.initial_directory ?? "",
    vnc: vncDraftOf(settings.vnc),
  };
}

/** The draft for another protocol; a port that was the usual one stays the usual one. */
export function withProtocol(draft: Draft, protocol: Protocol): Draft {
  const isUsual = draft.port.trim() === String(defaultPort(draft.protocol));
  const port = isUsual ? String(defaultPort(protocol)) : draft.port;
  const secret = protocol === "vnc" && draft.secret === "private_key" ? "none" : draft.secret;
  return { ...draft, protocol, port, secret };
}

/** What is wrong, by field; empty when the draft can be sent. */
export function checkDraft(draft: Draft): DraftErrors {
  const errors: DraftErrors = {};
  if (draft.host.trim() === "") errors.host = "An address is needed.";
  else if (/[\s/@\p{Cc}]/u.test(draft.host.trim())) {
    errors.host = "Only the host name or address: no user, port or path.";
  }
  if (!isWhole(draft.port, 1, 65_535)) errors.port = "1 to 65535";
  if (draft.secret === "password" && draft.password === "") errors.password = "Type the password.";
  return draft.protocol === "vnc" ? checkVnc(draft, errors) : checkSsh(draft, errors);
}

function checkVnc(draft: Draft, errors: DraftErrors): DraftErrors {
  const problem = pinnedProblem(draft.vnc);
  if (problem) errors.vnc = problem;
  return errors;
}

function checkSsh(draft: Draft, errors: DraftErrors): DraftErrors {
  if (!isWhole(draft.keepalive_s, 0, 3600)) errors.keepalive_s = "0 to 3600 seconds; 0 is never";
  if (draft.policy === "pinned" && lines(draft.pinned_keys).length === 0) {
    errors.pinned_keys = "Give at least one key or fingerprint.";
  }
  if (draft.policy === "known_hosts" && draft.known_hosts.trim() === "") {
    errors.known_hosts = "Give at least one line.";
  }
  if (draft.secret === "private_key") {
    const problem = keyProblem(draft.pem);
    if (problem) errors.pem = problem;
  }
  const bad = lines(draft.environment).find((line) => !/^[A-Za-z_]\w*=/.test(line));
  if (bad !== undefined) errors.environment = `Not NAME=value: ${bad.slice(0, 60)}`;
  return errors;
}

/** The body for create, update and test. Call after `checkDraft` found nothing. */
export function bodyOf(draft: Draft): TargetBody {
  const host = draft.host.trim();
  const body: TargetBody = {
    name: draft.name.trim() || host,
    folder: draft.folder
      .split("/")
      .map((part) => part.trim())
      .filter(Boolean)
      .join("/"),
    protocol: draft.protocol,
    host,
    port: Number(draft.port),
    jump: draft.jump,
    user_name: draft.user_name.trim() || null,
    settings: {
      host_key_policy: draft.policy,
      pinned_keys: lines(draft.pinned_keys),
      known_hosts: draft.known_hosts,
      term: draft.term.trim() || DEFAULT_SETTINGS.term,
      environment: environmentOf(draft.environment),
      command: draft.command.trim() || null,
      keepalive_s: Number(draft.keepalive_s) || 0,
      legacy_algorithms: draft.legacy_algorithms,
      files: draft.files,
      initial_directory: draft.initial_directory.trim() || null,
      ...(draft.protocol === "vnc" ? { vnc: vncSettingsOf(draft.vnc) } : {}),
    },
  };
  const secret = secretOf(draft);
  if (secret !== undefined) body.secret = secret;
  return body;
}

function secretOf(draft: Draft): TargetSecret | null | undefined {
  switch (draft.secret) {
    case "keep":
      return undefined;
    case "none":
      return null;
    case "password":
      return { kind: "password", password: draft.password };
    case "private_key":
      return { kind: "private_key", pem: draft.pem, passphrase: draft.passphrase };
  }
}

/** A pasted public key or a PuTTY file is the usual mistake: say so before the node does. */
export function keyProblem(pem: string): string | null {
  const text = pem.trim();
  if (text === "") return "Paste the private key or choose its file.";
  if (/^(ssh-|ecdsa-)/.test(text)) return "This is the public key; the private one is needed.";
  if (text.startsWith("PuTTY-User-Key-File")) {
    return "This is a PuTTY key. Export it as an OpenSSH key in PuTTYgen first.";
  }
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return "A private key starts with -----BEGIN … PRIVATE KEY-----.";
  }
  if (!/-----END [A-Z ]*PRIVATE KEY-----/.test(text)) return "The end of the key is missing.";
  return null;
}

function environmentOf(text: string): Record<string, string> {
  const pairs = lines(text).map((line): [string, string] => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

function isWhole(text: string, least: number, most: number): boolean {
  if (!/^\d{1,6}$/.test(text.trim())) return false;
  const value = Number(text);
  return value >= least && value <= most;
}
