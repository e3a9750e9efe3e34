// Opening, ending and leaving sessions: what buttons, menus and keys call.

import { sessions as api } from "../api/client";
import { codeOf, messageOf } from "../api/error";
import { confirm } from "../ui/confirm.svelte";
import { complain, say, toasts } from "../ui/toast.svelte";
import { library } from "./library.svelte";
import { router } from "./router.svelte";
import { running } from "./running.svelte";
import { tabs } from "./tabs.svelte";

/** Rough cell of the default terminal font; the session view sends the true size on attach. */
const CELL_PX = { width: 8.4, height: 17 };
const CHROME_PX = 56;

function estimatedSize(): { cols: number; rows: number } {
  const clamp = (value: number, least: number) => Math.min(500, Math.max(least, Math.floor(value)));
  return {
    cols: clamp(innerWidth / CELL_PX.width, 20),
    rows: clamp((innerHeight - CHROME_PX) / CELL_PX.height, 5),
  };
}

/** Opens a session and brings its tab to the front. Answers whether it worked. */
export async function openSession(
  what: { target: string } | { quick: string },
  title: string,
  replaceHistory = false,
): Promise<boolean> {
  try {
    const opened = await api.open(what, estimatedSize());
    tabs.open(opened.session, title, opened.ticket);
    toasts.move();
    const route = { page: "session", session: opened.session } as const;
    if (replaceHistory) router.replace(route);
    else router.go(route);
    void running.refresh();
    void library.refresh();
    return true;
  } catch (cause) {
    if (codeOf(cause) !== "aborted") complain(messageOf(cause));
    return false;
  }
}

/** Closes a tab; the session goes on. */
export function leaveSession(session: string): void {
  const wasFront = router.route.page === "session" && router.route.session === session;
  const neighbour = tabs.close(session);
  if (wasFront) {
    if (neighbour) router.go({ page: "session", session: neighbour.session });
    else router.go({ page: "home", folder: null });
  }
  void running.refresh();
}

/** Asks, then ends the session for everyone. */
export async function endSession(session: string, title: string): Promise<void> {
  const agreed = await confirm({
    title: "End this session?",
    text: `“${title || "Session"}” closes for every viewer, and what runs in it stops. To leave it running, close the tab instead.`,
    action: "End session",
    isDangerous: true,
  });
  if (!agreed) return;
  try {
    await api.end(session);
    running.forget(session);
    if (tabs.find(session)) leaveSession(session);
    say("Session ended.");
  } catch (cause) {
    complain(messageOf(cause));
  }
  void running.refresh();
}
