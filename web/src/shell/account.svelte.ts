// Who is signed in. Losing the login keeps the hash and the tabs, so that signing in again
// continues where the person was.

import { account as api } from "../api/client";
import { watchRequests } from "../api/request";
import type { Me } from "../api/types";
import { tabs } from "./tabs.svelte";

type State = "loading" | "unreachable" | "signed-out" | "signed-in";

class Account {
  state = $state<State>("loading");
  me = $state.raw<Me | null>(null);
  /** The person was signed in before and did not ask to leave. */
  hasExpired = $state(false);
  error = $state.raw<unknown>(null);
  #lastUser: string | null = null;

  constructor() {
    watchRequests((event) => {
      if (event !== "signed-out" || this.state === "signed-out") return;
      this.hasExpired = this.me !== null;
      tabs.unmountAll();
      this.me = null;
      this.state = "signed-out";
    });
  }

  async load(): Promise<void> {
    try {
      this.accept(await api.me());
    } catch (cause) {
      // A 401 was heard by the watcher above.
      if (this.state === "signed-out") return;
      this.error = cause;
      this.state = "unreachable";
    }
  }

  /** A sign-in worked. Tabs of another person are closed. */
  accept(me: Me): void {
    if (this.#lastUser !== null && this.#lastUser !== me.id) tabs.clear();
    this.#lastUser = me.id;
    tabs.restore(me.id);
    this.me = me;
    this.hasExpired = false;
    this.error = null;
    this.state = "signed-in";
  }

  async signOut(everywhere = false): Promise<void> {
    await (everywhere ? api.signOutEverywhere() : api.signOut());
    tabs.clear();
    this.me = null;
    this.hasExpired = false;
    this.state = "signed-out";
  }
}

export const account = new Account();
