// The sessions opened in this page. They stay mounted, so that switching is instant; closing a
// tab detaches, the session goes on. What a session reports about itself lands here.

/** What a session view tells its tab. */
export interface SessionTabState {
  title: string;
  phase: "connecting" | "asking" | "live" | "lost" | "ended";
  /** One sentence for the tooltip, empty when all is well. */
  text: string;
}

/** What the shell hands to `src/session/SessionPage.svelte`. */
export interface SessionPageProps {
  /** Session id. */
  session: string;
  /** First attach ticket, when the session was just opened here; later ones come from the API. */
  ticket: string | null;
  /** The tab is in front. A background view keeps its socket but neither fits nor takes focus. */
  active: boolean;
  /** Called whenever title, phase or text changes. */
  onstate: (state: SessionTabState) => void;
  /** The person wants away: close the tab (detach) and show the home page. */
  ondetach: () => void;
}

export interface SessionTab extends SessionTabState {
  session: string;
  ticket: string | null;
  /** Was in front at least once; a tab restored after a reload attaches only then. */
  isMounted: boolean;
}

const KEY = "baton.tabs";

class Tabs {
  items = $state<SessionTab[]>([]);
  #owner = "";

  /** Makes sure that a mounted tab for the session exists. */
  open(session: string, title = "", ticket: string | null = null): void {
    const known = this.find(session);
    if (known) {
      known.isMounted = true;
      return;
    }
    this.items.push({ session, ticket, title, phase: "connecting", text: "", isMounted: true });
    this.#save();
  }

  find(session: string): SessionTab | undefined {
    return this.items.find((tab) => tab.session === session);
  }

  report(session: string, state: SessionTabState): void {
    const tab = this.find(session);
    if (!tab) return;
    const isRenamed = tab.title !== state.title;
    tab.phase = state.phase;
    tab.text = state.text;
    if (state.title !== "") tab.title = state.title;
    if (isRenamed) this.#save();
  }

  /** Removes a tab; answers the neighbour that should come to the front, if any. */
  close(session: string): SessionTab | undefined {
    const index = this.items.findIndex((tab) => tab.session === session);
    if (index < 0) return undefined;
    this.items.splice(index, 1);
    this.#save();
    return this.items[index] ?? this.items[index - 1];
  }

  /** The tab beside the given one, going round at the ends. */
  beside(session: string, step: 1 | -1): SessionTab | undefined {
    const index = this.items.findIndex((tab) => tab.session === session);
    const size = this.items.length;
    return index < 0 ? this.items[0] : this.items[(index + step + size) % size];
  }

  clear(): void {
    this.items = [];
    this.#save();
  }

  /** The views are gone (signed out): a later mount begins anew, with a ticket of its own. */
  unmountAll(): void {
    for (const tab of this.items) {
      tab.isMounted = false;
      tab.ticket = null;
      tab.phase = "connecting";
    }
  }

  /** Brings back the tabs that this person had before a reload. */
  restore(owner: string): void {
    this.#owner = owner;
    if (this.items.length > 0) return;
    for (const { session, title } of readSaved(owner)) {
      if (this.find(session)) continue;
      this.items.push({
        session,
        ticket: null,
        title,
        phase: "connecting",
        text: "",
        isMounted: false,
      });
    }
  }

  #save(): void {
    const items = this.items.map(({ session, title }) => ({ session, title }));
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ owner: this.#owner, items }));
    } catch {
      // Storage may be blocked; a reload then forgets the tabs, the home page still lists them.
    }
  }
}

function readSaved(owner: string): { session: string; title: string }[] {
  try {
    const saved = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as {
      owner?: unknown;
      items?: unknown;
    } | null;
    if (saved?.owner !== owner || !Array.isArray(saved.items)) return [];
    return saved.items.filter(
      (item: unknown): item is { session: string; title: string } =>
        typeof item === "object" &&
        item !== null &&
        typeof (item as { session?: unknown }).session === "string" &&
        typeof (item as { title?: unknown }).title === "string",
    );
  } catch {
    return [];
  }
}

export const tabs = new Tabs();
