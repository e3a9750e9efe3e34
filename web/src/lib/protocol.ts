// The protocols that a target may speak, as people meet them.

export type Protocol = "ssh" | "vnc";

export const PROTOCOLS: { id: Protocol; name: string; text: string; port: number }[] = [
  { id: "ssh", name: "SSH", text: "A terminal, and files", port: 22 },
  { id: "vnc", name: "VNC", text: "A desktop", port: 5900 },
];

/** The protocol of a name; an unknown one is treated like SSH. */
export function protocolOf(name: string): Protocol {
  return PROTOCOLS.find((one) => one.id === name)?.id ?? "ssh";
}

/** Where a protocol listens when nobody says otherwise. */
export function defaultPort(name: string): number {
  return PROTOCOLS.find((one) => one.id === protocolOf(name))?.port ?? 22;
}
