// A session on a phone: keys that a soft keyboard lacks, what lies above the screen, and axe on all.

import { front } from "./world.mjs";

/** Each step begins where the one before ended. */
export const isStory = true;

const PHONE = {
  colorScheme: "dark",
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
};
let page;

const keys = () => page.getByRole("toolbar", { name: "Keys" });
const status = () => page.getByRole("toolbar", { name: "Session" });

export default {
  "the key bar types what its keys say": async (world) => {
    page = await world.newPage(PHONE);
    await world.setUp(page);
    await world.addTarget(page, "real sshd");
    await world.openShell(page, "real sshd");
    await keys().waitFor();
    await world.axe(page, "session with key bar");
    await world.typeLine(page, "echo one-$((1 + 1))");
    await world.untilText(page, "one-2");
    await keys().getByRole("button", { name: "Up", exact: true }).click();
    await keys().getByRole("button", { name: "Esc" }).click();
    await keys().getByRole("button", { name: "Ctrl" }).click();
    await front(page).focus();
    await page.keyboard.type("u");
    await world.typeLine(page, "echo held-$((2 + 1))");
    await world.untilText(page, "held-3");
    await world.shot(page, "key-bar");
  },

  "function keys unfold beside it": async (world) => {
    await keys().getByRole("button", { name: /F…/ }).click();
    await keys().getByRole("button", { name: "F12" }).waitFor();
    await world.axe(page, "function keys");
    await keys().getByRole("button", { name: /F…/ }).click();
  },

  "search fits the screen": async (world) => {
    await status().getByRole("button", { name: /^Search/ }).click();
    await page.getByLabel("Search in the terminal").fill("held");
    await page.getByText(/^\d of \d$/).waitFor();
    await world.axe(page, "search");
    await world.shot(page, "search");
    const close = await page.getByRole("button", { name: "Close search" }).boundingBox();
    if (close.x + close.width > PHONE.viewport.width) throw new Error(JSON.stringify(close));
    await page.getByRole("button", { name: "Close search" }).click();
  },

  "menu and files are accessible": async (world) => {
    await status().getByRole("button", { name: "Menu" }).click();
    await page.getByRole("button", { name: "Close menu" }).waitFor();
    await world.axe(page, "menu");
    await world.shot(page, "menu");
    await page.getByRole("button", { name: "Close menu" }).click();
    await status().getByRole("button", { name: "Files" }).click();
    await page.getByRole("status").filter({ hasText: /entr(y|ies)/ }).waitFor();
    await world.axe(page, "files");
    await world.shot(page, "files");
    await page.getByRole("button", { name: "Close files" }).click();
  },

  "the banner tells of a lost connection on the screen's whole width": async (world) => {
    // Not the Worker's socket, which Chromium does not put offline: the next attach is refused.
    await page.context().route("**/ticket", (route) => route.abort());
    await page.reload();
    const banner = page.getByText(/cannot be reached/);
    await banner.first().waitFor();
    await world.axe(page, "banner");
    await world.shot(page, "banner");
    const box = await page.locator(".banner").boundingBox();
    if (box.width < PHONE.viewport.width * 0.6) throw new Error(`it is ${box.width} px wide`);
    await page.context().unroute("**/ticket");
    await world.untilText(page, "held-3");
  },

  "the shell's end leaves a panel with the way on": async (world) => {
    await world.typeLine(page, "exit");
    await page.getByRole("button", { name: "Reconnect" }).waitFor();
    await world.axe(page, "ended");
    await world.shot(page, "ended");
    await page.getByRole("button", { name: "Reconnect" }).click();
    await page.getByRole("button", { name: "Reconnect" }).waitFor({ state: "detached" });
    await status().getByText("Live").waitFor();
  },

  "an unknown host and a missing password are asked about": async (world) => {
    await page.goto(`${world.url}/#/`);
    const { user, host, port, password } = world.ssh;
    await page.getByLabel("Address to connect to").fill(`ssh://${user}@${host}:${port}`);
    await page.getByRole("button", { name: "Connect" }).click();
    await page.getByRole("button", { name: "It is, continue" }).waitFor();
    await world.axe(page, "host key");
    await world.shot(page, "host-key");
    await page.getByRole("button", { name: "It is, continue" }).click();
    const field = page.getByRole("dialog").locator("input[type=password]");
    await field.waitFor();
    await world.axe(page, "password");
    await world.shot(page, "password");
    await field.fill(password);
    await page.keyboard.press("Enter");
    await world.untilText(page, "ready$");
  },
};
