// What the node's API speaks, named for the page. Generated from its OpenAPI document wherever that
// says enough; `Required`, because the node always writes nullable fields. Times are microseconds, UTC.

import type { components } from "./types.gen";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Login = Schemas["LoginView"];
export type User = Required<Schemas["UserView"]>;
export type MadeUser = Schemas["MadeUser"];
export type Group = Schemas["GroupView"];
export type Grant = Required<Schemas["GrantView"]>;
export type HostKeyPolicy = Schemas["HostKeyRule"];

/** Settings of a VNC target, beside those of SSH. */
export type VncSettings = Required<Schemas["VncTargetSettings"]>;

/** `vnc` is sent for VNC targets only. */
export type TargetSettings = Required<Omit<Schemas["TargetSettings"], "vnc">> & {
  vnc?: VncSettings;
};
export type Target = Required<Omit<Schemas["TargetView"], "settings">> & {
  settings: TargetSettings;
};
export type Session = Required<Schemas["SessionView"]>;
export type OpenedSession = Schemas["Opened"];
export type HistoryItem = Required<Schemas["HistoryView"]>;
export type TestResult = Schemas["ProbeResult"];

/** Write-only: the node stores it sealed and never sends it back. */
export type TargetSecret = Schemas["SecretBody"];

type AnyTargetBody = Omit<Schemas["TargetBody"], "settings">;

/** A target as the form sends it: whole, except that an absent secret keeps what is stored. */
export interface TargetBody extends AnyTargetBody {
  name: string;
  folder: string;
  protocol: string;
  host: string;
  port: number;
  settings: TargetSettings;
  jump: string | null;
  user_name: string | null;
  secret?: TargetSecret | null;
}

type AuditBase = Omit<Required<Schemas["AuditView"]>, "outcome" | "detail">;

export interface AuditItem extends AuditBase {
  outcome: "ok" | "denied" | "failed";
  /** Depends on the code. */
  detail: unknown;
}

/** A line of a running test; the last line is a `TestResult`. */
export interface TestStep {
  step: string;
  text: string;
  elapsed_ms: number;
}

export interface Paged<T> {
  items: T[];
  next: string | null;
}
