// How a target's address is written for people.

import { defaultPort } from "./protocol";

/** `ada@db1:2222`; the port is left out when it is the usual one. */
export function addressOf(target: {
  host: string;
  port: number;
  user_name?: string | null | undefined;
  protocol?: string;
}): string {
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  const user = target.user_name ? `${target.user_name}@` : "";
  return `${user}${host}${target.port === defaultPort(target.protocol ?? "ssh") ? "" : `:${target.port}`}`;
}
