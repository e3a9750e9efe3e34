// Why a session is over, for a person: what happened, what to make of it, whether to try again.

import type { Ending } from "../link/machine";

export interface EndedCard {
  title: string;
  /** Sentences below the title; the node's own words come first. */
  lines: string[];
  tone: "calm" | "trouble" | "alarm";
  /** Opening a new session to the same target makes sense. */
  canReconnect: boolean;
  /** The page has to be loaded anew. */
  needsReload: boolean;
}

interface Words {
  title: string;
  line?: string;
  tone?: EndedCard["tone"];
  canReconnect?: boolean;
}

/** One entry per code of `shared::close::CloseReason`. */
const WORDS: Record<string, Words> = {
  target_exited: { title: "The shell has ended", tone: "calm" },
  target_lost: {
    title: "The target closed the connection",
    line: "It may have restarted, or the network between Baton and the target failed.",
  },
  target_unreachable: {
    title: "The target cannot be reached",
    line: "Check that it is switched on and that its address and port are right.",
  },
  unknown_host: {
    title: "The target's name is unknown",
    line: "No address was found for this host name. Check its spelling.",
  },
  refused: {
    title: "The target refused the connection",
    line: "The machine answers, but nothing listens on this port.",
  },
  timed_out: {
    title: "The target did not answer in time",
    line: "A firewall may drop the connection, or the machine is very busy.",
  },
  protocol_mismatch: {
    title: "The target does not speak this protocol",
    line: "Something else listens on this port. Check the port number and the protocol.",
  },
  host_key_changed: {
    title: "The target's host key has changed",
    line: "Baton did not sign in and sent no password. Either the machine was reinstalled, or something stands between Baton and it and pretends to be it. Ask whoever runs the machine. If the change is expected, forget the old key in the target's settings and connect again.",
    tone: "alarm",
  },
  host_key_unknown: {
    title: "The target's host key is not known",
    line: "This target accepts known keys only. Add its key in the target's settings.",
  },
  authentication_failed: {
    title: "The target refused the sign-in",
    line: "The user name, password or key is not accepted there.",
  },
  address_forbidden: {
    title: "This address is not allowed",
    line: "Baton's policy forbids connections to it. An administrator can change that.",
    canReconnect: false,
  },
  cancelled: { title: "Cancelled", tone: "calm" },
  ended_by_user: { title: "Session ended", tone: "calm" },
  ended_by_admin: { title: "An administrator ended this session" },
  detached_too_long: {
    title: "The session was away for too long",
    line: "Nobody was attached for longer than a session may wait.",
    tone: "calm",
  },
  access_revoked: {
    title: "Your access to this target was withdrawn",
    canReconnect: false,
  },
  fenced: {
    title: "The session moved to another node",
    line: "Open it again from the home page.",
  },
  node_stopping: { title: "Baton was stopped", line: "The server was shut down for maintenance." },
  node_lost: { title: "Baton was interrupted", line: "The server stopped without warning." },
  internal: {
    title: "The session broke",
    line: "This is a fault in Baton, not in the target. The server's log says more.",
  },
};

/** What the ended panel says. */
export function endedCard(ending: Ending): EndedCard {
  switch (ending.kind) {
    case "session":
      return sessionCard(ending.code, ending.text, ending.exitStatus);
    case "gone":
      return card({ title: "This session is over", line: "It is no longer running." });
    case "signed_out":
      return card({
        title: "You are signed out",
        line: "The session goes on. Sign in again to come back to it.",
        canReconnect: false,
      });
    case "forbidden":
      return card({
        title: "You may not open this session",
        line: ending.text,
        canReconnect: false,
      });
    case "version":
      return {
        ...card({
          title: "Baton was updated",
          line: "The session goes on. Reload the page to come back to it.",
          canReconnect: false,
        }),
        needsReload: true,
      };
    case "detached":
      return card({ title: "Detached", line: "The session goes on.", tone: "calm" });
  }
}

function sessionCard(code: string, text: string, exitStatus: number | null): EndedCard {
  const words = WORDS[code] ?? { title: "The session has ended" };
  const out = card(words);
  if (exitStatus !== null && exitStatus !== 0) out.tone = "trouble";
  // The status below says it more exactly than the node's sentence.
  const said = code === "target_exited" && exitStatus !== null ? "" : text.trim();
  if (said !== "" && said !== words.title) out.lines.unshift(capital(said));
  if (exitStatus !== null) out.lines.push(exitText(exitStatus));
  return out;
}

function card(words: Words): EndedCard {
  return {
    title: words.title,
    lines: words.line ? [words.line] : [],
    tone: words.tone ?? "trouble",
    canReconnect: words.canReconnect ?? true,
    needsReload: false,
  };
}

function exitText(status: number): string {
  if (status === 0) return "Exit status 0: success.";
  if (status > 128 && status <= 192)
    return `Exit status ${status}: stopped by signal ${status - 128}.`;
  return `Exit status ${status}.`;
}

function capital(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
