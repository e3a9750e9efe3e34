// What makes a terminal comfortable: search, selection, links, sizes, fullscreen, messages, tabs.

import { front } from "./world.mjs";

/** Each step begins where the one before ended. */
export const isStory = true;

let page;

const status = () => page.getByRole("toolbar", { name: "Session" });
const messages = () => page.getByRole("status", { name: "Session messages" });
const clipboard = () => page.evaluate(() => navigator.clipboard.readText());

/** How far letters stand apart beyond their cell, in pixels, on the screen in front. */
const SPACING = () =>
  [...document.querySelectorAll(".xterm-rows")]
    .filter((rows) => rows.getClientRects().length > 0)
    .flatMap((rows) => [rows, ...rows.querySelectorAll("span")])
    .map((element) => Math.abs(Number.parseFloat(getComputedStyle(element).letterSpacing) || 0));

export default {
  "a search counts, moves and is told when nothing matches": async (world) => {
    page = await world.newPage({ colorScheme: "dark" });
    await world.setUp(page);
    await world.addTarget(page, "real sshd");
    await world.openShell(page, "real sshd");
    await world.typeLine(page, "clear; printf 'needle hay needle hay\\n%.0s' 1 2 3");
    await world.untilText(page, "hay\nready$");
    await page.keyboard.press("Control+Shift+F");
    const field = page.getByLabel("Search in the terminal");
    await field.fill("needle");
    await page.getByText("1 of 6").waitFor();
    await field.press("Enter");
    await page.getByText("2 of 6").waitFor();
    await world.axe(page, "search");
    await world.shot(page, "search");
    await field.fill("nothing of that kind");
    await page.getByText("No match").waitFor();
    await field.press("Escape");
    await field.waitFor({ state: "detached" });
    await world.until(page, "the terminal has the keys", () =>
      document.activeElement?.classList.contains("xterm-helper-textarea"),
    );
  },

  "what the target copies lies above the screen and covers nothing": async (world) => {
    await world.typeLine(page, "clear; printf '\\033]52;c;%s\\007' $(printf from-afar | base64)");
    await messages().getByText("9 characters").waitFor();
    if ((await clipboard()) !== "from-afar") throw new Error(await clipboard());
    const [message, bar] = await Promise.all([messages().boundingBox(), status().boundingBox()]);
    if (message.y + message.height > bar.y) throw new Error("it covers the status bar");
    await world.shot(page, "message");
    await messages().getByRole("button", { name: "Dismiss" }).first().click();
  },

  "a selection is copied, by key and when so chosen by itself": async (world) => {
    await world.typeLine(page, "clear; echo choose-$((3 * 3))");
    await world.untilText(page, "choose-9\nready$");
    const screen = page.locator(".session:not([hidden]) .xterm-screen");
    const select = () => screen.dblclick({ position: { x: 30, y: 8 } });
    await select();
    await page.keyboard.press("Control+Shift+C");
    await world.until(page, "the selection is copied", async () =>
      (await navigator.clipboard.readText()).startsWith("choose"),
    );
    await page.evaluate(() => navigator.clipboard.writeText(""));
    await status().getByRole("button", { name: "Menu" }).click();
    await page.getByText("Copy on select").click();
    await page.getByRole("button", { name: "Close menu" }).click();
    await screen.click({ position: { x: 300, y: 300 } });
    await select();
    await world.until(page, "selecting copies", async () =>
      (await navigator.clipboard.readText()).startsWith("choose"),
    );
  },

  "letters grow and shrink by key, and the colours follow the choice": async (world) => {
    await front(page).focus();
    const size = () => page.evaluate(() => JSON.parse(localStorage["baton.terminal"]).fontSize);
    await page.keyboard.press("Control+Shift+Equal");
    await page.keyboard.press("Control+Shift+Equal");
    if ((await size()) !== 16) throw new Error(`${await size()} px`);
    await page.keyboard.press("Control+Shift+Minus");
    await page.keyboard.press("Control+Shift+Minus");
    if ((await size()) !== 14) throw new Error(`${await size()} px`);
    await status().getByRole("button", { name: "Menu" }).click();
    await page.getByLabel("Colours", { exact: true }).selectOption({ index: 2 });
    await page.getByRole("button", { name: "Close menu" }).click();
    await world.shot(page, "other-colours");
    await status().getByRole("button", { name: "Menu" }).click();
    await page.getByLabel("Colours", { exact: true }).selectOption("auto");
    await page.getByRole("button", { name: "Close menu" }).click();
  },

  "a link that shows another address is asked about": async (world) => {
    await world.typeLine(
      page,
      "clear; printf '\\033]8;;https://elsewhere.example/\\033\\\\https://here.example\\033]8;;\\033\\\\\\n'",
    );
    await world.untilText(page, "https://here.example");
    await page.locator(".session:not([hidden]) .xterm-screen").click({ position: { x: 40, y: 8 } });
    const dialog = page.getByRole("dialog", { name: "Open this link?" });
    await dialog.getByText("https://elsewhere.example/").waitFor();
    await world.axe(page, "link");
    await world.shot(page, "link");
    await page.keyboard.press("Escape");
  },

  "fullscreen takes the keys and keeps a handle": async (world) => {
    await front(page).focus();
    await page.keyboard.press("Control+Alt+Shift+F");
    await messages().getByText(/Hold Esc to leave/).waitFor();
    await world.axe(page, "fullscreen");
    await world.shot(page, "fullscreen");
    await page.getByRole("button", { name: "Session menu" }).click();
    await page.getByRole("button", { name: "Leave fullscreen" }).click();
    await world.until(page, "fullscreen is left", () => document.fullscreenElement === null);
  },

  "tabs of one name carry numbers": async (world) => {
    await world.openShell(page, "real sshd");
    const tabs = page.getByRole("navigation", { name: "Open sessions" }).getByRole("link");
    await tabs.nth(1).waitFor();
    const names = await tabs.allInnerTexts();
    const numbers = names.map((name) => name.match(/\d/)?.[0]);
    if (numbers.join() !== "1,2") throw new Error(names.join(" | "));
    await world.shot(page, "tabs");
  },

  "letters stand evenly at any size another viewer chose": async (world) => {
    const other = await page.context().newPage();
    await page.setViewportSize({ width: 700, height: 800 });
    await other.goto(page.url());
    await world.untilText(other, "ready$");
    await world.typeLine(other, "clear; echo wide-$((1 + 1))");
    await world.untilText(page, "wide-2");
    await world.until(page, "letters are shrunk", () =>
      [...document.querySelectorAll(".session:not([hidden]) .xterm-rows")].some(
        (rows) => Number.parseFloat(getComputedStyle(rows).fontSize) < 14,
      ),
    );
    await world.shot(page, "shrunk");
    const shrunk = Math.max(...(await page.evaluate(SPACING)));
    await other.close();
    await front(page).focus();
    await world.typeLine(page, "echo own-$((1 + 1))");
    await world.until(page, "letters are as large as before", () =>
      [...document.querySelectorAll(".session:not([hidden]) .xterm-rows")].some(
        (rows) => Number.parseFloat(getComputedStyle(rows).fontSize) === 14,
      ),
    );
    const own = Math.max(...(await page.evaluate(SPACING)));
    if (Math.max(shrunk, own) > 0.5) throw new Error(`${shrunk} px shrunk, ${own} px at its own size`);
    await page.setViewportSize({ width: 1280, height: 800 });
  },

  "a palette leads anywhere by typing": async (world) => {
    await page.goto(`${world.url}/#/`);
    await page.getByRole("heading", { name: "Home" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("aud");
    await page.getByRole("option", { name: /Audit log/ }).waitFor();
    await world.axe(page, "palette");
    await world.shot(page, "palette");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Audit log" }).waitFor();
  },
};
