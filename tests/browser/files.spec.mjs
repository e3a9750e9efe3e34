// Files through the panel: up, down, replaced, renamed, removed; and the menu above the session.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { front } from "./world.mjs";

/** Each step begins where the one before ended. */
export const isStory = true;

const place = mkdtempSync(join(tmpdir(), "baton-browser-"));
process.on("exit", () => rmSync(place, { recursive: true, force: true }));
const CONTENT = "line of a file\n".repeat(200_000);
let page;

function entry(name) {
  return page.getByRole("option").filter({ hasText: name });
}

async function pick(content) {
  const file = join(place, "upload.txt");
  writeFileSync(file, content);
  await page.getByLabel("Files to upload").setInputFiles(file);
}

export default {
  "the panel opens at home and axe finds nothing": async (world) => {
    page = await world.newPage({ colorScheme: "dark" });
    await world.setUp(page);
    await world.addTarget(page, "real sshd");
    await world.openShell(page, "real sshd");
    await page.getByRole("toolbar", { name: "Session" }).getByRole("button", { name: "Files" }).click();
    await page.getByRole("status").filter({ hasText: /entries/ }).waitFor();
    await world.axe(page, "files");
  },

  "a file goes up": async (world) => {
    await pick(CONTENT);
    await entry("upload.txt").waitFor();
    await world.typeLine(page, "wc -c upload.txt");
    await world.untilText(page, `${CONTENT.length} upload.txt`);
    await world.shot(page, "uploaded");
  },

  "a file comes down unchanged": async () => {
    await entry("upload.txt").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download" }).click(),
    ]);
    if (readFileSync(await download.path(), "utf8") !== CONTENT) throw new Error("it changed");
  },

  "a second upload of that name is asked about": async (world) => {
    await pick("short\n");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: /^Replace/ }).first().waitFor();
    await world.axe(page, "replace");
    await world.shot(page, "replace");
    await dialog.getByRole("button", { name: /^Replace/ }).first().click();
    await world.typeLine(page, "clear; cat upload.txt");
    await world.untilText(page, "short");
  },

  "a folder is made, entered, left and removed": async () => {
    await page.getByRole("button", { name: "New folder" }).click();
    await page.getByRole("dialog").getByRole("textbox").fill("box");
    await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await entry("box").click();
    await page.getByRole("listbox", { name: "Entries" }).press("Enter");
    await page.getByText("This folder is empty.").waitFor();
    await page.getByRole("button", { name: "Folder above" }).click();
    await entry("box").click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await entry("box").waitFor({ state: "detached" });
  },

  "Ctrl+Alt+Shift opens the session menu": async (world) => {
    await front(page).focus();
    await page.keyboard.down("Control");
    await page.keyboard.down("Alt");
    await page.keyboard.press("Shift");
    await page.keyboard.up("Alt");
    await page.keyboard.up("Control");
    await page.getByRole("button", { name: "Close menu" }).waitFor();
    await world.axe(page, "session menu");
    await world.shot(page, "menu");
    await page.keyboard.press("Escape");
  },
};
