// The shell in the page: type, read back, reload and resume, two tabs, several sessions.

import { front, screen } from "./world.mjs";

/** Each step begins where the one before ended. */
export const isStory = true;

let page;

export default {
  "a target is added, opened, and its shell obeys": async (world) => {
    page = await world.newPage({ colorScheme: "dark" });
    await world.setUp(page);
    await world.addTarget(page, "real sshd");
    await world.openShell(page, "real sshd");
    await world.typeLine(page, "echo sum-$((40 + 2))");
    await world.untilText(page, "sum-42");
    await world.axe(page, "session");
    await world.shot(page, "terminal");
  },

  "a reload resumes the same screen": async (world) => {
    await world.typeLine(page, "export KEPT=yes; clear; seq 1 5");
    await world.untilText(page, "5\nready$");
    const before = await screen(page);
    await page.reload();
    await world.untilText(page, "5\nready$");
    const after = await screen(page);
    if (after.trim() !== before.trim()) throw new Error(`before:\n${before}\nafter:\n${after}`);
    await world.typeLine(page, "echo kept=$KEPT");
    await world.untilText(page, "kept=yes");
  },

  "two tabs show one shell": async (world) => {
    const second = await page.context().newPage();
    await second.goto(page.url());
    await world.untilText(second, "kept=yes");
    await world.typeLine(second, "echo from-the-$((1 + 1))nd");
    await world.untilText(page, "from-the-2nd");
    await second.close();
  },

  "closing the tab keeps the session, and home resumes it": async (world) => {
    await page.getByRole("button", { name: /keep it running/ }).first().click();
    await page.getByRole("heading", { name: "Home" }).waitFor();
    await world.shot(page, "home-running");
    await page.getByRole("link", { name: /^Resume/ }).first().click();
    await world.untilText(page, "from-the-2nd");
  },

  "several sessions are tabs of one page": async (world) => {
    await world.openShell(page, "real sshd");
    await world.typeLine(page, "echo second-$((1 + 1))");
    await world.untilText(page, "second-2");
    const tabs = page.getByRole("navigation", { name: "Open sessions" }).getByRole("link");
    if ((await tabs.count()) !== 2) throw new Error(`${await tabs.count()} tabs`);
    await tabs.first().click();
    await world.untilText(page, "from-the-2nd");
    await page.keyboard.press("Control+Alt+Shift+ArrowRight");
    await world.untilText(page, "second-2");
    await world.shot(page, "tabs");
  },

  "a paste of several lines is asked about first": async (world) => {
    await page.evaluate(() => navigator.clipboard.writeText("echo one\necho two\n"));
    await front(page).focus();
    await page.keyboard.press("Control+Shift+V");
    await page.getByRole("dialog").waitFor();
    await world.axe(page, "paste warning");
    await world.shot(page, "paste-warning");
    await page.keyboard.press("Escape");
  },

  "the shell's end is told with its cause": async (world) => {
    await world.typeLine(page, "exit 3");
    await page.getByText(/ended|exited/i).first().waitFor();
    await world.axe(page, "ended session");
    await world.shot(page, "ended");
  },

  "a wrong host is told with its cause": async (world) => {
    const other = await world.newPage({ storageState: await page.context().storageState() });
    await other.goto(`${world.url}/#/`);
    await other.getByLabel(/quick connect|connect to/i).first().fill("ssh://me@no-such-host.invalid");
    await other.keyboard.press("Enter");
    await other.getByText(/no-such-host\.invalid|does not resolve|unknown host|not found/i).first().waitFor();
    await world.shot(other, "unknown-host");
  },
};
