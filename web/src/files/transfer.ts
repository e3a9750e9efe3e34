// One upload and the queue around it, decided purely: states, progress, speed, what runs next.

export type TransferState =
  | "waiting"
  | "running"
  | "asking" // The name is taken: replace it?
  | "done"
  | "failed"
  | "cancelled";

export interface Transfer {
  id: number;
  /** Path at the target. */
  path: string;
  /** What the person sees: the path below the folder that was dropped. */
  label: string;
  total: number;
  sent: number;
  state: TransferState;
  /** Bytes per second, smoothed; 0 when unknown. */
  speed: number;
  mode: "new" | "replace";
  problem: string;
}

export interface Summary {
  active: number;
  done: number;
  failed: number;
  /** 0 to 1 over everything that is not cancelled. */
  progress: number;
  speed: number;
  /** Seconds, or null when unknown. */
  left: number | null;
}

/** How many uploads run at once: enough to hide latency, few enough for one SFTP channel. */
export const AT_ONCE = 3;
/** Weight of the newest sample in the smoothed speed. */
const FRESH = 0.25;

/** Which waiting transfers may start now. */
export function startable(transfers: readonly Transfer[]): Transfer[] {
  const running = transfers.filter((one) => one.state === "running").length;
  return transfers
    .filter((one) => one.state === "waiting")
    .slice(0, Math.max(0, AT_ONCE - running));
}

/** Progress of a transfer `elapsedMs` after its last sample. */
export function progressed(transfer: Transfer, sent: number, elapsedMs: number): Transfer {
  if (elapsedMs <= 0) return { ...transfer, sent };
  const sample = (Math.max(0, sent - transfer.sent) * 1000) / elapsedMs;
  const speed = transfer.speed === 0 ? sample : transfer.speed * (1 - FRESH) + sample * FRESH;
  return { ...transfer, sent, speed };
}

export function summaryOf(transfers: readonly Transfer[]): Summary {
  const counted = transfers.filter((one) => one.state !== "cancelled");
  const active = counted.filter((one) => isOpen(one.state));
  const total = sum(counted, (one) => one.total);
  const sent = sum(counted, (one) => (one.state === "done" ? one.total : one.sent));
  const speed = sum(active, (one) => (one.state === "running" ? one.speed : 0));
  const rest = sum(active, (one) => one.total - one.sent);
  return {
    active: active.length,
    done: counted.filter((one) => one.state === "done").length,
    failed: counted.filter((one) => one.state === "failed").length,
    progress: total === 0 ? (active.length === 0 ? 1 : 0) : Math.min(1, sent / total),
    speed,
    left: speed > 0 && rest > 0 ? rest / speed : null,
  };
}

/** Whether a transfer still needs the page. */
export function isOpen(state: TransferState): boolean {
  return state === "waiting" || state === "running" || state === "asking";
}

function sum(items: readonly Transfer[], of: (one: Transfer) => number): number {
  let total = 0;
  for (const one of items) total += of(one);
  return total;
}
